"""A hub that tells people things, with a book, a queue and a ledger that say what a test wants."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest

from aif.core.jobs import JobSighting
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, PersonUse, UsageSnapshot
from aif.core.request import Project
from aif.core.states import EndCause
from aif_hub.book import Session, SessionBook
from aif_hub.paths import Paths
from aif_hub.warnings.event import Event
from aif_hub.warnings.record import EventRecord
from aif_hub.warnings.watch import Watch

BEGAN = datetime(2027, 4, 1, 9, 0, tzinfo=UTC)
PATHS = Paths("/hub/", "/", "demo-marieke")
QUIET = {"busy": False, "idle_seconds": 0, "gpu": "measured", "gpu_idle_seconds": 0, "saved_seconds_ago": None}


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.time = BEGAN

    def __call__(self) -> datetime:
        return self.time

    def after(self, minutes: float) -> datetime:
        self.time = BEGAN + timedelta(minutes=minutes)
        return self.time


class StandIn:
    """A book and a queue with the watch on them; the ledger says what it is told to. `again` is the hub restarted."""

    def __init__(self, folder: Path, **site: Any) -> None:
        self.database = material.database(folder / "hub.sqlite")
        self.clock = Clock()
        self.site = material.site(**{"session": {}, **site})
        self.balances: list[Balance] = []
        self.stopped: list[tuple[str, EndCause]] = []
        self.trouble = ""
        self.sighting: JobSighting | None = None
        self.again()

    def again(self) -> None:
        self.book = SessionBook(self.database, self.clock)
        queue = SimpleNamespace(trouble=self.trouble, as_of=self.clock.time, sighting=lambda _job: self.sighting)
        sessions: Any = SimpleNamespace(book=self.book, queue_of=lambda _session: queue, stop=self._stop)
        ledger: Any = SimpleNamespace(of=self._balances)
        everybodys: Any = self._projects
        self.watch = Watch(self.site, sessions, everybodys, ledger, EventRecord(self.database, self.clock), self.clock)

    async def _stop(self, session: Session, cause: EndCause) -> Session:
        self.stopped.append((session.session, cause))
        self.book.update(session.session, stop_asked=True, end_cause=cause)
        return self.book.close(session.session, cause)

    async def _projects(self) -> list[Project]:
        return [Project(name, name, f"of-{name}") for name in ("inspect01", "trn0007", "other")]

    async def _balances(self, projects: list[Project]) -> list[Balance]:
        self.asked = projects
        return self.balances

    def running(self, login: str = "me", **options: Any) -> Session:
        """A session that runs since `BEGAN`, for two hours if nothing else is said."""
        session = self.book.write(login, "", material.request(**{"profile": "slice", "minutes": 120, **options}))
        self.book.update(session.session, step="submitted", job_id=7)
        return self.book.update(session.session, step="ready", started_at=BEGAN, ready_at=BEGAN, port=4000)

    async def look(self, minutes: float) -> None:
        self.clock.after(minutes)
        await self.watch.look()
        await self.watch.look_at_balances()
        for stop in list(self.watch._stops):
            await stop

    async def reported(self, session: Session, minutes: float, **said: Any) -> None:
        """A report at that minute that nothing has run since the beginning, or as `said`, and a look."""
        idle = int(minutes * 60)
        self.clock.after(minutes)
        body = {**QUIET, "idle_seconds": idle, "gpu_idle_seconds": idle, **said}
        self.watch.report(session, json.dumps(body).encode())
        await self.look(minutes)

    def told(self, login: str = "me") -> list[str]:
        """The kinds of all that was told."""
        return [event.kind.value for event in self.watch.record.of(login)]

    def shown(self, login: str = "me") -> list[Event]:
        return self.watch.record.shown(login)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., StandIn]:
    return lambda **site: StandIn(tmp_path, **site)


def balance(used: float | None, limit: float = 500, **people: float) -> Balance:
    allocation = Allocation("inspect01", "inspect01")
    amounts = tuple(PersonUse(name, running=Fraction(amount)) for name, amount in people.items())
    settled = None if used is None else Fraction(used)
    usage = UsageSnapshot("inspect01", "slurm", BEGAN, Fraction(limit), settled, people=amounts)
    return Balance(allocation, usage, date(2027, 4, 1))


async def percents(hub: StandIn, login: str, *used: float | None, limit: float = 500, **people: float) -> list[int]:
    for at, amount in enumerate(used):
        hub.balances = [balance(amount, limit, **people)]
        await hub.look((hub.clock.time - BEGAN).total_seconds() / 60 + 11 + at)
    return [event.notice.data["percent"] for event in hub.watch.record.of(login)]
