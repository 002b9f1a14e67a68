"""The ledger over REST without a hub: who may see what, answers that are made once, refusals that say what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest
from export_material import Bench, job
from jupyterhub.roles import get_default_roles
from jupyterhub.scopes import define_custom_scopes

from aif_hub import permissions
from aif_hub.ledger import refusal, scopes
from aif_hub.ledger.answers import Answers, state_of
from aif_hub.ledger.api import description, preferred_wait, told_to
from aif_hub.ledger.scopes import READ, READ_ALL
from aif_hub.ledger.viewer import Viewer, viewer_of
from aif_hub.projects import Projects, parse_associations


def user(name: str = "ann", kind: str = "user", admin: bool = False) -> Any:
    return SimpleNamespace(name=name, kind=kind, admin=admin)


@pytest.mark.parametrize(
    ("who", "held", "sees"),
    [
        (user(), {READ}, Viewer("ann", False)),
        (user(), {f"{READ}!user=ann"}, Viewer("ann", False)),
        (user(), {f"{READ}!user=bob"}, None),
        (user(), {"read:users!user=ann"}, None),
        (user(), set(), None),
        (user("olga", admin=True), {READ, "admin:users"}, Viewer("olga", True)),
        (user("olga", admin=True), {READ}, Viewer("olga", False)),  # a narrowed token shows an administrator's own
        (user("olga", admin=True), {READ, READ_ALL}, Viewer("olga", True)),
        (user("ann"), {READ, "admin:users!user=ann"}, Viewer("ann", False)),
        (user("report", "service"), {READ_ALL, READ}, Viewer("", True)),
        (user("report", "service"), {READ}, None),  # a service has no projects of its own
        (user("report", "service"), {"admin:users"}, None),
    ],
)
def test_a_right_reaches_as_far_as_it_says(who: Any, held: set[str], sees: Viewer | None) -> None:
    assert viewer_of(who, held) == sees


def test_the_scopes_are_ones_that_jupyterhub_takes_and_are_said_in_plain_words() -> None:
    define_custom_scopes(scopes.SCOPES)
    assert set(scopes.SCOPES) <= set(permissions.ALLOWED)
    assert permissions.permissions([READ]) == ["Read what your projects have left, and your own use of them"]


def test_people_and_servers_are_given_the_right_to_their_own_and_servers_lose_none() -> None:
    hub: Any = SimpleNamespace(load_roles=[], services=[])
    scopes.grant(SimpleNamespace(JupyterHub=hub))
    scopes.grant_service(SimpleNamespace(JupyterHub=hub), "secret")
    roles = {role["name"]: set(role["scopes"]) for role in hub.load_roles}
    stock = next(set(role["scopes"]) for role in get_default_roles() if role["name"] == "server")
    assert hub.extra_user_scopes == [READ]
    assert roles == {"server": stock | {READ}, "aif-ledger": {READ_ALL}}
    assert hub.services == [{"name": "aif-ledger", "api_token": "secret"}]


@pytest.mark.parametrize(
    ("viewer", "role", "lines"),
    [
        (Viewer("ann", False), "member", ["ann"]),
        (Viewer("zoe", False), "member", []),
        (Viewer("cleo", False), "pi", ["ann", "bob"]),
        (Viewer("olga", True), "operator", ["ann", "bob"]),
        (Viewer("", True), "operator", ["ann", "bob"]),
    ],
)
def test_each_sees_the_totals_and_the_lines_that_are_theirs_to_see(
    viewer: Viewer, role: str, lines: list[str], tmp_path: Path
) -> None:
    bench = Bench(tmp_path, [job(1, 25200), job(2, 25200, "bob")])
    told_as = told_to(bench, viewer, bench.balance)  # type: ignore[arg-type]
    assert (told_as["role"], [line["login"] for line in told_as["people"]]) == (role, lines)
    assert told_as["consumed"] == pytest.approx(2 + 1 / 3, abs=1e-4)
    assert (told_as["unattributed"] is None) == (role == "member")


def test_an_answer_is_made_once_for_each_viewer_and_snapshot(tmp_path: Path) -> None:
    balance = Bench(tmp_path, [job(1, 25200)]).balance
    answers, made = Answers(), []

    def make() -> Any:
        made.append(1)
        return {"as_of": balance.usage.as_of.isoformat()}

    first = answers.of("ann", state_of([balance]), make)
    assert answers.of("ann", state_of([balance]), make) is first
    answers.of("bob", state_of([balance]), make)
    assert len(made) == 2
    later = replace(balance, usage=replace(balance.usage, as_of=balance.usage.as_of + timedelta(minutes=1)))
    for changed in (later, replace(balance, trouble="away"), replace(balance, today=balance.today + timedelta(days=1))):
        answers.of("ann", state_of([changed]), make)
    assert len(made) == 5


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("wait=5", 5),
        ("respond-async, wait=5", 5),
        ("wait = 900", 10),
        ("", 0),
        ("wait=-5", 0),
        ("await=5", 0),
        ("wait=x", 0),
    ],
)
def test_who_asks_may_wait_for_a_reading_but_not_for_ever(prefer: str, seconds: float) -> None:
    assert preferred_wait(prefer) == seconds


def test_an_etag_names_the_body_and_nothing_else() -> None:
    first, second = Answers(), Answers()
    assert first.of("ann", 1, lambda: {"a": 1}).etag == second.of("bob", 2, lambda: {"a": 1}).etag
    assert first.of("ann", 2, lambda: {"a": 2}).etag != second.of("bob", 2, lambda: {"a": 1}).etag


def test_the_answer_that_nobody_asked_for_longest_goes_first() -> None:
    answers, made = Answers(most=2), []
    for name in ("a", "b", "a", "c", "a", "b"):
        answers.of(name, 1, lambda name=name: made.append(name))  # type: ignore[misc]
    assert made == ["a", "b", "c", "b"]


@pytest.mark.parametrize(
    "refused",
    [
        refusal.no_rights("/hub/api/aif/v1/allocations"),
        refusal.no_such_allocation("inspect02"),
        refusal.not_read_yet(),
        refusal.unknown_parameter("since", {"from"}),
        refusal.wrong_value("from", "yesterday", "a day"),
    ],
    ids=lambda refused: str(refused.told["asked"]),
)
def test_a_refusal_says_what_was_asked_what_is_allowed_and_what_to_do(refused: refusal.Refusal) -> None:
    body = json.loads(refused.body())
    assert body["status"] == refused.status_code
    assert all(body[part] in body["message"] and body[part].endswith(".") for part in ("asked", "allowed", "do"))
    assert ("Retry-After" in refused.headers) == (refused.status_code == 503)


async def test_everybodys_projects_are_each_there_once_as_most_of_their_members_have_them() -> None:
    projects = Projects(material.site(), material.site().clusters[0], None)  # type: ignore[arg-type]
    out = "ann|inspect01|q1|q1\nbob|inspect01|q1|q1\nolga|inspect01|ops|ops\nolga|trn0007|q2|q2\n"
    projects._known, projects._asked = parse_associations(out, material.site()), float("inf")
    assert [(one.account, one.qos) for one in await projects.everybodys()] == [("inspect01", "q1"), ("trn0007", "q2")]


def test_every_schema_of_the_description_is_one_and_everything_it_names_is_there() -> None:
    data = json.loads(description())
    names = [part["$ref"] for part in _parts(data) if "$ref" in part]
    assert names
    for name in names:
        found = data
        for key in name.removeprefix("#/").split("/"):
            found = found[key]


def _parts(data: Any) -> Any:
    if isinstance(data, dict):
        yield data
        for one in data.values():
            yield from _parts(one)
    elif isinstance(data, list):
        for one in data:
            yield from _parts(one)
