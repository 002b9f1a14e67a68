"""Slurm's jobs and the hub's records held against each other: at the hub's start and every five minutes.

Each job of a session carries the session's id. What does not fit is put right by these rules, which the operators' page
"After a crash" states; each time two good looks in a row have shown the same:

    a job whose session is open and knows no job      adopted
    a job whose session is open with another job      cancelled, where that other one lives
    a job whose session is over                       cancelled
    a job whose id this hub made, without a record    written down anew as found; ended after `lost_record_minutes`
    a record whose job has ended or is gone           closed with its cause

Nothing follows from a look that failed or from a state that nobody knows, and what another hub made is left alone.
"""

from __future__ import annotations

import asyncio
import logging
import pwd
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum

from aif.core.errors import LaunchRefused, LaunchUnknown, SlurmError
from aif.core.request import JobRequest
from aif.core.site import Cluster, Site
from aif.core.slurm import Call, arun
from aif.core.states import EndCause, Phase
from aif.core.tags import Tagged, tagged
from aif.core.workers import SESSION_DIGITS
from aif_hub import metrics
from aif_hub.book import Session
from aif_hub.launch import Launcher
from aif_hub.session_ids import SessionIds
from aif_hub.sessions import Sessions

log = logging.getLogger("aif.reconcile")

EVERY_SECONDS = 300.0
#: After a look that failed.
AWAY_SECONDS = 60.0

Ask = Callable[[Call[tuple[Tagged, ...]], Cluster], Awaitable[tuple[Tagged, ...]]]


class Apart(Enum):
    """How a job and the records do not fit, or a record and the jobs."""

    NO_JOB_IN_RECORD = "adopted"
    SECOND_JOB = "second"
    SESSION_OVER = "over"
    NO_RECORD = "found"
    NOBODY = "nobody"  # the login is gone, and there is no such job


class Reconciliation:
    """That of one Slurm cluster. `unrecorded` jobs of this hub were seen without a record in the last good look."""

    def __init__(
        self,
        cluster: Cluster,
        site: Site,
        sessions: Sessions,
        launcher: Launcher,
        ids: SessionIds,
        ask: Ask = arun,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.cluster = cluster
        self.unrecorded = 0
        self._site = site
        self._sessions = sessions
        self._launcher = launcher
        self._ids = ids
        self._ask = ask
        self._now = now
        self._due = 0.0
        self._seen: dict[str, Apart] = {}
        self._stops: set[asyncio.Task[Session]] = set()

    async def tend(self) -> None:
        """Looks where it is time to: sooner where the last look has shown something or has failed."""
        if time.monotonic() < self._due:
            return
        try:
            jobs = await self._ask(tagged(self.cluster.job_name), self.cluster)
        except SlurmError as error:
            log.warning("jobs and records cannot be compared: %s", error)
            self._due = time.monotonic() + AWAY_SECONDS
            return
        await self._sessions.book.answering()
        await self._compare(jobs)
        quiet = not (self._seen or self._found())
        self._due = time.monotonic() + (EVERY_SECONDS if quiet else 0.0)

    async def _compare(self, jobs: Collection[Tagged]) -> None:
        await self._close_ended()
        alive = {job.job_id: job for job in jobs if job.alive}
        there = {job.comment for job in jobs if not job.ended}
        seen: dict[str, Apart] = {}
        for job in alive.values():
            if (apart := self._job_apart(job, alive)) is not None:
                seen[str(job.job_id)] = apart
        for session in self._open():
            if not _is_somebody(session.login) and session.session not in there:
                seen[session.session] = Apart.NOBODY
        before, self._seen = self._seen, seen
        self.unrecorded = sum(apart is Apart.NO_RECORD for apart in seen.values())
        for which, apart in seen.items():
            if before.get(which) is apart:
                await self._put_right(which, apart, alive)
        self._end_found()

    def _job_apart(self, job: Tagged, alive: Mapping[int, Tagged]) -> Apart | None:
        """How a living job does not fit; None where it does, or is none of ours."""
        login = _login(job.uid)
        if not login or len(job.comment) != SESSION_DIGITS:
            return None
        session = self._sessions.book.get(job.comment)
        if session is None:
            return Apart.NO_RECORD if self._ids.is_ours(job.comment, login) else None
        if session.login != login or session.cluster != self.cluster.name:
            return None
        if not session.open:
            return Apart.SESSION_OVER
        if session.job_id == job.job_id:
            return None
        if session.job_id is None:
            return None if self._sessions.submissions.under_way(session.session) else Apart.NO_JOB_IN_RECORD
        return Apart.SECOND_JOB if session.job_id in alive else None

    async def _put_right(self, which: str, apart: Apart, alive: Mapping[int, Tagged]) -> None:
        book = self._sessions.book
        if apart is Apart.NOBODY:
            session = book.get(which)
            if session is not None and session.open:
                log.warning("session %s: its login %s and its job are gone; it is closed", which, session.login)
                self._sessions.end(session, session.end_cause or EndCause.NOT_RECORDED, session.end_note)
        else:
            job = alive[int(which)]
            session = book.get(job.comment)
            if apart is Apart.NO_RECORD:
                self._write_down(job)
            elif apart is Apart.NO_JOB_IN_RECORD and session is not None:
                log.warning("session %s: its job %d was found, and is adopted", job.comment, job.job_id)
                self._sessions.with_job(session, job.job_id)
            else:
                await self._cancel(job, apart)
        metrics.RECONCILED.labels(apart.value).inc()

    def _write_down(self, job: Tagged) -> None:
        login = _login(job.uid)
        names = {one.server_name for one in self._sessions.book.open_sessions() if one.login == login}
        began = job.submitted or self._now()
        found = Session(
            session=job.comment,
            login=login,
            server_name=next(name for name in (f"found-{number}" for number in range(1, 1000)) if name not in names),
            cluster=self.cluster.name,
            request=_request(job, self.cluster, self._site),
            step="starting" if job.started else "submitted",
            written_at=began,
            job_id=job.job_id,
            submitted_at=began,
            started_at=job.started,
            node=job.node,
        )
        log.warning("session %s of %s: there was no record of its job %d; see Home", job.comment, login, job.job_id)
        self._sessions.follow(self._sessions.book.write_found(found), hurried=False)

    async def _cancel(self, job: Tagged, apart: Apart) -> None:
        why = "the session has another job" if apart is Apart.SECOND_JOB else "the session is over"
        log.warning("job %d of session %s is cancelled: %s", job.job_id, job.comment, why)
        try:
            await self._launcher.cancel(login=_login(job.uid), job_ids=[job.job_id])
        except (LaunchRefused, LaunchUnknown) as error:
            log.warning("cancelling job %d: %s; it is looked at again", job.job_id, error)

    async def _close_ended(self) -> None:
        """Records whose job has ended: whoever waits for one closes it too, and that is done once."""
        ended = [one for one in self._open() if one.job_id is not None and self._sessions.phase(one) is Phase.ENDED]
        await asyncio.gather(*(self._sessions.closed(one) for one in ended))

    def _end_found(self) -> None:
        """Ends what was found long enough ago, that nothing runs on which nobody can open."""
        after = timedelta(minutes=float(self._site.session.lost_record_minutes))
        for session in self._found():
            since = self._now() - (session.found_at or self._now())
            if after and since >= after and not session.stop_asked:
                log.warning("session %s of %s is ended: its record was lost", session.session, session.login)
                stop = asyncio.get_running_loop().create_task(self._sessions.stop(session, EndCause.RECORD_LOST))
                self._stops.add(stop)
                stop.add_done_callback(self._stops.discard)

    def _open(self) -> list[Session]:
        return [one for one in self._sessions.book.open_sessions() if one.cluster == self.cluster.name]

    def _found(self) -> list[Session]:
        return [one for one in self._open() if one.found_at is not None]


def _request(job: Tagged, cluster: Cluster, site: Site) -> JobRequest:
    """What was asked for, as far as Slurm knows: the size is the likeliest of the site's."""
    near = sorted(
        site.profiles,
        key=lambda one: (one.cluster != cluster.name, one.partition != job.partition, abs(one.gpus - job.gpus)),
    )[0]
    return JobRequest(
        profile=near.name,
        title=str(near.title),
        cluster=cluster.name,
        account=job.account,
        qos="",
        partition=job.partition,
        minutes=max(1, int(job.limit / timedelta(minutes=1))),
        cpus=near.cpus,
        memory_mb=near.memory_gb * 1024,
        gpus=job.gpus,
        gpu_type=near.gpu_type if job.gpus else "",
        gpu_weight=near.gpu_weight,
    )


def _login(uid: int) -> str:
    """Empty where nobody has that number any more."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return ""


def _is_somebody(login: str) -> bool:
    try:
        pwd.getpwnam(login)
    except KeyError:
        return False
    return True
