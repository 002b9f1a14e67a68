"""Many people whose servers ask the hub once a minute what is left, and how long each answer takes."""

from __future__ import annotations

import asyncio
import json
import random
import ssl
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiohttp import ClientSession, ClientTimeout, TCPConnector

from aif.server.hub import KEPT_SECONDS
from aif_hub.bench.asking import HubApi
from aif_hub.demo.errors import DemoError

MINUTE = 60.0
#: After its start the hub's budget of accounting queries may keep a first reading waiting for two minutes.
READ_SECONDS = 180.0


@dataclass
class Poller:
    """What one stand-in's server asks again and again: with its token, the last ETag, and what was told last."""

    login: str
    token: str
    path: str = "aif/v1/allocations"
    etag: str = ""
    body: bytes = b""

    async def ask(self, server: ClientSession, url: str) -> float:
        """Milliseconds until the whole answer was there. Raises DemoError for any but 200 and 304."""
        headers = {"Authorization": f"token {self.token}"} | ({"If-None-Match": self.etag} if self.etag else {})
        asked = time.monotonic()
        async with server.get(f"{url}/{self.path}", headers=headers) as answer:
            body = await answer.read()
        took = 1000 * (time.monotonic() - asked)
        if answer.status == 200:
            self.etag, self.body = answer.headers.get("ETag", ""), body
        elif answer.status != 304:
            raise DemoError(f"{self.login} was answered {self.path} with status {answer.status}: {body[:200]!r}")
        return took


async def read_once(api: HubApi) -> None:
    """Returns when the hub, which has just started, has read every allocation: what follows is an ordinary minute."""
    deadline = time.monotonic() + READ_SECONDS
    while time.monotonic() < deadline:
        reply = await api.ask("GET", "aif/v1/allocations")
        if reply.code == 200 and json.loads(reply.body)["not_read_yet"] == []:
            return
        await asyncio.sleep(1)
    raise DemoError(f"The benchmark's hub has not read every allocation within {READ_SECONDS:.0f} s of its start.")


async def poll(people: Sequence[Poller], url: str, context: ssl.SSLContext, seconds: float) -> list[float]:
    """Everybody asks once a minute, each at their own moment of it, for so long: milliseconds of every answer.

    `url` is the hub's own API, where sessions' servers ask it, and `context` has a certificate that it accepts. Each
    has asked once before, which is not timed: from then on their connections are open.
    """
    dice = random.Random(4)  # noqa: S311  # the same moments each time
    async with AsyncExitStack() as kept:
        servers = [await kept.enter_async_context(server(context)) for _ in people]
        await asyncio.gather(*(one.ask(its, url) for one, its in zip(people, servers, strict=True)))
        began = time.monotonic()

        async def each(person: Poller, its: ClientSession) -> list[float]:
            due, took = began + dice.uniform(0, MINUTE), []
            while due < began + seconds:
                await asyncio.sleep(max(0.0, due - time.monotonic()))
                took.append(await person.ask(its, url))
                due += MINUTE
            return took

        return [took for found in await asyncio.gather(*map(each, people, servers)) for took in found]


def server(context: ssl.SSLContext) -> ClientSession:
    """The connections of one session's server."""
    return ClientSession(
        connector=TCPConnector(ssl=context, keepalive_timeout=KEPT_SECONDS), timeout=ClientTimeout(MINUTE)
    )
