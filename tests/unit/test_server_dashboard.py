"""A cluster's dashboard through the session's server: which sockets it asks, for whom, and what it lets through."""

# ruff: noqa: S310 - the addresses are our own

from __future__ import annotations

import asyncio
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakehub import (
    GUEST_TOKEN,
    OTHER_TOKEN,
    OWNER_TOKEN,
    PREFIX,
    FakeHub,
    cluster_folder,
    get,
    make_certificates,
    make_session,
    start_server,
    stopped,
    tls,
    wait_for_post,
)
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket
from tornado.web import Application, RequestHandler
from tornado.websocket import WebSocketHandler, websocket_connect

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
pytest.importorskip("jupyterlab")

NAME, GONE = "abc_1234", "abc_5678"
SAID = b'{"kind": "scale", "wish": "a", "workers": 3}'


class Page(RequestHandler):
    def get(self, path: str) -> None:
        if path == "info":
            self.redirect("/info/main.html")
            return
        self.set_header("Set-Cookie", "theirs=1")
        self.set_header("Cache-Control", "max-age=60")
        self.write({"uri": self.request.uri, "headers": sorted(self.request.headers)})


class Echo(WebSocketHandler):
    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        return subprotocols[0] if subprotocols else None

    async def on_message(self, message: str | bytes) -> None:
        if message == "end":
            self.close()
        else:
            await self.write_message(message, binary=isinstance(message, bytes))


@pytest.fixture(scope="module")
def dashboard(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """A session's server whose owner has a cluster; the dashboard's address and the session's directory."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "session"
    folder.mkdir(mode=0o700)
    make_certificates(folder)
    with FakeHub(folder) as hub, scheduler(cluster_folder(home, NAME) / "dashboard.sock"):
        (cluster_folder(home, GONE) / "told.json").write_text(
            json.dumps({"id": GONE, "at": datetime.now(UTC).isoformat(), "plan": 2})
        )
        with socket.socket(socket.AF_UNIX) as left:  # what a kernel that was killed leaves: nobody listens
            left.bind(str(home / ".aif/clusters" / GONE / "dashboard.sock"))
        make_session(folder, hub.port, language="nl")
        server = start_server(folder, home)
        try:
            body = wait_for_post(hub, server)
            yield f"https://127.0.0.1:{body['port']}{PREFIX}aif/v1/clusters/{NAME}/dashboard", folder
        finally:
            stopped(server)


class scheduler:  # noqa: N801 - read as a verb
    """Listens on `path`, as Dask's does."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> None:
        self.loop, started = asyncio.new_event_loop(), threading.Event()

        async def start() -> None:
            application = Application([(r"/status/ws", Echo), (r"/(.*)", Page)])
            HTTPServer(application).add_socket(bind_unix_socket(str(self.path), mode=0o600))
            started.set()

        def serve() -> None:
            self.loop.run_until_complete(start())
            self.loop.run_forever()

        self.thread = threading.Thread(target=serve, daemon=True)
        self.thread.start()
        assert started.wait(10)

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def answer(url: str, folder: Path, token: str = OWNER_TOKEN) -> tuple[int, Any, bytes]:
    """Status, headers and body; a redirect is not followed."""
    opener = urllib.request.build_opener(
        urllib.request.HTTPSHandler(context=tls(folder, ssl.Purpose.SERVER_AUTH)), Stay()
    )
    headers = {"Cookie": "mine=1", **({"Authorization": f"token {token}"} if token else {})}
    try:
        with opener.open(urllib.request.Request(url, headers=headers), timeout=20) as reply:
            return reply.status, reply.headers, reply.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers, refusal.read()


def test_the_owner_sees_the_page_and_nothing_of_theirs_goes_to_it(dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard
    status, headers, body = answer(f"{url}/a%2Fb/c.html?x=%C3%A9", folder)
    seen = json.loads(body)
    assert status == 200
    assert seen["uri"] == "/a%2Fb/c.html?x=%C3%A9"
    assert {"Cookie", "Authorization", "Referer"}.isdisjoint(seen["headers"])
    assert headers["Cache-Control"] == "max-age=60"
    assert "theirs" not in str(headers.get_all("Set-Cookie"))


def test_its_links_stay_below_its_own_address(dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard
    place = url[url.index("/user/") :]
    for path, leads in (("/", "/status"), ("/info", "/info/main.html")):
        status, headers, _ = answer(url + path, folder)
        assert (status, headers["Location"]) == (302, place + leads)


@pytest.mark.parametrize(("token", "status"), [(GUEST_TOKEN, 403), (OTHER_TOKEN, 403), ("", 302)])
def test_nobody_else_sees_it(token: str, status: int, dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard
    found, headers, body = answer(f"{url}/status", folder, token)
    assert found == status
    assert b'"uri"' not in body
    if status == 302:
        assert "/hub/api/oauth2/authorize" in headers["Location"]


def test_it_is_only_read(dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard
    assert get(f"{url}/status", folder, OWNER_TOKEN, method="POST", data=b"")[0] == 405


@pytest.mark.parametrize("name", ["..", "%2E%2E", "..%2F..%2Fx", "abc_123", "ABC_1234"])
def test_no_other_path_is_reached(name: str, dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard
    assert answer(url.replace(NAME, name) + "/status", folder)[0] in (404, 302)
    assert b'"uri"' not in answer(url.replace(NAME, name) + "/status", folder)[2]


@pytest.mark.parametrize(("name", "says"), [(GONE, "antwoordt hier niet"), ("none_123", "is beëindigd")])
def test_a_cluster_that_is_not_there_is_said_in_the_sessions_language(
    name: str, says: str, dashboard: tuple[str, Path]
) -> None:
    url, folder = dashboard
    status, _, body = answer(url.replace(NAME, name) + "/status", folder)
    assert status == 404
    assert says in body.decode()


def asked(dashboard: tuple[str, Path], token: str, **headers: str) -> HTTPRequest:
    url, folder = dashboard
    return HTTPRequest(
        url.replace("https:", "wss:") + "/status/ws",
        headers={"Authorization": f"token {token}", **headers},
        ssl_options=tls(folder, ssl.Purpose.SERVER_AUTH),
    )


async def test_what_a_page_says_and_hears_goes_through_whole(dashboard: tuple[str, Path]) -> None:
    own = dashboard[0].split("/user/")[0]
    page = await websocket_connect(asked(dashboard, OWNER_TOKEN, Origin=own), subprotocols=["bokeh", "a-token"])
    assert page.selected_subprotocol == "bokeh"
    for said in ("words", b"\x00\xff", "x" * 100_000):
        await page.write_message(said, binary=isinstance(said, bytes))
        assert await page.read_message() == said
    await page.write_message("end")
    assert await page.read_message() is None


@pytest.mark.parametrize(
    ("token", "origin"),
    [
        (OWNER_TOKEN, "https://elsewhere.example"),
        (OWNER_TOKEN, "null"),
        (OWNER_TOKEN, ""),
        (OWNER_TOKEN, "file://{own}"),
        (OWNER_TOKEN, "https://{own}.example"),
        (GUEST_TOKEN, "https://{own}"),
        (OTHER_TOKEN, "https://{own}"),
    ],
)
async def test_no_other_page_and_nobody_else_is_let_in(token: str, origin: str, dashboard: tuple[str, Path]) -> None:
    own = dashboard[0].split("/user/")[0].removeprefix("https://")
    headers = {"Origin": origin.format(own=own)} if origin else {}
    with pytest.raises(HTTPClientError) as refusal:
        await websocket_connect(asked(dashboard, token, **headers))
    assert refusal.value.code == 403


def test_the_list_of_clusters_and_their_end_are_the_owners_alone(dashboard: tuple[str, Path]) -> None:
    url, folder = dashboard[0].partition(f"/{NAME}/")[0], dashboard[1]
    told = json.loads(answer(url, folder)[2])["clusters"]
    assert [(one["id"], one["plan"], one["quiet"]) for one in told] == [(GONE, 2, False)]
    wish = folder.parent / ".aif/clusters" / GONE / "stop"
    for token in (GUEST_TOKEN, OTHER_TOKEN, ""):
        assert answer(url, folder, token)[0] == 403
        assert get(f"{url}/{GONE}", folder, token, method="DELETE")[0] == 403
        assert get(f"{url}/{GONE}/wish", folder, token, method="POST", data=SAID)[0] == 403
    assert not wish.exists()
    assert get(f"{url}/{GONE}/wish", folder, OWNER_TOKEN, method="POST", data=SAID)[0] == 202
    assert wish.with_name("wish.json").read_bytes() == SAID
    assert get(f"{url}/{GONE}/wish", folder, OWNER_TOKEN, method="POST", data=b"{}")[0] == 400
    assert get(f"{url}/none_123/wish", folder, OWNER_TOKEN, method="POST", data=SAID)[0] == 404
    assert get(f"{url}/{GONE}", folder, OWNER_TOKEN, method="DELETE") == (202, b'{"trouble": ""}')
    assert wish.exists()
    assert get(f"{url}/none_123", folder, OWNER_TOKEN, method="DELETE")[0] == 202, "it has ended meanwhile"
    assert get(f"{url}/..%2F..%2Fx", folder, OWNER_TOKEN, method="DELETE")[0] == 404
