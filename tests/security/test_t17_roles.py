"""What each role reaches: every address of the hub's, asked by everybody, gives the status that the table says."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import closing
from string import Template

import pytest
from own_hub import OwnHub
from own_hub_place import HERE, LEDGER_TOKEN
from processes import until
from roles import Visitor, rows
from threats import Attempts

from aif.core import site as sites
from aif_hub import configure
from aif_hub.operators import ROLE
from aif_hub.workbench import Workbench

pytestmark = [pytest.mark.threat("T17"), pytest.mark.timeout(300)]

PEOPLE = {"learner": "marieke", "researcher": "bakker", "pi": "visser", "trainer": "joost", "operator": "olga"}
METHODS = ("get", "post", "put", "patch", "delete")
#: Addresses that need no row: they give everybody the same, or are a sign-in's own steps with tests of their own.
ELSEWHERE = {
    r"/login": "the sign-in itself",
    r"/logout": "ends the asker's own sign-in",
    r"/error/(\d+)": "a page of words",
    r"/api/oauth2/authorize": "a session's sign-in; JupyterHub asks for access:servers of that very session",
    r"/api/oauth2/token": "likewise",
    r"POST /api/authorizations/token/([^/]+)": "JupyterHub's handler takes no such address",
    r"/api/authorizations/token": "makes nothing any more",
    r"/user/(?P<user_name>[^/]+)(?P<user_path>/.*)?": "leads to a start page",
    r"/user-redirect/(.*)?": "leads to one's own server",
    r"/security/csp-report": "a browser's complaint",
    r"": "adds a slash",
}


def routes() -> Iterator[tuple[str, str, bool]]:
    """Method and pattern of every address that the hub answers, and whether it is ours."""
    from jupyterhub import apihandlers, handlers
    from tornado.web import RequestHandler
    from traitlets.config import Config

    import aif_hub.spawner  # noqa: F401  # the call-back's handler, as the configuration has it
    from aif_hub import pages

    pages.page_settings(Config())
    for entry in (*handlers.default_handlers, *apihandlers.default_handlers):
        for method in METHODS:
            if getattr(entry[1], method) is not getattr(RequestHandler, method):
                yield method.upper(), entry[0], entry[1].__module__.startswith("aif_hub")


def test_every_address_of_the_hub_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = dict.fromkeys(("port", "api_port", "proxy_port"), "1")
    texts = dict.fromkeys(("folder", "prefix", "name", "job_name", "slurm_conf", "addresses", "hub_lines"), "")
    text = (HERE / "slurm/own_hub/site.toml").read_text()
    made = sites.parse(
        tomllib.loads(Template(text).substitute(numbers | texts, login='kind = "pam"', folder="/nowhere"))
    )
    monkeypatch.setattr(configure, "workbench", lambda: Workbench(made))
    asked = [(row.method, re.sub(r"{\w+}", "x", row.path.removeprefix("/hub")).partition("?")[0]) for row in rows()]
    filled = [(method, path.replace("/session/x", f"/session/{'0' * 32}")) for method, path in asked]
    filled = [(method, path.replace("/sessions/x", f"/sessions/{'0' * 32}")) for method, path in filled]
    found = list(routes())
    missing = [
        (method, route)
        for method, route, _ours in found
        if not {route, f"{method} {route}"} & set(ELSEWHERE)
        and not any(one == method and re.fullmatch(route, path) for one, path in filled)
    ]
    assert "\n".join(map(str, missing)) == ""
    assert sum(ours for _, _, ours in found) > 25
    there = {route for _, route, _ in found} | {f"{method} {route}" for method, route, _ in found}
    assert there >= set(ELSEWHERE), "what needs no row is there"


@pytest.fixture(scope="module")
def names(own_hub: OwnHub) -> Mapping[str, str]:
    """Somebody with a session, whom nobody else has anything to do with."""
    own_hub.start()
    other = own_hub.login("class33")
    own_hub.use_standin(other)
    own_hub.ask_for(other)
    session = own_hub.await_ready(other)["session"]
    projects = {"theirs": "mobility01", "class": "trn0007"}
    # All in one reading, which the tests of the ledger before these have had done already.
    asked = "aif/v1/allocations"
    until(lambda: own_hub.api("GET", asked, token=LEDGER_TOKEN).data.get("not_read_yet") == [], "budgets are read", 200)
    return {"other": other, "session": session, "token": "0" * 32, **projects}


@pytest.fixture(scope="module")
def visitors(own_hub: OwnHub) -> dict[str, Visitor]:
    own_hub.start()
    logins = {role: own_hub.login(short) for role, short in PEOPLE.items()}
    made = {
        role: Visitor(own_hub.url, login, own_hub.token(login), own_hub.password(login))
        for role, login in logins.items()
    }
    return {"nobody": Visitor(own_hub.url, "nobody", ""), **made, "ledger": Visitor(own_hub.url, "x", LEDGER_TOKEN)}


@pytest.mark.demo
@pytest.mark.slow
def test_each_role_gets_what_the_table_says(
    visitors: dict[str, Visitor], names: Mapping[str, str], attempts: Attempts
) -> None:
    wrong = []
    for row in rows():
        for role, status in row.statuses.items():
            got = visitors[role].asks(row, names)
            said = f"{role}: {row.method} {row.path} gives {got}, not {status}"
            if status >= 400:
                attempts.check(got >= 400, said)
            if got != status and {got, status} != {202, 204}:  # a stop that takes longer is 202
                wrong.append(said)
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


@pytest.mark.demo
@pytest.mark.slow
def test_nobody_makes_a_token_with_more_rights_than_they_have(
    own_hub: OwnHub, visitors: dict[str, Visitor], attempts: Attempts
) -> None:
    from jupyterhub.scopes import scope_definitions

    for role in PEOPLE:
        login = visitors[role].login
        token = own_hub.token(login)
        held = set(own_hub.api("GET", "user", token=token).data["scopes"])
        # Those that JupyterHub gives everybody for themselves have a filter; without one they would be of everybody's.
        for scope in (*scope_definitions, "custom:aif:read:all", f"access:servers!user={own_hub.name}-class33"):
            if scope in held or scope in ("(no_scope)", "self", "inherit", "custom:aif:read"):
                continue
            made = own_hub.api("POST", f"users/{login}/tokens", {"scopes": [scope]}, token)
            got = set()
            if made.status == 201:
                got = set(own_hub.api("GET", "user", token=made.data["token"]).data["scopes"])
            attempts.check(got <= held, f"{role} has {got - held}")


@pytest.mark.demo
@pytest.mark.slow
def test_nobody_is_jupyterhubs_administrator_whom_an_earlier_release_made_one_neither(
    own_hub: OwnHub, visitors: dict[str, Visitor], attempts: Attempts
) -> None:
    logins = {role: visitors[role].login for role in PEOPLE}
    own_hub.stop()
    with closing(sqlite3.connect(own_hub.state / "jupyterhub.sqlite", timeout=10)) as database, database:
        database.execute("UPDATE users SET admin = 1 WHERE name IN (?, ?)", (logins["operator"], logins["trainer"]))
    own_hub.start()
    for role, login in logins.items():
        person = own_hub.api("GET", f"users/{login}").data
        attempts.check(person["admin"] is False, f"{role} is an administrator")
        expected = {"user", ROLE} if role == "operator" else {"user"}
        attempts.check(set(person["roles"]) == expected, f"{role} has the roles {person['roles']}")
