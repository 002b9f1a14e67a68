"""People with a page of the hub and a window of JupyterLab open: both ask the hub as often as the real ones do."""

from __future__ import annotations

import asyncio
import random
import ssl
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import ClientError, ClientSession

from aif.server.relay import MINUTE
from aif_hub.bench import polling
from aif_hub.bench.polling import Poller
from aif_hub.bench.visitor import Visitor
from aif_hub.demo.errors import DemoError

#: What a session's server asks the hub, every how many seconds: by itself what is left, for which its widgets wait, and
#: for a window whose side panel is looked at the rest.
PACES = {
    "aif/v1/allocations": MINUTE,
    "aif/v1/events": 60.0,
    "aif/v1/sessions": 10.0,
    "aif/v1/tutorials": 20.0,
}
#: Pauses differ by so much, so that what began together comes apart, as in `aif.server.relay`.
EVEN = (0.8, 1.2)
#: After so long a browser asks again for a stream that has ended.
AGAIN_SECONDS = 3.0
PAGE = "/hub/home"


@dataclass(frozen=True)
class Person:
    """Somebody who has signed in, and the token of their session's server."""

    visitor: Visitor
    token: str


@dataclass
class Answers:
    """Milliseconds of every answer by what was asked for, and what was refused or never answered."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    refused: list[str] = field(default_factory=list)

    @property
    def all(self) -> list[float]:
        """Those of everything."""
        return [one for each in self.took.values() for one in each]

    def forget(self) -> None:
        """Begins anew, where what comes before is not to be counted."""
        self.took.clear()
        self.refused.clear()


@asynccontextmanager
async def watching(people: Sequence[Person], url: str, context: ssl.SSLContext) -> AsyncIterator[Answers]:
    """Meanwhile everybody's page and window are open. `url` and `context` are where servers reach the hub."""
    dice, answers = random.Random(6), Answers()  # noqa: S311  # the same moments each time
    async with AsyncExitStack() as kept:
        asking = []
        for one in people:
            server = await kept.enter_async_context(polling.server(context))
            asking.append(asyncio.ensure_future(_page(one.visitor, answers)))
            for path, seconds in PACES.items():
                poller = Poller(one.visitor.login, one.token, path)
                asking.append(asyncio.ensure_future(_window(poller, server, url, seconds, dice, answers)))
        try:
            yield answers
        finally:
            for each in asking:
                each.cancel()
            ended = await asyncio.gather(*asking, return_exceptions=True)
        if faults := [one for one in ended if isinstance(one, Exception)]:
            raise faults[0]


async def _window(
    poller: Poller, server: ClientSession, url: str, seconds: float, dice: random.Random, answers: Answers
) -> None:
    """Asks for ever, first at any moment of the first pause."""
    await asyncio.sleep(dice.uniform(0, seconds))
    while True:
        try:
            took = await poller.ask(server, url)
            answers.took[poller.path].append(took)
        except (DemoError, ClientError, OSError) as error:  # a patience that has ended is an OSError, too
            answers.refused.append(f"{poller.login}, {poller.path}: {error}")
        await asyncio.sleep(seconds * dice.uniform(*EVEN))


async def _page(who: Visitor, answers: Answers) -> None:
    """Home, read anew at each event of its stream, one reading after the other, for ever."""
    news = asyncio.Event()
    stream: asyncio.Future[None] | None = None
    try:
        while True:
            asked = time.monotonic()
            page = await who.ask(PAGE)
            if page.code == 200:
                answers.took[PAGE].append(1000 * (time.monotonic() - asked))
            else:
                answers.refused.append(f"{who.login}, {PAGE}: status {page.code}")
            if stream is None and (address := who.stream_of(page)):
                stream = asyncio.ensure_future(_listen(who, address, news, answers))
            if stream is None:
                await asyncio.sleep(AGAIN_SECONDS)  # that page was none
                continue
            await news.wait()
            news.clear()
    finally:
        if stream is not None:
            stream.cancel()
            await asyncio.gather(stream, return_exceptions=True)


async def _listen(who: Visitor, address: str, news: asyncio.Event, answers: Answers) -> None:
    """Keeps the stream of a page open, for ever."""
    while True:
        try:
            await who.listen(address, news.set)
        except (DemoError, OSError) as error:
            answers.refused.append(f"{who.login}, the stream of {PAGE}: {error}")
        await asyncio.sleep(AGAIN_SECONDS)
