"""The one look at Slurm's queue that the whole hub shares, and a way to wait for news instead of asking again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from aif.core.errors import SlurmError
from aif.core.jobs import JobSighting, history, look
from aif.core.site import Cluster, SessionRules
from aif.core.slurm import Call, arun
from aif.core.states import Phase
from aif_hub import metrics
from aif_hub.accounting import AccountingBudget

log = logging.getLogger("aif.queue")

#: A job that neither queue nor accounting knows, for this long and in this many answers of both, is gone.
GONE_SECONDS = 60.0
GONE_ANSWERS = 2

#: A look that a call-back waits for is held back up to this long while other jobs have begun and not called back: then
#: one look serves a whole class, where the next one would be 2 s later.
GATHER_SECONDS = 1.0
#: How long a job that is told to stop needs at least, so that a look right then would see nothing.
STOP_SECONDS = 0.5

#: The longest pause that a slow or absent Slurm is given. One look that waited for slurmctld to come back would else
#: leave everybody without news for a minute, and what is shown must not be untrue for that long.
MOST_SECONDS = 15.0

Ask = Callable[[Call[dict[int, JobSighting]], Cluster], Awaitable[dict[int, JobSighting]]]


@dataclass
class _Watch:
    uid: int
    since: float  # monotonic; only a look that began later can miss the job
    hurried_since: float | None = None
    sighting: JobSighting | None = None
    unknown_since: datetime | None = None
    missed_at: float = 0.0
    denials: int = 0
    anew: bool = False  # it runs for another time


class JobQueue:
    """What Slurm last said of our jobs on one cluster.

    While a job is watched, one task looks at the queue: every `look_seconds_starting` while any watched job is hurried
    (starting or stopping), else every `look_seconds_idle`, slower when Slurm is slow or away. A look comes when it can
    bring news: after a submission with the first call-back, or when `look_seconds_starting` have gone by. A job that a
    look misses is looked up in the accounting, all such jobs at once. Four answers come of it: waiting, running, ended,
    unknown.
    """

    def __init__(self, cluster: Cluster, rules: SessionRules, accounting: AccountingBudget, ask: Ask = arun) -> None:
        self.cluster = cluster
        self.as_of: datetime | None = None
        self.trouble = ""
        self._rules = rules
        self._accounting = accounting
        self._ask = ask
        self._watched: dict[int, _Watch] = {}
        self._news = asyncio.Event()
        self._changed = asyncio.Event()
        self._asking = 0  # callers of look_after_now that the next look will serve
        self._asked_at = 0.0
        self._last_began = float("-inf")
        self._last_took = 0.0
        self._failures = 0
        self._task: asyncio.Task[None] | None = None
        self._lookup: asyncio.Task[None] | None = None
        self._ended: dict[int, list[Callable[[], Awaitable[object]]]] = {}
        #: Called after each look, before anybody else hears of it.
        self.looked: Callable[[], None] = lambda: None

    def watch(self, job_id: int, uid: int, hurried: bool = True) -> None:
        """Begins to follow the job of that person; `hurried` while somebody waits for it to start or stop."""
        watch = self._watched.setdefault(job_id, _Watch(uid, time.monotonic()))
        if not hurried:
            watch.hurried_since = None
        elif watch.hurried_since is None:
            watch.hurried_since = time.monotonic()
            self._changed.set()
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._look_on())

    def forget(self, job_id: int) -> None:
        """Stops following a job."""
        self._watched.pop(job_id, None)
        self._ended.pop(job_id, None)

    def on_end(self, job_id: int, tell: Callable[[], Awaitable[object]]) -> None:
        """Calls `tell` once when the job, which runs, is seen to run no more: it ended, or was put back."""
        self._ended.setdefault(job_id, []).append(tell)

    @property
    def watched(self) -> int:
        """How many jobs it follows."""
        return len(self._watched)

    def sighting(self, job_id: int) -> JobSighting | None:
        """The last that was seen of the job; None when nothing is known yet."""
        watch = self._watched.get(job_id)
        return watch.sighting if watch else None

    def phase(self, job_id: int) -> Phase:
        """Waiting, running or ended as last seen; unknown while Slurm cannot say."""
        watch = self._watched.get(job_id)
        if watch is None or watch.sighting is None or watch.unknown_since:
            return Phase.UNKNOWN
        return watch.sighting.phase

    def put_back(self, job_id: int, started: datetime | None) -> bool:
        """Whether the job, which ran since `started`, waits again or runs anew; False while nobody knows."""
        phase, sighting = self.phase(job_id), self.sighting(job_id)
        return phase is Phase.WAITING or (
            phase is Phase.RUNNING and sighting is not None and sighting.runs_anew(started)
        )

    def unknown_since(self, job_id: int) -> datetime | None:
        """Since when Slurm could not tell about this job; None while it can."""
        watch = self._watched.get(job_id)
        return watch.unknown_since if watch else None

    async def news(self) -> None:
        """Returns after the next look, whatever it brings."""
        await self._news.wait()

    async def look_after_now(self) -> None:
        """Returns after a look that began after this call."""
        asked = time.monotonic()
        self._asking += 1
        self._asked_at = self._asked_at if self._asking > 1 else asked
        self._changed.set()
        while self._last_began < asked and self._task and not self._task.done():
            await self.news()

    async def first_look(self, job_id: int) -> None:
        """Returns after the first look that could show the job, however it went."""
        while (watch := self._watched.get(job_id)) and self._last_began < watch.since:
            await self.news()

    async def _look_on(self) -> None:
        while self._watched:
            await self._wait_for_turn()
            await self._look()

    async def _wait_for_turn(self) -> None:
        """Sleeps until the next look is due, which a new job or a call-back may change."""
        while (left := self._due() - time.monotonic()) > 0:
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()

    def _due(self) -> float:
        """When to look next, never sooner than the fast interval after the last look."""
        fast, idle = self._rules.look_seconds_starting, self._rules.look_seconds_idle
        # A slow or absent Slurm is asked less: never more than a tenth of the time, doubling on failure, up to a bound.
        wanted = max(10 * self._last_took, fast * 2**self._failures if self._failures else 0.0)
        fast = max(fast, min(wanted, MOST_SECONDS))
        earliest = self._last_began + fast
        hurried = [watch for watch in self._watched.values() if watch.hurried_since is not None]
        if self._asking:
            calling = sum(watch.sighting is None or watch.sighting.phase is Phase.RUNNING for watch in hurried)
            return max(earliest, self._asked_at) + (GATHER_SECONDS if self._asking < calling else 0.0)
        return max(earliest, min((_wanted(watch, fast) for watch in hurried), default=self._last_began + idle))

    async def _look(self) -> None:
        self._asking = 0
        began = time.monotonic()
        try:
            seen = await self._ask(look(self.cluster.job_name), self.cluster)
        except SlurmError as error:
            self._failures = min(self._failures + 1, 5)
            self._last_began, self._last_took = began, 0.0
            self._cannot_tell(str(error))
            metrics.LOOKS.labels(self.cluster.name, "failed").observe(time.monotonic() - began)
        else:
            self._failures = 0
            self._last_began, self._last_took = began, time.monotonic() - began
            self.trouble = ""
            self.as_of = datetime.now(UTC)
            metrics.LOOKS.labels(self.cluster.name, "ok").observe(self._last_took)
            self._compare(seen, began)
        self._tell()

    def _cannot_tell(self, why: str) -> None:
        if not self.trouble:
            log.warning("Slurm cannot be asked: %s", why)
        self.trouble = why
        now = datetime.now(UTC)
        for watch in self._watched.values():
            if watch.sighting is None or watch.sighting.phase is not Phase.ENDED:
                watch.unknown_since = watch.unknown_since or now

    def _compare(self, seen: dict[int, JobSighting], began: float) -> None:
        missing = []
        for job_id, watch in self._watched.items():
            sighting = seen.get(job_id)
            if sighting and sighting.uid == watch.uid:
                self._seen(watch, sighting)
            elif watch.sighting and watch.sighting.phase is Phase.ENDED:
                continue
            elif watch.since < began:
                watch.missed_at = watch.missed_at or began
                missing.append(job_id)
        if missing and (self._lookup is None or self._lookup.done()):
            self._lookup = asyncio.get_running_loop().create_task(self._look_up(missing))

    def _seen(self, watch: _Watch, sighting: JobSighting) -> None:
        """Slurm knows the job; a state in a word that we do not know says no more than that."""
        watch.missed_at, watch.denials = 0.0, 0
        if sighting.phase is not Phase.UNKNOWN:
            before = watch.sighting
            watch.anew |= before is not None and before.phase is Phase.RUNNING and sighting.runs_anew(before.starts)
            watch.sighting, watch.unknown_since = sighting, None
        elif watch.sighting is None or watch.sighting.phase is not Phase.ENDED:
            watch.unknown_since = watch.unknown_since or datetime.now(UTC)

    async def _look_up(self, missing: list[int]) -> None:
        """Asks the accounting for jobs that the queue no longer knows."""
        try:
            known = await self._accounting.ask(history(missing), self.cluster)
        except SlurmError as error:
            log.warning("accounting cannot be asked: %s", error)
            return
        now = datetime.now(UTC)
        for job_id in missing:
            watch = self._watched.get(job_id)
            if watch is None or not watch.missed_at:
                continue
            sighting = known.get(job_id)
            if sighting and sighting.uid == watch.uid:
                self._seen(watch, sighting)
                continue
            watch.denials += 1
            if watch.denials >= GONE_ANSWERS and time.monotonic() - watch.missed_at >= GONE_SECONDS:
                # Both books answered, more than once, that there is no such job: a proof, though without a cause.
                last = watch.sighting or JobSighting(job_id, watch.uid, "")
                watch.sighting, watch.unknown_since = replace(last, state="GONE"), None
            else:
                watch.unknown_since = watch.unknown_since or now
        self._tell()

    def _tell(self) -> None:
        self.looked()
        for job_id in [job_id for job_id in self._ended if self._runs_no_more(job_id)]:
            for tell in self._ended.pop(job_id):
                asyncio.ensure_future(tell())  # noqa: RUF006  # the hub's own callback; it logs its faults
        self._news.set()
        self._news = asyncio.Event()

    def _runs_no_more(self, job_id: int) -> bool:
        watch = self._watched.get(job_id)
        return self.phase(job_id) in (Phase.ENDED, Phase.WAITING) or (watch is not None and watch.anew)


def _wanted(watch: _Watch, fast: float) -> float:
    """When a look may first show what the person waits for: their job's start, or its end."""
    since = watch.hurried_since or 0.0
    return since + (fast if watch.sighting is None else min(fast, STOP_SECONDS))
