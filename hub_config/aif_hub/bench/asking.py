"""A hub's REST API as a benchmark uses it: many servers asked for at once, and how long one question takes."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from tornado.httpclient import AsyncHTTPClient, HTTPResponse
from tornado.simple_httpclient import SimpleAsyncHTTPClient

from aif_hub.demo.errors import DemoError


@dataclass(frozen=True)
class Seat:
    """One server: whose, and its name among theirs."""

    login: str
    server: str

    @property
    def path(self) -> str:
        return f"users/{self.login}/servers/{self.server}"


def seats(people: Sequence[str], count: int) -> list[Seat]:
    """`count` servers, spread over the people: everyone's first, then everyone's second."""
    return [Seat(people[i % len(people)], f"b{i // len(people)}") for i in range(count)]


@dataclass(frozen=True)
class HubApi:
    """One hub, through its proxy, with a service's token."""

    url: str
    token: str

    def answers(self) -> bool:
        """Whether the hub can be asked."""
        request = urllib.request.Request(f"{self.url}/users", headers=self._headers)  # noqa: S310 - http on loopback
        try:
            with urllib.request.urlopen(request, timeout=5) as reply:  # noqa: S310
                return bool(reply.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def said(
        self, method: str, path: str, body: Any = None, token: str = "", seconds: float = 30
    ) -> tuple[int, dict[str, Any]]:
        """Status and JSON of the answer, without an event loop; status 0 while nobody answers. `token`: a person's."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"token {token or self.token}"}
        request = urllib.request.Request(f"{self.url}/{path}", data, headers, method=method)  # noqa: S310 - as above
        try:
            with urllib.request.urlopen(request, timeout=seconds) as reply:  # noqa: S310
                status, text = int(reply.status), reply.read()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read()
        except (OSError, HTTPException):
            return 0, {}
        try:
            found = json.loads(text)
        except ValueError:  # a page, of the proxy's or a stand-in's
            found = {}
        return status, found if isinstance(found, dict) else {"all": found}

    async def ask(self, method: str, path: str, body: Any = None, seconds: float = 600) -> HTTPResponse:
        """The reply, whatever its status. The limit is the caller's patience."""
        client = AsyncHTTPClient()
        data = json.dumps(body) if body is not None else ("" if method == "POST" else None)
        return await client.fetch(
            f"{self.url}/{path}",
            method=method,
            body=data,
            headers=self._headers,
            raise_error=False,
            request_timeout=seconds,
            connect_timeout=60,
        )

    async def know(self, people: Sequence[str]) -> None:
        """The hub has these people in its database."""
        reply = await self.ask("POST", "users", {"usernames": list(people)})
        if reply.code not in (201, 409):
            raise _said("making users", reply)

    async def token_of(self, login: str, note: str = "of a benchmark") -> str:
        """A token with all that the person may do. Raises DemoError where the hub gives none."""
        reply = await self.ask("POST", f"users/{login}/tokens", {"note": note})
        if reply.code != 201:
            raise _said(f"making a token for {login}", reply)
        return str(json.loads(reply.body)["token"])

    async def start_all(self, wanted: Sequence[Seat], options: Any) -> float:
        """Seconds until all servers, asked for at once, were ready."""
        began = time.monotonic()
        replies = await asyncio.gather(*(self.ask("POST", seat.path, options) for seat in wanted))
        took = time.monotonic() - began
        for reply in replies:
            if reply.code != 201:
                raise _said("starting a server", reply)
        return took

    async def stop_all(self, wanted: Sequence[Seat]) -> None:
        """Returns when the hub has none of these servers any more."""
        replies = await asyncio.gather(*(self.ask("DELETE", seat.path) for seat in wanted))
        for reply in replies:
            if reply.code not in (202, 204):
                raise _said("stopping a server", reply)
        await self.without_servers()

    async def without_servers(self, seconds: float = 120) -> None:
        """Returns when the hub shows no server, started or starting, of anybody."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            people = json.loads((await self.ask("GET", "users")).body)
            if not any(person.get("servers") for person in people):
                return
            await asyncio.sleep(0.5)
        raise DemoError(f"The hub still shows servers {seconds:.0f} s after they were stopped.")

    async def latencies(self, path: str, per_second: float, seconds: float) -> list[float]:
        """Milliseconds that each of a steady row of questions took, asked in time however slow the answers are."""

        async def one(delay: float) -> float:
            await asyncio.sleep(delay)
            asked = time.monotonic()
            reply = await self.ask("GET", path)
            if reply.code != 200:
                raise _said(f"asking for {path}", reply)
            return 1000 * (time.monotonic() - asked)

        return list(await asyncio.gather(*(one(i / per_second) for i in range(int(seconds * per_second)))))

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"token {self.token}"}


def many_connections() -> None:
    """Lets this process ask as many questions at once as it likes; tornado's own limit is ten."""
    AsyncHTTPClient.configure(SimpleAsyncHTTPClient, max_clients=1000)


def _said(what: str, reply: HTTPResponse) -> DemoError:
    words = (reply.body or b"").decode(errors="replace")[:300] or str(reply.error)
    return DemoError(f"{what}: the hub said {reply.code}: {words}")
