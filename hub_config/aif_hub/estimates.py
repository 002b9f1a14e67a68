"""When a choice could start, as Slurm expects it, and how good such expectations were.

Slurm's answer (`sbatch --test-only`, asked as the person) uses up a job id and looks at no backfill, so it is asked
rarely and shown with its record. It knows nothing of budgets and of a partition's longest time: the request has to be
checked before. What Slurm cannot run at all and what only waits for a node look the same: no estimate.
"""

from __future__ import annotations

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import String, select
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as Database

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif.core.request import JobRequest
from aif_hub.book import Base, Session, SessionBook
from aif_hub.launch import Launcher

log = logging.getLogger("aif.estimates")

#: Slurm is asked again after this. Until it has answered, a page says what it said, for so much longer at most.
KEEP_SECONDS, STALE_SECONDS = 30.0, 90.0
#: An estimate that was shown this long ago was hardly the ground for a start; it is not judged by it.
SHOWN_SECONDS = 300.0
#: Slurm is asked by at most this many at once, and this often in a minute, by all people together.
AT_ONCE = 2
MOST_A_MINUTE = 30
#: Lengths are asked for in these steps, rounded down, so that many choices share an answer: rounded up, one that just
#: fits before maintenance would be told to wait until after it.
STEPS = (5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 4320)
#: What Slurm expects to start within this time "can start now".
NOW = timedelta(minutes=1)
#: What counts as right, how many past estimates of a kind are judged, and how few are too few to claim anything.
CLOSE = timedelta(minutes=2)
LAST = 50
FEWEST = 5
#: So many are looked through for those of both kinds: where most people can start now, the others are few among them.
LOOKED_THROUGH = 1000
RECORD_SECONDS = 60.0

Key = tuple[str, str, str, int]


@dataclass(frozen=True)
class Estimate:
    """When Slurm expects such a job to start; `starts_at` is None where it gave no estimate."""

    starts_at: datetime | None
    asked_at: datetime

    def wait(self, now: datetime) -> timedelta | None:
        """How long from `now`; never negative, and None without an estimate."""
        return None if self.starts_at is None else max(timedelta(), self.starts_at - now)


@dataclass(frozen=True)
class Honesty:
    """Of the last `tried` estimates, so many were right within two minutes."""

    tried: int = 0
    close: int = 0

    @property
    def known(self) -> bool:
        """Whether there are enough of them to claim anything."""
        return self.tried >= FEWEST


@dataclass(frozen=True)
class Record:
    """How the last estimates turned out, by what was told: that it can start now, or a later time.

    A place that is free is easily foretold, so the one record says nothing of the other.
    """

    now: Honesty = Honesty()
    later: Honesty = Honesty()

    @property
    def known(self) -> bool:
        """Whether of either there are enough to claim anything."""
        return self.now.known or self.later.known


class Told(Base):
    """What a person was told as they asked for a session."""

    __tablename__ = "aif_estimates"

    session: Mapped[str] = mapped_column(String(32), primary_key=True)
    told_at: Mapped[str] = mapped_column(String(40), index=True)
    starts_at: Mapped[str] = mapped_column(String(40))


class Estimates:
    """Slurm's expectations, each kept for 30 s and asked for once at a time, and their record in the hub's database."""

    def __init__(
        self,
        launcher: Launcher,
        book: SessionBook,
        database: Callable[[], Database],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._launcher = launcher
        self._book = book
        self._database = database
        self._now = now
        self._known: dict[Key, Estimate] = {}
        self._asking: dict[Key, asyncio.Task[Estimate | None]] = {}
        self._places = asyncio.Semaphore(AT_ONCE)
        self._asked: list[float] = []
        self._record = Record()
        self._judged = float("-inf")
        Base.metadata.create_all(database().get_bind())

    async def of(self, login: str, request: JobRequest, patience: float | None = None) -> Estimate | None:
        """The estimate for `request`; None when nobody could be asked, or not within `patience` seconds.

        The question goes on without the caller, so that the next one finds its answer. With `patience` the last answer
        will do while a new one is on its way, as `asking` says, or Slurm was asked enough in this minute.
        """
        key = _key(request)
        if (known := self._fresh(key, KEEP_SECONDS)) is not None:
            return known
        task = self._asking.get(key)
        if task is None and self._may_ask():
            task = asyncio.get_running_loop().create_task(self._ask(login, replace(request, minutes=key[-1]), key))
            self._asking[key] = task
            task.add_done_callback(lambda _: self._asking.pop(key, None))
        if patience is not None and (known := self._fresh(key, STALE_SECONDS)) is not None:
            return known
        if task is None:
            return None
        done, _ = await asyncio.wait({task}, timeout=patience)
        return task.result() if done else None

    def asking(self, request: JobRequest) -> bool:
        """Whether Slurm is being asked about `request` just now."""
        return _key(request) in self._asking

    def told(self, session: Session) -> None:
        """Writes down what the person was shown for the choice that became `session`, if they were shown anything."""
        estimate = self._fresh(_key(session.request), SHOWN_SECONDS)
        if estimate is None or estimate.starts_at is None:
            return
        told_at = session.written_at.astimezone(UTC)
        expected = max(estimate.starts_at.astimezone(UTC), told_at)  # "now" meant: once it is asked for
        database = self._database()
        database.merge(Told(session=session.session, told_at=told_at.isoformat(), starts_at=expected.isoformat()))
        database.commit()

    def told_later(self, session: Session) -> datetime | None:
        """The later time that the person was told as they asked for it; None where that was "now", or nothing."""
        told = self._database().get(Told, session.session)
        return _later(told.told_at, told.starts_at) if told else None

    def honesty(self) -> Record:
        """How the last estimates turned out, whatever restarts came between. Judged anew once a minute."""
        if time.monotonic() - self._judged > RECORD_SECONDS:
            self._judged = time.monotonic()
            query = select(Told.session, Told.told_at, Told.starts_at).order_by(Told.told_at.desc())
            told: dict[bool, list[tuple[str, datetime]]] = {False: [], True: []}
            for session, told_at, starts_at in self._database().execute(query.limit(LOOKED_THROUGH)):
                later = _later(told_at, starts_at)
                told[later is not None].append((session, later or datetime.fromisoformat(starts_at)))
            self._record = Record(now=self._judge(told[False]), later=self._judge(told[True]))
        return self._record

    def _judge(self, told: Sequence[tuple[str, datetime]]) -> Honesty:
        return judged([(expected, self._book.get(session)) for session, expected in told[: 2 * LAST]], self._now())

    def _fresh(self, key: Key, seconds: float) -> Estimate | None:
        known = self._known.get(key)
        return known if known and self._now() - known.asked_at <= timedelta(seconds=seconds) else None

    def _may_ask(self) -> bool:
        now = time.monotonic()
        self._asked = [at for at in self._asked if now - at < 60.0]
        if len(self._asked) >= MOST_A_MINUTE:
            return False
        self._asked.append(now)
        return True

    async def _ask(self, login: str, request: JobRequest, key: Key) -> Estimate | None:
        async with self._places:
            try:
                answer = await self._launcher.estimate(login=login, job=request.launcher_job())
            except (LaunchRefused, LaunchUnknown) as error:
                log.warning("an estimate for %s: %s", key, error)
                return None
        now = self._now()
        self._known = {other: one for other, one in self._known.items() if self._fresh(other, SHOWN_SECONDS)}
        self._known[key] = estimate = Estimate(answer.starts_at, now)
        return estimate


def judged(told: Sequence[tuple[datetime, Session | None]], now: datetime) -> Honesty:
    """How these turned out: pairs of the expected start and the session, newest first.

    A session that has not started two minutes after it was expected counts as missed, even if its person gave up. One
    that was given up before that says nothing.
    """
    right = []
    for expected, session in told:
        if session is None:
            continue
        if session.started_at is not None:
            right.append(abs(session.started_at - expected) <= CLOSE)
        elif (session.ended_at or now) - expected > CLOSE:
            right.append(False)
    right = right[:LAST]
    return Honesty(len(right), sum(right))


def step(minutes: int) -> int:
    """The length that is asked for in place of `minutes`.

    >>> step(15), step(45), step(600), step(1)
    (15, 30, 480, 5)
    """
    return STEPS[max(0, bisect_right(STEPS, minutes) - 1)]


def _later(told_at: str, starts_at: str) -> datetime | None:
    """The start that was told, where it was not "now"."""
    expected = datetime.fromisoformat(starts_at)
    return expected if expected - datetime.fromisoformat(told_at) > NOW else None


def _key(request: JobRequest) -> Key:
    return request.cluster, request.account, request.profile, step(request.minutes)
