"""T1: with the token of a session's server nothing of the hub can be changed, whatever it sends to whatever answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import quote

import pytest
from hub_seen import Seen, is_a_hubs_own
from kept_alive import KeptAlive
from odd_material import chances, odd_key, odd_text, odd_value
from own_hub import OwnHub
from refusals import words
from starting import Starting, starting_session
from threats import Attempts

from aif_hub.callback import Ready
from aif_hub.warnings.activity import Report

pytestmark = [pytest.mark.demo, pytest.mark.timeout(240), pytest.mark.threat("T1")]

SESSION = "0123456789abcdef" * 2
CALL_BACK = {"session": SESSION, "host": "127.9.1.1", "port": 40123}
REPORT = {"busy": False, "idle_seconds": 5, "gpu": "none", "gpu_idle_seconds": 5, "saved_seconds_ago": None}
#: Parts of the hub that the token of a server has no business with; each answers 403 or 404 to it.
CLOSED = (
    *("POST users/{login}/server", "POST users/{login}/servers/another", "PUT users/{login}/servers/another"),
    *("PATCH users/{login}/server", "DELETE users/{login}", "PATCH users/{login}", "POST users/{login}/tokens"),
    *("POST users", "POST groups/{odd}", "POST groups/{odd}/users", "PATCH services/tests", "POST services/{odd}"),
    *("POST proxy", "PATCH proxy", "POST shutdown", "POST batchspawner", "PUT batchspawner"),
    *("POST shares/{login}/", "POST users/{login}/admin-access", "GET aif/v1/unclaimed", "GET tests/seen"),
)
#: What it may ask of, asked of what is not there.
NOT_THERE = (
    *("POST aif/v1/sessions/{odd}/activity", "POST aif/v1/sessions/{odd}/keep", "DELETE aif/v1/sessions/{odd}"),
    *("POST aif/v1/events/{odd}/seen", "GET aif/v1/jobs?session={odd}", "GET aif/v1/allocations/{odd}"),
    *("GET aif/v1/allocations/{odd}/usage", "GET aif/v1/events?since={odd}", "GET aif/v1/allocations?{odd}=1"),
)


def spoilt(chance: Random, right: dict[str, Any]) -> Any:
    """`right` with a key of another kind, without one, with one more, or something else altogether."""
    kind, key = chance.random(), chance.choice(sorted(right))
    if kind < 0.5:
        return {**right, key: odd_value(chance, str(right[key]))}
    if kind < 0.6:
        return {name: value for name, value in right.items() if name != key}
    if kind < 0.9:
        return {**right, odd_key(chance): odd_value(chance)}
    return odd_value(chance)


def sent(chance: Random, right: dict[str, Any]) -> bytes:
    """As bytes, some of them broken."""
    body = json.dumps(spoilt(chance, right)).encode()
    return body[: chance.randint(0, len(body) - 1)] if chance.random() < 0.05 else body


def test_what_is_not_exactly_a_call_back_or_a_report_is_neither(attempts: Attempts) -> None:
    chance, now = chances(1), datetime.now(UTC)
    for _ in range(10_000):
        body = sent(chance, CALL_BACK)
        try:
            made: Any = Ready.parse(body)
        except (ValueError, RecursionError):
            made = None
        # What is left of a spoilt port may still be one; nothing else of it is ever taken.
        attempts.check(made is None or json.loads(body) == vars(made), f"{body[:80]!r} made {made}")
    for _ in range(10_000):
        body = sent(chance, REPORT)
        try:
            told: Any = Report.parse(body, now, timedelta(seconds=60))
        except (ValueError, RecursionError):
            told = None
        kept = told is None or {name: vars(told).get(name) for name in REPORT} == json.loads(body)
        attempts.check(kept, f"{body[:80]!r} made {told}")


@pytest.fixture(scope="module")
def starting(own_hub: OwnHub) -> Iterator[Starting]:
    with starting_session(own_hub, "class14") as one:
        yield one


@pytest.fixture
def server(starting: Starting) -> Iterator[KeptAlive]:
    line = KeptAlive(starting.hub, starting.token)
    yield line
    line.close()


@pytest.mark.slow
def test_whatever_its_server_sends_the_hub_stays_as_it_is(
    starting: Starting, server: KeptAlive, attempts: Attempts
) -> None:
    chance, hub, login = chances(2), starting.hub, starting.login
    before = Seen.of(hub, login)
    assert before.settings["spawner.session_id"] == starting.session["session"]

    def refused(method: str, path: str, body: bytes | None) -> None:
        answer = server.ask(method, f"/hub/api/{path}", body)
        told = f"{method} {path} {(body or b'')[:80]!r}: {answer.status} {answer.text[:120]}"
        attempts.check(words(answer), told)

    for _ in range(120):
        refused("POST", "aif/v1/ready", sent(chance, starting.body(port="x")))
    for _ in range(60):
        refused("POST", f"aif/v1/sessions/{starting.session['session']}/activity", sent(chance, {**REPORT, "busy": 0}))
    for _ in range(60):
        times = {"last_activity": "x", "servers": {"": {"last_activity": "x"}}}
        refused("POST", f"users/{login}/activity", sent(chance, times))
    for what in (*CLOSED, *NOT_THERE) * 4:
        method, _, path = what.partition(" ")
        odd = quote(odd_text(chance, "0" * 30), safe="", errors="replace")[:2000]
        body = sent(chance, {"user_options": {}, "cmd": "id"}) if method in ("POST", "PUT", "PATCH") else None
        refused(method, path.format(login=login, odd=odd), body)
    after = Seen.of(hub, login)
    attempts.check(after.changed(before) == [], f"other settings: {after.changed(before)}")
    attempts.check(not after.submitted_since(before), "a job more or less")
    for argv in after.since(before):
        attempts.check(is_a_hubs_own(hub, argv), f"the hub ran {argv}")
    attempts.check(starting.unchanged(), "the session is another")
