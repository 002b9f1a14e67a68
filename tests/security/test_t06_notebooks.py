"""T6: a second user on the node does not get into somebody's notebook: not at its port, not through the hub."""

from __future__ import annotations

from itertools import product

import pytest
from next_door import NextDoor
from threats import Attempts

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T6")]

#: No answer, not signed in, not allowed: whatever else comes has let somebody in.
REFUSED = (0, 401, 403)
#: The one page for all, `api`, says which version of Jupyter's server this is.
PAGES = ("", "api", "lab", "api/kernels", "api/contents", "api/sessions", "api/terminals", "files/.aif", "metrics")


def test_no_port_of_theirs_answers_the_neighbour(next_door: NextDoor, attempts: Attempts) -> None:
    token, (cert, key) = next_door.other_token, next_door.pair
    ways = {"nothing": [], "a token": ["-H", f"Authorization: token {token}"], "a cookie": ["-b", f"_xsrf={token}"]}
    hellos = {"http": [], "https": [], "https with a session's certificate": ["--cert", cert, "--key", key]}
    for (host, port), (hello, tls), (way, shown) in product(next_door.ports(), hellos.items(), ways.items()):
        url = f"{hello.partition(' ')[0]}://{host}:{port}/user/{next_door.login}/api/kernels"
        status, said = next_door.neighbour.curl(*tls, *shown, url)
        attempts.check(status in REFUSED and not said, f"{url} by {hello} with {way}: {status} {said[:200]}")


def test_the_persons_own_hub_does_get_in_where_the_neighbour_does_not(next_door: NextDoor) -> None:
    """What the tests above knock at is open to whoever may enter: the proxy, with a token of the person's."""
    path = f"/user/{next_door.login}/api/kernels"
    assert [kernel["id"] for kernel in next_door.hub.get(path, next_door.token).data] == [next_door.kernel]


def test_the_neighbour_is_refused_through_the_hub_too(next_door: NextDoor, attempts: Attempts) -> None:
    hub, base = next_door.hub, f"/user/{next_door.login}/"
    page = hub.browser(next_door.neighbour.login)
    channels = f"api/kernels/{next_door.kernel}/channels"
    for path in (*PAGES, f"api/kernels/{next_door.kernel}", channels):
        for who, answer in (("token", hub.get(base + path, next_door.other_token)), ("browser", page(base + path))):
            told = answer.status not in (401, 403, 404) and not (path == "api" and set(answer.data) == {"version"})
            attempts.check(not told, f"{path} with the neighbour's {who}: {answer.status} {answer.text[:200]}")
    for method, path in (
        ("POST", "api/kernels"),
        ("POST", "api/terminals"),
        ("DELETE", f"api/kernels/{next_door.kernel}"),
    ):
        status = hub.get(base + path, next_door.other_token, method, b"{}").status
        attempts.check(status in (401, 403), f"{method} {path} with the neighbour's token: {status}")
    upgrade = ["-H", "Connection: Upgrade", "-H", "Upgrade: websocket", "-H", "Sec-WebSocket-Version: 13"]
    upgrade += [
        "-H",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "-H",
        f"Authorization: token {next_door.other_token}",
    ]
    status, _ = next_door.neighbour.curl(*upgrade, f"{hub.url}{base}{channels}")
    attempts.check(status in (401, 403), f"the kernel's messages: {status}")
