"""A person with a browser's cookies and no browser: signs in by the form, opens pages, sends forms."""

from __future__ import annotations

import asyncio
import html
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from urllib.parse import urlencode, urljoin, urlsplit

from tornado.httpclient import AsyncHTTPClient, HTTPResponse

from aif_hub.demo.errors import DemoError

SECONDS = 60.0
_EVENTS = re.compile(r'data-events="([^"]+)"')
_XSRF = re.compile(r'name="_xsrf" value="([^"]+)"')


@dataclass(eq=False)
class Visitor:
    """One person at one hub; `url` is its public address, without a slash at the end."""

    url: str
    login: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def sign_in(self, password: str) -> None:
        """By the sign-in page; raises DemoError when that is refused."""
        page = await self.ask("/hub/login")
        answer = await self.send("/hub/login", page, {"username": self.login, "password": password})
        if answer.code != 302:
            raise DemoError(f"{self.login} could not sign in to the benchmark's hub (status {answer.code}).")

    async def open(self, path: str) -> float | None:
        """Milliseconds until the whole page was there; None where it only leads on. Raises DemoError if it fails."""
        asked = time.monotonic()
        answer = await self.ask(path)
        took = 1000 * (time.monotonic() - asked)
        if answer.code >= 500 or answer.code == 403:
            raise DemoError(f"{path} answered {self.login or 'a stranger'} with status {answer.code}.")
        return None if answer.code in (301, 302, 303) else took

    async def ask(self, path: str) -> HTTPResponse:
        """The answer to a GET, whatever its status; redirects are not followed."""
        return await self._fetch(path, "GET", None)

    async def send(self, path: str, page: HTTPResponse, fields: Mapping[str, str]) -> HTTPResponse:
        """The answer to a form on `page` with its safety token."""
        found = _XSRF.search(page.body.decode())
        token = html.unescape(found[1]) if found else self.cookies.get("_xsrf", "")
        return await self._fetch(path, "POST", urlencode({**fields, "_xsrf": token}))

    @staticmethod
    def stream_of(page: HTTPResponse) -> str | None:
        """Where that page listens for news; None for one that does not."""
        found = _EVENTS.search(page.body.decode())
        return html.unescape(found[1]) if found else None

    async def listen(self, path: str, news: Callable[[], None] = lambda: None) -> None:
        """Holds a stream of events open until it ends or the caller is cancelled; calls `news` at each event.

        Raises DemoError where the hub gives none.
        """
        place = urlsplit(urljoin(self.url, path))
        reader, writer = await asyncio.open_connection(place.hostname, place.port)
        try:
            head = f"GET {place.path}?{place.query} HTTP/1.1\r\nHost: {place.netloc}\r\nCookie: {self._cookie}\r\n\r\n"
            writer.write(head.encode())
            if b" 200 " not in (status := await reader.readline()):
                raise DemoError(f"{self.login} was given no stream of events: {status.decode().strip()!r}")
            async for line in reader:
                if line.startswith(b"data:"):
                    news()
                elif line == b"0\r\n":  # the last chunk; the connection stays
                    break
        finally:
            writer.close()

    @property
    def _cookie(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    async def _fetch(self, path: str, method: str, body: str | None) -> HTTPResponse:
        answer = await AsyncHTTPClient().fetch(
            urljoin(self.url, path),
            method=method,
            body=body,
            # As browsers ask: the proxy then keeps its own connection to the hub, with the handshakes of both done.
            headers={"Cookie": self._cookie, "Connection": "keep-alive"},
            follow_redirects=False,
            raise_error=False,
            request_timeout=SECONDS,
            connect_timeout=SECONDS,
        )
        for line in answer.headers.get_list("Set-Cookie"):
            self.cookies |= {name: morsel.value for name, morsel in SimpleCookie(line).items()}
        return answer
