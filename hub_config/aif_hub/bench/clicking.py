"""Forty people clicking through the pages at once: how long each page takes them, and what that costs Slurm."""

from __future__ import annotations

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from aif_hub.bench import measure
from aif_hub.bench.rig import Rig
from aif_hub.bench.visitor import Visitor

#: How often each page is what somebody clicks on next.
OFTEN = {
    "home": 8,
    "start": 5,
    "waiting": 3,
    "ended": 2,
    "receipt": 1,
    "sessions": 1,
    "tutorials": 2,
    "tutorial": 1,
    "project": 2,
    "help": 1,
    "tokens": 1,
    "not there": 1,
}
EVERYBODYS = frozenset(OFTEN) - {"waiting", "ended", "receipt"}
#: What pays for the demo's class.
ACCOUNT = "trn0007"
TUTORIAL = "01_spreadsheet"

#: A person's own pages, beside everybody's: where each of them is.
Own = Mapping[str, str]


@dataclass(frozen=True)
class Clicks:
    """Milliseconds of each page, and how many questions Slurm's daemons were asked meanwhile and by themselves."""

    pages: Mapping[str, Sequence[float]]
    seconds: float
    slurm_calls: int

    @property
    def views(self) -> int:
        """How many pages were opened."""
        return sum(len(each) for each in self.pages.values())


def address(page: str, login: str) -> str:
    """Where that page, one of everybody's or the sign-in, is for this person."""
    # A link to a tutorial leads on, to the start page filled in for it
    filled = {"profile": "slice", "minutes": "60", "next": f"/user/{login}/lab/tree/tutorials/{TUTORIAL}.ipynb"}
    return {
        "home": "/hub/home",
        "start": "/hub/spawn",
        "sessions": "/hub/aif/sessions",
        "tutorials": "/hub/aif/tutorials",
        "tutorial": f"/hub/spawn/{login}?{urlencode(filled)}",
        "project": f"/hub/aif/project/{ACCOUNT}",
        "help": "/hub/aif/docs/",
        "tokens": "/hub/token",
        "not there": "/hub/nothing-here",
        "sign-in": "/hub/login",
    }[page]


def own_pages(login: str, step: str, session: str) -> dict[str, str]:
    """Where the pages are that somebody has whose last session, of that id, has come so far."""
    if step in ("waiting", "submitted"):
        return {"waiting": f"/hub/spawn-pending/{login}"}
    if step == "ended":
        return {"ended": f"/hub/user/{login}/lab", "receipt": f"/hub/aif/session/{session}"}
    return {}


async def click(rig: Rig, people: Mapping[Visitor, Own], seconds: float, think: float) -> Clicks:
    """Everyone opens a page, looks at it for `think` seconds on average, and goes on to the next, for `seconds`.

    `people` says which pages each of them has beside those that everybody has, and where. Pauses are as irregular as
    people are (exponential). Whoever waits keeps the stream of events of that page open all the time. One in twenty
    clicks is somebody new who comes to the sign-in page.
    """
    streams = [asyncio.ensure_future(_listen(one, own["waiting"])) for one, own in people.items() if "waiting" in own]
    await asyncio.sleep(1)
    measure.forget_rpcs(rig)
    asked_before = measure.accounting_calls(rig)
    took: dict[str, list[float]] = defaultdict(list)
    began = time.monotonic()
    try:
        await asyncio.gather(*(_clicks(one, own, began + seconds, think, took) for one, own in people.items()))
        lasted = time.monotonic() - began
        calls = sum(measure.rpcs(rig).values()) + measure.accounting_calls(rig) - asked_before
    finally:
        for stream in streams:
            stream.cancel()
        await asyncio.gather(*streams, return_exceptions=True)
    return Clicks(took, lasted, calls)


async def idle(rig: Rig, seconds: float) -> float:
    """Questions to Slurm's daemons a second while the same people wait and nobody clicks."""
    measure.forget_rpcs(rig)
    asked_before = measure.accounting_calls(rig)
    await asyncio.sleep(seconds)
    return (sum(measure.rpcs(rig).values()) + measure.accounting_calls(rig) - asked_before) / seconds


async def _clicks(who: Visitor, own: Own, until: float, think: float, took: dict[str, list[float]]) -> None:
    dice = random.Random(who.login)  # noqa: S311  # the same clicks in each run
    pages = {page: often for page, often in OFTEN.items() if page in EVERYBODYS or page in own}
    await asyncio.sleep(dice.uniform(0, think))
    while time.monotonic() < until:
        page = "sign-in" if dice.random() < 0.05 else dice.choices(list(pages), list(pages.values()))[0]
        somebody = Visitor(who.url, "") if page == "sign-in" else who
        milliseconds = await somebody.open(own.get(page) or address(page, who.login))
        if milliseconds is not None:
            took[page].append(milliseconds)
        else:
            pages.pop(page)  # the session that was waited for is ready
        await asyncio.sleep(dice.expovariate(1 / think))


async def _listen(who: Visitor, page: str) -> None:
    if stream := who.stream_of(await who.ask(page)):
        await who.listen(stream)
