"""A suspended job and a server that stands still are shown as what they are, end nothing, and pass by themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from holding_up import panel, silenced, suspended
from own_hub import Answer, OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]


def running(hub: OwnHub, short: str, standin: bool = True) -> tuple[str, dict[str, Any], Callable[..., Answer]]:
    """A person, their running session and their browser."""
    hub.start()
    login = hub.login(short)
    if standin:
        hub.use_standin(login)
    assert hub.ask_for(login).status in (201, 202)
    return login, hub.await_ready(login, seconds=90), hub.browser(login)


def shows(hub: OwnHub, login: str, state: str) -> None:
    until(lambda: panel(hub, login)["state"] == state, f"{login}'s session is shown as {state}")


def stopped(hub: OwnHub, login: str, session: dict[str, Any]) -> None:
    """As its person asks, and by nothing before; it has had one job."""
    assert hub.jobs_of(session) == [session["job_id"]]
    hub.ask_to_stop(login)
    ended = hub.await_ended(login, seconds=90)
    assert (ended["session"], ended["end_cause"]) == (session["session"], "stopped")


def test_a_suspended_session_is_paused_until_it_is_resumed(own_hub: OwnHub) -> None:
    login, session, page = running(own_hub, "class28")
    with suspended(own_hub, session):
        shows(own_hub, login, "paused")
        told = panel(own_hub, login)
        assert "paused it (suspended)" in told["trouble"]
        assert told["open_url"]
        home = page("/hub/home").text
        assert "Paused" in home
        assert "it goes on by itself" in home
        assert own_hub.state_of(session["job_id"]) == "SUSPENDED"
    shows(own_hub, login, "ready")
    assert panel(own_hub, login)["trouble"] == ""
    assert "goes on by itself" not in page("/hub/home").text
    stopped(own_hub, login, session)


def test_a_paused_session_can_be_stopped(own_hub: OwnHub) -> None:
    login, session, _page = running(own_hub, "class29")
    with suspended(own_hub, session):
        shows(own_hub, login, "paused")
        stopped(own_hub, login, session)


@pytest.mark.parametrize(("short", "standin"), [("class38", True), ("class29", False)], ids=["stand-in", "JupyterLab"])
def test_a_server_that_stands_still_does_not_answer_until_it_goes_on(
    own_hub: OwnHub, short: str, standin: bool
) -> None:
    own_hub.end_standins()
    login, session, page = running(own_hub, short, standin)
    with silenced(own_hub, session):
        shows(own_hub, login, "silent")
        told = panel(own_hub, login)
        assert "It has not answered since" in told["trouble"]
        assert told["open_url"]
        home = page("/hub/home").text
        assert "Does not answer" in home
        assert "Try to open JupyterLab" in home
        own_hub.kill()
        own_hub.start()
        shows(own_hub, login, "silent")  # the next hub finds out as well, and leaves its job alone
        assert own_hub.state_of(session["job_id"]) == "RUNNING"
        assert (own_hub.session(login) or {})["step"] == "ready"
    shows(own_hub, login, "ready")
    assert own_hub.await_ready(login)["session"] == session["session"]
    assert "Does not answer" not in page("/hub/home").text
    assert own_hub.get(f"/user/{login}/api/status", own_hub.token(login)).status == 200
    stopped(own_hub, login, session)
