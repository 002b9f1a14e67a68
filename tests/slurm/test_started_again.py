"""A start right after an end, while the hub has not let go of the server that ended: none stops the other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor, wait

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

    said = own_hub.log_text().count(f"User {login} server stopped")
    with ThreadPoolExecutor(1) as other:
        with own_hub.no_route_taken():
            own_hub.slurm("scancel", str(first["job_id"]))
            own_hub.await_ended(login)
            until(lambda: own_hub.log_text().count(f"User {login} server stopped") > said, "the hub lets go of it")
            asked = other.submit(start)
            wait({asked}, timeout=3)  # nothing tells that nothing happens
            assert next(one["session"] for one in own_hub.sessions(login)) == first["session"]
        assert asked.result(60) in (200, 201, 202)
    second = own_hub.await_ready(login)
    assert second["session"] != first["session"]
    assert own_hub.state_of(second["job_id"]) == "RUNNING"
    own_hub.ask_to_stop(login)
    assert own_hub.await_ended(login)["end_cause"] == "stopped"
