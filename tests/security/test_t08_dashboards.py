"""T8: a second user on the node sees no page of somebody's cluster, and no other page of theirs."""

from __future__ import annotations

import pytest
from neighbour import listening
from next_door import NextDoor
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T8")]

#: Where Dask shows what is computed, and on which data.
PAGES = ("status", "metrics", "json/counts.json", "health", "info/main/workers.html", "individual-workers-memory", "")


def test_no_port_of_theirs_has_a_page(next_door: NextDoor, attempts: Attempts) -> None:
    for host, port in next_door.ports():
        for page in PAGES[:3]:
            for scheme in ("http", "https"):
                status, said = next_door.neighbour.curl(f"{scheme}://{host}:{port}/{page}")
                attempts.check((status, said) == (0, ""), f"{scheme}://{host}:{port}/{page}: {status} {said[:200]}")
    attempts.check(listening(next_door.login, "u") == {}, "a port of UDP")


def test_the_dashboards_socket_opens_to_its_owner_alone(next_door: NextDoor, attempts: Attempts) -> None:
    socket = str(next_door.cluster / "dashboard.sock")
    for page in PAGES:
        status, said = next_door.neighbour.curl("--unix-socket", socket, f"http://dashboard/{page}")
        attempts.check((status, said) == (0, ""), f"{page}: {status} {said[:200]}")


def test_through_the_hub_its_owner_sees_it_and_the_neighbour_does_not(next_door: NextDoor, attempts: Attempts) -> None:
    base = f"/user/{next_door.login}/aif/v1/clusters/{next_door.cluster.name}/dashboard/"
    hub = next_door.hub
    assert "Dask" in hub.get(f"{base}status", next_door.token).text
    page = hub.browser(next_door.neighbour.login)
    for name in PAGES:
        by_token, in_browser = hub.get(base + name, next_door.other_token), page(base + name)
        unsigned, _ = next_door.neighbour.curl(f"{hub.url}{base}{name}")
        attempts.check(by_token.status in (401, 403), f"{name} with the neighbour's token: {by_token.status}")
        attempts.check(in_browser.status == 403, f"{name} in the neighbour's browser: {in_browser.status}")
        attempts.check(unsigned in (302, 401, 403), f"{name} without signing in: {unsigned}")
    listed = hub.get(f"/user/{next_door.login}/aif/v1/clusters", next_door.other_token)
    attempts.check(listed.status in (401, 403), f"the list of clusters: {listed.status} {listed.text[:200]}")
