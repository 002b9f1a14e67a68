"""The call-back of a starting server: only that session's own token, from a node of its job, and only once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from own_hub import OwnHub
from own_hub_place import TOKEN
from starting import READY, Starting, starting_session

pytestmark = [pytest.mark.demo, pytest.mark.timeout(240), pytest.mark.threat("T1")]


@pytest.fixture(scope="module")
def starting(own_hub: OwnHub) -> Iterator[Starting]:
    with starting_session(own_hub, "class43") as one:
        yield one


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
@pytest.mark.parametrize("path", ["/hub/api/batchspawner", "/hub/api/batchspawner/"])
def test_the_running_hub_has_no_handler_of_batchspawner(own_hub: OwnHub, method: str, path: str) -> None:
    own_hub.start()
    body = b"{}" if method != "GET" else None
    assert own_hub.get(path, TOKEN, method, body).status in (404, 405)


WRONG_BODIES: list[Any] = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b"{",
    b"\xff\xfe",
    b"[" * 100_000,
    {"port": 40123},
    {"port": 40123, "session": "0" * 32},
]
WRONG_FIELDS: list[dict[str, Any]] = [
    {"extra": 1},
    {"port": "40123"},
    {"port": True},
    {"port": 40123.0},
    {"port": 80},
    {"port": 1023},
    {"port": 65536},
    {"port": -1},
    {"port": None},
    {"port": [40123]},
    {"session": 7},
    {"session": "0" * 31},
    {"session": "A" * 32},
    {"session": "../" * 11},
    {"host": ""},
    {"host": 1},
    {"host": True},
    {"host": "gpu01"},
    {"host": "127.0.0.1 "},
    {"host": "127.1"},
    {"host": "localhost"},
    {"host": "127.0.0.1/x"},
    {"cmd": "id", "user_options": {}},
]


@pytest.mark.parametrize("body", WRONG_BODIES, ids=[str(body)[:24] for body in WRONG_BODIES])
def test_what_is_no_call_back_is_refused(starting: Starting, body: Any) -> None:
    assert starting.says(body) == 400
    assert starting.unchanged()


@pytest.mark.parametrize("changed", WRONG_FIELDS, ids=str)
def test_a_call_back_with_a_wrong_field_is_refused(starting: Starting, changed: dict[str, Any]) -> None:
    assert starting.says(starting.body(**changed)) == 400
    assert starting.unchanged()


def test_without_a_token_nothing_is_heard(starting: Starting) -> None:
    assert starting.says(starting.body(), "") == 403
    assert starting.says(starting.body(), "guessed") == 403
    assert starting.unchanged()


def test_another_persons_token_is_refused(starting: Starting) -> None:
    other = starting.hub.login("class44")
    assert starting.says(starting.body(), starting.hub.token(other)) == 403
    assert starting.unchanged()


def test_the_same_persons_other_tokens_are_refused(starting: Starting) -> None:
    assert starting.says(starting.body(), starting.hub.token(starting.login)) == 403
    assert starting.unchanged()


def test_a_services_token_is_refused(starting: Starting) -> None:
    assert starting.says(starting.body(), TOKEN) == 403
    assert starting.unchanged()


def test_a_browsers_cookie_is_refused(starting: Starting) -> None:
    page = starting.hub.browser(starting.login)
    answer = page(READY, data=json.dumps(starting.body()).encode(), kind="application/json")
    assert answer.status == 403
    assert starting.unchanged()


def test_a_session_that_does_not_exist_is_refused(starting: Starting) -> None:
    assert starting.says(starting.body(session="0" * 32)) == 403
    assert starting.unchanged()


@pytest.mark.parametrize("host", ["127.0.0.1", "8.8.8.8", "169.254.169.254", "::1", "0.0.0.0"])  # noqa: S104
def test_an_address_that_is_not_of_the_jobs_node_is_refused(starting: Starting, host: str) -> None:
    assert starting.says(starting.body(host=host)) == 403
    assert starting.unchanged()


def test_the_address_of_another_node_is_refused(starting: Starting) -> None:
    others = [at for node, at in starting.hub.instance["addresses"].items() if node != starting.node]
    assert [starting.says(starting.body(host=host)) for host in others] == [403] * len(others)
    assert starting.unchanged()


def test_the_right_one_is_accepted_once_and_never_again(starting: Starting) -> None:
    starting.hub.open_gate(f"server-{starting.login}")  # the real one says what the test has said all the time
    session = starting.hub.await_ready(starting.login)
    assert session["host"] == starting.address
    assert starting.says(starting.body(port=session["port"])) == 409
    assert starting.says(starting.body(port=40124)) == 409
    now = starting.hub.session(starting.login) or {}
    assert (now["port"], now["step"]) == (session["port"], "ready")
    # A session that is over has no call-backs: its token is gone, too.
    starting.hub.ask_to_stop(starting.login)
    starting.hub.await_ended(starting.login)
    assert starting.says(starting.body(port=40124)) == 403
