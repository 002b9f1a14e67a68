"""A start or a stop right after an end, while the hub has not let go of the server that ended: it lets go once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait
from typing import Any

import pytest
from own_hub import OwnHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.mark.parametrize(("way", "short"), [("rest", "class19"), ("page", "class26")])
def test_what_is_started_while_the_proxy_keeps_the_old_route_is_not_stopped_with_it(
    own_hub: OwnHub, way: str, short: str
) -> None:
    own_hub.start()
    login = own_hub.login(short)
    own_hub.use_standin(login)
    assert own_hub.ask_for(login).status in (201, 202)
    first, page = own_hub.await_ready(login), own_hub.browser(login)

    def start() -> int:
        if way == "rest":
            return own_hub.ask_for(login).status
        return page(f"/hub/spawn/{login}", profile="cpu", minutes="60").status

    with ThreadPoolExecutor(1) as other:
        with own_hub.no_route_taken():
            _end(own_hub, first)
            asked = other.submit(start)
            wait({asked}, timeout=3)  # nothing tells that nothing happens
            assert next(one["session"] for one in own_hub.sessions(login)) == first["session"]
        assert asked.result(60) in (200, 201, 202)
    second = own_hub.await_ready(login)
    assert second["session"] != first["session"]
    assert own_hub.state_of(second["job_id"]) == "RUNNING"
    own_hub.ask_to_stop(login)
    assert own_hub.await_ended(login)["end_cause"] == "stopped"


def test_a_stop_while_the_hub_lets_go_of_a_server_waits_for_that(own_hub: OwnHub) -> None:
    own_hub.start()
    login = own_hub.login("class25")
    own_hub.use_standin(login)
    page = own_hub.browser(login)
    assert own_hub.ask_for(login).status in (201, 202)
    first, stops = own_hub.await_ready(login), own_hub.log_text().count("POST /hub/aif/stop")
    with ThreadPoolExecutor(1) as other:
        with own_hub.no_route_taken():
            _end(own_hub, first)
            pressed = other.submit(page, "/hub/aif/stop", server="", then="home")  # on a page that is not up to date
            until(
                lambda: own_hub.log_text().count("POST /hub/aif/stop") > stops,
                "the stop has gone on for as long as a page waits for it",
            )
            assert own_hub.api("GET", "tests/proxy").data == 1
        assert pressed.result(60).status == 200
    until(lambda: not own_hub.server(login), "the hub has let go of it")
    assert own_hub.ask_for(login).status in (201, 202)
    second = own_hub.await_ready(login)
    assert second["session"] != first["session"]
    own_hub.ask_to_stop(login)
    own_hub.await_ended(login)


def test_what_the_hub_could_not_let_go_of_without_the_proxy_it_lets_go_of_once_that_answers(own_hub: OwnHub) -> None:
    own_hub.start()
    login = own_hub.login("class25")
    own_hub.use_standin(login)
    assert own_hub.ask_for(login).status in (201, 202)
    session = own_hub.await_ready(login)
    with own_hub.no_route_taken(fails=True):
        said = own_hub.log_text().count("Unhandled error in poll callback")
        own_hub.slurm("scancel", str(session["job_id"]))
        own_hub.await_ended(login)
        until(lambda: own_hub.log_text().count("Unhandled error in poll callback") > said, "a step of it fails")
        assert own_hub.server(login)
    until(lambda: not own_hub.server(login), "the hub has let go of it, and nobody looked", 30)


def _end(own_hub: OwnHub, session: dict[str, Any]) -> None:
    """Returns when it has ended, and the hub waits for the proxy to let go of its server."""
    own_hub.slurm("scancel", str(session["job_id"]))
    own_hub.await_ended(session["login"])
    until(lambda: own_hub.api("GET", "tests/proxy").data == 1, "the hub lets go of it")
