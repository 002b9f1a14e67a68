"""T11: with all cookies of somebody who is signed in, and none of their pages, nothing is started, stopped or changed.

`tests/browser/test_cross_site.py` has a real browser on a page of another site. Here is one that keeps no cookie back,
and asks every address of the hub that changes something, from the table of roles.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest
from kept_alive import KeptAlive
from own_hub import OwnHub
from roles import Row, rows
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T11")]

PERSON, ATTACKER = "class20", "class21"
CHOICE = {"profile": "cpu", "project": "trn0007", "minutes": "60"}
#: What a page elsewhere would like most; the table has them with words that change nothing.
WISHES = (
    Row("POST", "/hub/api/users/{other}/servers/forged", {}, json.dumps(CHOICE)),
    Row("POST", "/hub/spawn/{other}/forged", {}, json.dumps(CHOICE)),
    Row("POST", "/hub/spawn/{other}", {}, json.dumps(CHOICE)),
    Row("POST", "/hub/aif/stop", {}, '{"server": ""}'),
    Row("POST", "/hub/aif/switch", {}, json.dumps({"server": "", **CHOICE})),
    Row("POST", "/hub/api/users/{other}/tokens", {}, "{}"),
    Row("POST", "/hub/api/shares/{other}/", {}, '{"user": "{attacker}"}'),
)
#: Links that were followed, as by a picture's address.
LINKS = ("/hub/spawn/{other}/forged?{choice}", "/hub/aif/stop?server=", "/hub/aif/switch?server=&{choice}")


def changes(proof: str) -> Iterator[tuple[Row, str]]:
    """Every address of the hub that changes what it keeps, without a proof of where it is from and with `proof`."""
    for row in WISHES:
        yield from ((row, given) for given in ("", "forged", proof))
    for row in rows():
        if row.method != "GET" and row.path != "/hub/aif/read":  # that one is the browser's own: a notice put away
            yield from ((row, given) for given in ("", proof))


def filled(text: str, names: dict[str, str]) -> str:
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def signed_in(hub: OwnHub, login: str) -> KeptAlive:
    page = KeptAlive(hub)
    assert page.sign_in(login, hub.password(login)).status == 302
    assert page.ask("GET", "/hub/home").status == 200
    return page


def kept(hub: OwnHub, login: str) -> dict[str, Any]:
    """What the hub keeps of everybody, and what that person has in it and in Slurm."""
    return {
        "people": hub.rows("SELECT name, admin FROM users"),
        "groups": hub.rows("SELECT name FROM groups"),
        "shares": hub.rows("SELECT * FROM shares") + hub.rows("SELECT * FROM share_codes"),
        "servers": hub.rows("SELECT user_id, name FROM spawners WHERE server_id IS NOT NULL"),
        "tokens": hub.rows("SELECT t.id FROM api_tokens t JOIN users u ON t.user_id = u.id WHERE u.name = ?", login),
        "sessions": [(one["session"], one["step"], one["stop_asked"]) for one in hub.sessions(login)],
        "jobs": hub.jobs(login),
    }


def test_no_address_takes_cookies_for_a_wish(own_hub: OwnHub, attempts: Attempts) -> None:
    own_hub.start()
    login, attacker = own_hub.login(PERSON), own_hub.login(ATTACKER)
    own_hub.use_standin(login)
    own_hub.ask_for(login)
    session = own_hub.await_ready(login)["session"]
    names = {"other": login, "me": login, "session": session, "attacker": attacker, "choice": urlencode(CHOICE)}
    with closing(signed_in(own_hub, login)) as browser, closing(signed_in(own_hub, attacker)) as theirs:
        before = kept(own_hub, login)
        for row, proof in changes(theirs.xsrf):
            path, body = filled(row.path, names), filled(row.body, names) or "{}"
            asked = f"{path}{'&' if '?' in path else '?'}{urlencode({'_xsrf': proof})}"
            if row.is_page:
                form = urlencode({**json.loads(body), "_xsrf": proof}).encode()
                answer = browser.ask(row.method, asked, form, "application/x-www-form-urlencoded")
            else:
                answer = browser.ask(row.method, asked, body.encode(), "text/plain")
            attempts.check(answer.status == 403, f"{row.method} {path} with {proof!r}: {answer.status}")
        for link in LINKS:
            browser.ask("GET", filled(link, names))
            attempts.tried()
        after = kept(own_hub, login)
        attempts.check(after == before, f"other: {[name for name in before if before[name] != after[name]]}")
        # The same browser can do it from the hub's own page.
        assert browser.form("/hub/aif/stop", {"server": ""}).status in (302, 303)
    assert own_hub.await_ended(login)["end_cause"] == "stopped"
