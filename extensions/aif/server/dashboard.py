"""A cluster's Dask pages behind the hub's own sign-in: its socket is asked for the session's owner, for nobody else.

Pages and their websockets go through as they are; no cookie, token or header of the person's reaches the other side.
"""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jupyter_server.base.handlers import JupyterHandler
from jupyter_server.base.websocket import WebSocketMixin
from jupyter_server.utils import url_path_join
from tornado import web
from tornado.httpclient import HTTPError, HTTPRequest, HTTPResponse
from tornado.netutil import Resolver
from tornado.simple_httpclient import SimpleAsyncHTTPClient
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, WebSocketHandler, websocket_connect

from aif.server import plain
from aif.server.api import Desk
from aif.server.clusters import NAME, NoSuchCluster, socket_of
from aif.widgets.figures import speech

#: Of whatever browsers and Dask say in their headers, what goes through.
ASKED = ("Accept", "Accept-Encoding", "Accept-Language", "If-Modified-Since", "If-None-Match", "Range")
ANSWERED = (
    *("Accept-Ranges", "Cache-Control", "Content-Encoding", "Content-Range", "Content-Type", "ETag"),
    *("Last-Modified", "Vary"),
)
#: The scheduler lives in a kernel, which may calculate.
ANSWER_SECONDS = 30.0
#: Where Dask's pages begin.
FIRST_PAGE = "status"


class SocketResolver(Resolver):
    """Every name is that of one socket in the file system."""

    def initialize(self, path: Path) -> None:
        """`path` is the socket's."""
        self._path = str(path)

    async def resolve(
        self, host: str, port: int, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[tuple[int, Any]]:
        """The socket, whatever is asked for."""
        return [(socket.AF_UNIX, self._path)]


class OwnersPage(JupyterHandler):
    """A page for the person whose session it is. Who has not signed in is sent to; everybody else gets 403."""

    def initialize(self, desk: Desk) -> None:
        """`desk` is the session's."""
        self.desk = desk

    async def prepare(self, *, _redirect_to_login: bool = True) -> None:
        """Lets the owner pass."""
        await super().prepare(_redirect_to_login=_redirect_to_login)
        if self._finished:
            return
        if self.current_user is None and _redirect_to_login:
            web.authenticated(lambda _: None)(self)  # to the hub's sign-in and back
        elif self.current_user is None or self.current_user.username != self.desk.owner:
            raise web.HTTPError(403)

    def below(self, name: str) -> str:
        """What was asked for below the dashboard's own address, as the browser wrote it. Raises HTTPError(404)."""
        place = self.place(name)
        if not (self.request.uri or "").startswith(place):
            raise web.HTTPError(404)
        return (self.request.uri or "")[len(place) :]

    def place(self, name: str) -> str:
        """The dashboard's own address on this server."""
        return url_path_join(self.base_url, "aif/v1/clusters", name, "dashboard/")


class DashboardPage(OwnersPage):
    """What a browser reads of a dashboard."""

    async def get(self, name: str, _path: str) -> None:
        """The page, script or picture, as the scheduler has it."""
        wanted = self.below(name)
        if not wanted.partition("?")[0]:
            self.redirect(self.place(name) + FIRST_PAGE)
            return
        try:
            answer = await self._asked(socket_of(name), wanted)
        except NoSuchCluster as fault:
            self._say("cluster.dashboard.gone", fault)
        except (OSError, HTTPError) as fault:
            self._say("cluster.dashboard.elsewhere", fault)
        else:
            self._pass_on(name, answer)

    async def head(self, name: str, path: str) -> None:
        """As get; tornado leaves out the body."""
        await self.get(name, path)

    async def _asked(self, path: Path, wanted: str) -> HTTPResponse:
        client = SimpleAsyncHTTPClient(force_instance=True, resolver=SocketResolver(path))
        request = HTTPRequest(
            f"http://dashboard/{wanted}",
            headers={key: self.request.headers[key] for key in ASKED if key in self.request.headers},
            connect_timeout=ANSWER_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
            decompress_response=False,
        )
        try:
            return await client.fetch(request, raise_error=False)
        finally:
            client.close()

    def _say(self, why: str, fault: Exception) -> None:
        """404, in the session's language."""
        self.log.info("No dashboard for %s: %s", self.request.path, fault)
        language = str(self.desk.facts.get("language", "")) or "en"
        words = speech(language)
        self.set_status(404)
        self.finish(plain.page(language, words.say("cluster.dashboard"), plain.paragraphs(words.say(why))))

    def _pass_on(self, name: str, answer: HTTPResponse) -> None:
        self.set_status(answer.code)
        self.clear_header("Content-Type")
        for key in ANSWERED:
            if key in answer.headers:
                self.set_header(key, answer.headers[key])
        if leads := answer.headers.get("Location", ""):
            to = urlsplit(leads)
            inside = to._replace(scheme="", netloc="").geturl()
            if not to.path.startswith("/"):
                self.set_header("Location", inside)
            else:
                self.set_header("Location", self.place(name) + inside.lstrip("/"))
        self.finish(answer.body if answer.code not in (204, 304) else None)


class DashboardSocket(WebSocketMixin, WebSocketHandler, OwnersPage):
    """What a page of a dashboard says and hears while it is open."""

    _other: WebSocketClientConnection | None = None
    _hearing: asyncio.Task[None] | None = None

    def check_origin(self, origin: str | None = None) -> bool:
        """Pages of the hub's own address alone; what has no origin is no page."""
        page = urlsplit((origin or self.get_origin() or "").lower())
        return page.scheme in ("http", "https") and page.netloc == self.request.headers.get("Host", "").lower()

    async def get(self, name: str, path: str) -> None:
        """Opens the other side first, so that a failure is an answer and not a broken connection."""
        if not self.check_origin():
            raise web.HTTPError(403)
        offered = self.request.headers.get("Sec-WebSocket-Protocol", "")
        try:
            self._other = await websocket_connect(
                f"ws://dashboard/{self.below(name)}",
                connect_timeout=ANSWER_SECONDS,
                subprotocols=[one.strip() for one in offered.split(",")] if offered else None,
                resolver=SocketResolver(socket_of(name)),
            )
        except (NoSuchCluster, OSError, HTTPError, WebSocketClosedError) as fault:
            raise web.HTTPError(404) from fault
        await super().get(name, path)
        if self.ws_connection is None:
            self._other.close()

    def select_subprotocol(self, subprotocols: list[str]) -> str | None:
        """What the other side chose."""
        chosen = self._other.selected_subprotocol if self._other else None
        return chosen if chosen in subprotocols else None

    def open(self, *words: str, **named: str) -> None:
        """From here on each side hears the other."""
        super().open(*words, **named)
        self._hearing = asyncio.create_task(self._hear())

    async def _hear(self) -> None:
        try:
            while self._other and (said := await self._other.read_message()) is not None:
                await self.write_message(said, binary=isinstance(said, bytes))
        except WebSocketClosedError:
            pass  # the page was closed
        self.close()

    async def on_message(self, message: str | bytes) -> None:
        """Passes it on, whole and in turn."""
        if self._other:
            try:
                await self._other.write_message(message, binary=isinstance(message, bytes))
            except WebSocketClosedError:
                self.close()

    def on_close(self) -> None:
        """The other side closes too."""
        if self._other:
            self._other.close()


def handlers(base_url: str, desk: Desk) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Addresses below the server's own; Dask's websockets are `…/ws` and `eventstream`."""
    place = url_path_join(base_url, f"aif/v1/clusters/({NAME})/dashboard")
    return [
        (rf"{place}/((?:.+/)?ws|eventstream)", DashboardSocket, {"desk": desk}),
        (rf"{place}/(.*)", DashboardPage, {"desk": desk}),
    ]
