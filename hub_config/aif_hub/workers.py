"""The workers of sessions' clusters: looked at for all who ask in one question, and ended where their session is over.

A cluster ends with its kernel by itself: a process beside the kernel cancels its workers, and each worker looks after
its scheduler. What is left when a whole node is lost, workers that still wait in the queue, is found here.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from aif.core.errors import LaunchRefused, LaunchUnknown, SlurmError
from aif.core.ledger.allocation import GPU_HOUR
from aif.core.site import Cluster
from aif.core.slurm import Call, arun
from aif.core.workers import Worker, WorkerJob, everybodys
from aif_hub.book import Session, SessionBook
from aif_hub.launch import Launcher
from aif_hub.worker_clusters import ALIVE, Clusters, ClusterSeen, uid_of

log = logging.getLogger("aif.workers")

#: Between two looks at least, however many ask; and at most a tenth of the time is spent on looking.
LEAST_SECONDS, SHARE = 2.0, 10
#: Without anybody who asks.
EVERY_SECONDS = 300.0
#: How often it is seen whether a session with workers has ended.
TEND_SECONDS = 10.0
#: A cluster whose session has ended is given so long to end its workers by itself.
GRACE = timedelta(seconds=20)

#: Told of each array of workers that came or went: ``cluster.start`` or ``cluster.end``, its session, its number, and
#: the account that pays, empty where Slurm keeps none.
Tell = Callable[[str, Session, int, str], None]
Ask = Callable[[Call[tuple[Worker, ...]], Cluster], Awaitable[tuple[Worker, ...]]]


class Workers:
    """Those of one Slurm cluster, as it last showed them at `as_of`; `trouble` says why it could not be asked since."""

    def __init__(
        self,
        cluster: Cluster,
        book: SessionBook,
        launcher: Launcher,
        ask: Ask = arun,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        tell: Tell = lambda action, session, array, account: None,
        weights: Mapping[str, Fraction] | None = None,
        unit: Callable[[Session], str] = lambda _: GPU_HOUR,
    ) -> None:
        self.cluster = cluster
        self.as_of: datetime | None = None
        self.trouble = ""
        self._book = book
        self._launcher = launcher
        self._tell = tell
        self._ask = ask
        self._now = now
        self._seen: tuple[Worker, ...] = ()
        self._clusters = Clusters(weights or {}, unit)
        self._there: dict[int, tuple[Session, int, str] | None] = {}
        self._began = float("-inf")
        self._took = 0.0
        self._lock = asyncio.Lock()
        self._next: asyncio.Task[None] | None = None

    def of(self, session: Session) -> list[WorkerJob]:
        """The session's workers; what names it and is another person's is none of them."""
        uid = uid_of(session.login)
        return [one.job for one in self._seen if one.session == session.session and one.uid == uid]

    def clusters_of(self, session: Session) -> tuple[ClusterSeen, ...]:
        """The session's clusters with workers, and what these have used until now."""
        return self._clusters.of(session, self._now() - self.as_of if self.as_of else timedelta())

    def wish_end(self, session: Session, name: str) -> bool:
        """Has that cluster of the session's end within a minute; False where there is none of that name."""
        known = self._clusters.wish_end(session, name, self._now())
        self._book.news.tell(session.login)
        return known

    def to_end(self, session: Session) -> list[str]:
        """The names of the session's clusters whose end was asked for."""
        return self._clusters.to_end(session)

    async def look_after_now(self) -> bool:
        """Returns after a look that began after this call: whether Slurm answered it."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_task(self._look_soon())
        await asyncio.shield(self._next)
        return not self.trouble

    async def tend(self) -> None:
        """Looks where it is time to: after the end of a session that had workers, and now and then."""
        if time.monotonic() - self._began >= EVERY_SECONDS or self._over():
            await self.look_after_now()
            await self._end(self._over())

    async def _look_soon(self) -> None:
        async with self._lock:
            pause = max(LEAST_SECONDS, SHARE * self._took)
            await asyncio.sleep(max(0.0, self._began + pause - time.monotonic()))
            self._next = None  # who asks from now on is not served by this one
            await self._look()

    async def _look(self) -> None:
        self._began = time.monotonic()
        try:
            self._seen = await self._ask(everybodys(), self.cluster)
        except SlurmError as error:
            if not self.trouble:
                log.warning("the workers cannot be looked at: %s", error)
            self.trouble = str(error)
        else:
            self.as_of, self.trouble = self._now(), ""
            self._tell_of_changes()
            for login in self._clusters.take(self._seen, self._book.open_sessions()):
                self._book.news.tell(login)
        self._took = time.monotonic() - self._began

    def _tell_of_changes(self) -> None:
        """Once of each array, and once more by a hub that has begun anew; not of another hub's."""
        seen = {one.array: one for one in self._seen if one.session and one.job.phase in ALIVE}
        for array in self._there.keys() - seen.keys():
            if gone := self._there.pop(array):
                self._tell("cluster.end", *gone)
        for array in seen.keys() - self._there.keys():
            session = self._book.get(seen[array].session)
            self._there[array] = None
            if session is not None and uid_of(session.login) == seen[array].uid:
                told = self._there[array] = (session, array, seen[array].account)
                self._tell("cluster.start", *told)

    def _over(self) -> dict[str, set[int]]:
        """Arrays by login, of workers that are still there though their session, or they, were to end some time ago.

        A session that the book does not know is another hub's.
        """
        found: dict[str, set[int]] = {}
        for name, arrays in self._clusters.deaf(self._now()).items():
            if (session := self._book.get(name)) is not None:
                found.setdefault(session.login, set()).update(arrays)
        sessions: dict[str, Session | None] = {}
        for one in self._seen:
            if one.job.phase not in ALIVE or not one.session:
                continue
            if one.session not in sessions:
                sessions[one.session] = self._book.get(one.session)
            session = sessions[one.session]
            if session is None or session.open or session.ended_at is None or uid_of(session.login) != one.uid:
                continue
            if self._now() - session.ended_at >= GRACE:
                found.setdefault(session.login, set()).add(one.array)
        return found

    async def _end(self, over: dict[str, set[int]]) -> None:
        for login, arrays in over.items():
            log.warning("workers of %s were to have ended: arrays %s are cancelled", login, sorted(arrays))
            try:
                await self._launcher.cancel(login=login, job_ids=sorted(arrays))
            except (LaunchRefused, LaunchUnknown) as error:
                log.warning("cancelling the workers of %s: %s; they are looked at again", login, error)
