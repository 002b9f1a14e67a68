"""The life of a session at Slurm: submitted, waited for, accepted, stopped, closed. Knows no HTTP and no hub."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pwd
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif.core.site import Site
from aif.core.slurm import is_away
from aif.core.states import EndCause, Phase
from aif_hub.book import Session, SessionBook, SessionEnded
from aif_hub.launch import Launcher
from aif_hub.nodes import Nodes
from aif_hub.once import Once
from aif_hub.queue import JobQueue
from aif_hub.stopping import Stop, Trouble

log = logging.getLogger("aif.sessions")

RETRY_SECONDS = 1.0  # before the launcher is asked again; it doubles after each fault
KNOWN_SECONDS = 1.0  # a hub that comes up does not wait for a Slurm that is away: who answers is there
#: Ends that need no log: people's own, and those of which nothing is known. Of all others they see its last lines.
_NOT_LOGGED = {EndCause.STOPPED, EndCause.IDLE, EndCause.CANCELLED, EndCause.RECORD_LOST, EndCause.NOT_RECORDED}


class Sessions:
    """All open sessions of one hub. What is said here to have ended has been seen to end in Slurm."""

    def __init__(
        self,
        site: Site,
        book: SessionBook,
        queues: dict[str, JobQueue],
        nodes: dict[str, Nodes],
        launcher: Launcher,
        revoke: Callable[[Session], None],
    ) -> None:
        self.site = site
        self.book = book
        self.queues = queues
        self.nodes = nodes
        self._launcher = launcher
        self._revoke = revoke
        self.submissions: Once[Session] = Once()
        self._stops: Once[Session] = Once()
        self._closing: Once[Session] = Once()
        self._accepted: dict[str, asyncio.Event] = {}
        self._stop_wishes: dict[str, asyncio.Event] = {}
        #: Why a session could not be submitted yet, by session; shown while it is retried.
        self.delays: dict[str, str] = {}
        #: How the stops go that are under way, by session.
        self.stops: dict[str, Stop] = {}
        for queue in queues.values():
            queue.looked = self._note
        for session in book.open_sessions():
            self.follow(session, hurried=False)
            if session.port:  # until the hub takes it up again, nobody else would hear of its end
                self.queue_of(session).on_end(session.job_id or 0, partial(self._settle, session))

    def queue_of(self, session: Session) -> JobQueue:
        """The queue of the session's cluster."""
        return self.queues[session.cluster]

    def phase(self, session: Session) -> Phase:
        """What Slurm last said of its job; WAITING before there is one."""
        if not session.open:
            return Phase.ENDED
        if session.job_id is None:
            return Phase.WAITING
        return self.queue_of(session).phase(session.job_id)

    async def submit(self, session: Session, files: dict[str, str]) -> Session:
        """The session with its job id. Goes on when the caller is cancelled, so that no job is left without an owner.

        Asking again for the same session never makes a second job. While Slurm is away it is tried again until the
        person stops it. Raises LaunchRefused when Slurm says no.
        """
        return await self.submissions.do(session.session, lambda: self._submit(session, files))

    async def ready(self, session: Session) -> Session:
        """The session once its server has called back from a node of its job.

        Waiting in the queue has no limit; from RUNNING it has `start_timeout_seconds`. Raises SessionEnded.
        """
        queue = self.queue_of(session)
        self.follow(session, hurried=True)
        loop = asyncio.get_running_loop()
        deadline: float | None = None
        while True:
            session = await self.settled(session)
            if not session.open:
                raise SessionEnded(session)
            if session.port:
                return session
            phase = self.phase(session)
            # While Slurm cannot be asked nothing is concluded and no call-back accepted: then the whole time again.
            # Nor can a job that is suspended call back.
            if phase is not Phase.RUNNING or session.paused_at:
                deadline = None
            elif deadline is None:
                deadline = loop.time() + self.site.session.start_timeout_seconds
            if deadline is not None and loop.time() > deadline:
                note = f"It did not answer within {self.site.session.start_timeout_seconds / 60:g} minutes."
                raise SessionEnded(await self.stop(session, EndCause.NEVER_STARTED, note))
            await self._something(session, queue, deadline)

    def accept(self, session: Session, host: str, port: int, token_id: int, oauth_secret: str) -> Session:
        """The session with the address its server reported and the caller has checked, and the token that it holds.

        The other tokens that its job might have held are of no use from now on, and go.
        """
        others = tuple(other for other in session.token_ids if other != token_id)
        self._revoke(replace(session, token_ids=others))
        told = {"host": host, "port": port, "token_ids": (token_id,), "oauth_secret": oauth_secret}
        session = self.book.update(session.session, step="ready", ready_at=datetime.now(UTC), **told)
        self._accepted.setdefault(session.session, asyncio.Event()).set()
        return session

    async def stop(self, session: Session, cause: EndCause = EndCause.STOPPED, note: str = "") -> Session:
        """The session, ended in Slurm and closed. Asks Slurm again until it says so. The first cause given stays."""
        session = self._now(session)
        if session.end_cause is None:
            session = self.book.update(session.session, stop_asked=True, end_cause=cause, end_note=note)
        self._stop_wishes.setdefault(session.session, asyncio.Event()).set()
        return await self._stops.do(session.session, lambda: self._stop(session, cause))

    async def settled(self, session: Session) -> Session:
        """The session; ended, if its job has ended, or waits or runs anew: its server went then with all its memory."""
        session = self._now(session)
        if self.phase(session) is Phase.ENDED:
            return await self.closed(session)
        if session.port and session.job_id and self.queue_of(session).put_back(session.job_id, session.started_at):
            return await self.stop(session, EndCause.CANCELLED, "Its job was put back in the queue.")
        return session

    async def _settle(self, session: Session) -> None:
        await self.book.answering()
        await self.settled(session)

    async def closed(self, session: Session) -> Session:
        """The session with its end written down, once Slurm has shown its job ended."""
        session = self._now(session)
        if not session.open:
            return session
        return await self._closing.do(session.session, lambda: self._close(session))

    async def known(self, session: Session, seconds: float = KNOWN_SECONDS) -> None:
        """Returns when Slurm was asked about the session at least once, or after `seconds`."""
        if session.open and session.job_id is not None:
            with contextlib.suppress(TimeoutError):  # unknown then: it goes on as it was
                async with asyncio.timeout(seconds):
                    await self.queue_of(session).first_look(session.job_id)

    async def _submit(self, session: Session, files: dict[str, str]) -> Session:
        pause = RETRY_SECONDS
        while True:
            try:
                submitted = await self._launcher.submit(
                    login=session.login,
                    session=session.session,
                    server=self.site.session.server,
                    job=session.request.launcher_job(),
                    files=files,
                )
                break
            except LaunchUnknown as error:
                why = str(error)
            except LaunchRefused as error:
                if not is_away(error.message):
                    await self.book.answering()
                    self.end(session, EndCause.NEVER_STARTED, error.message)
                    raise
                why = error.message
            log.warning("submitting %s: %s; trying again", session.session, why)
            self.delays[session.session] = why
            self.book.news.tell(session.login)
            if self._now(session).stop_asked:
                # `stop` finds out whether there is a job all the same.
                raise LaunchUnknown("Slurm could not be reached, and the session is being stopped.")
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stop_wishes.setdefault(session.session, asyncio.Event()).wait()
            pause = min(30.0, pause * 2)
        self.delays.pop(session.session, None)
        await self.book.answering()
        return self.with_job(session, submitted.job_id)

    async def _stop(self, session: Session, cause: EndCause) -> Session:
        stop = self.stops[session.session] = Stop()
        if task := self.submissions.under_way(session.session):
            await asyncio.wait({task})
        while (session := self._now(session)).open:
            said, trouble = "Slurm refused", Trouble.REFUSED
            try:
                if session.job_id is None and (session := await self._found(session)).job_id is None:
                    await self.book.answering()
                    return self.end(session, session.end_cause or cause, session.end_note)
                self.follow(session, hurried=True)
                if self.phase(session) is Phase.ENDED:
                    return await self.closed(session)
                if session.job_id in await self._launcher.cancel(login=session.login, job_ids=[session.job_id]):
                    trouble = Trouble.NONE
            except LaunchRefused as error:
                said = str(error)
            except LaunchUnknown as error:
                said, trouble = str(error), Trouble.UNANSWERED
            if stop.met(trouble):
                self.book.news.tell(session.login)
            if trouble is not Trouble.NONE:
                log.warning("stopping %s: %s; trying again in %.0f s", session.session, said, stop.pause)
            await self._ended_within(session, stop.pause)
        return session

    async def _found(self, session: Session) -> Session:
        """The session with the job that a submission without an answer made, if it made one. Never makes one."""
        if not session.token_ids:  # it was never handed to the launcher
            return session
        job_id = await self._launcher.find(login=session.login, session=session.session)
        return self._now(session) if job_id is None else self.with_job(session, job_id)

    def with_job(self, session: Session, job_id: int) -> Session:
        """The session, written down with its job and followed."""
        session = self.book.update(session.session, step="submitted", job_id=job_id, submitted_at=datetime.now(UTC))
        self.follow(session, hurried=True)
        return session

    def follow(self, session: Session, hurried: bool) -> None:
        """Has the queue watch its job. A login that no longer exists is not followed: nothing of it can be shown."""
        if session.job_id is not None and session.open:
            try:
                uid = pwd.getpwnam(session.login).pw_uid
            except KeyError:
                log.error("session %s: there is no login %s any more", session.session, session.login)
                return
            self.queue_of(session).watch(session.job_id, uid, hurried)

    def _now(self, session: Session) -> Session:
        return self.book.get(session.session) or session

    def _note(self) -> None:
        """What a look adds to the open sessions, also where nobody waits for them just now."""
        for session in self.book.open_sessions():
            self.book.sighted(session, self.queue_of(session).sighting(session.job_id or 0))

    async def _something(self, session: Session, queue: JobQueue, deadline: float | None) -> None:
        """Returns when there is news of the job, its server has called back, or the deadline has passed."""
        accepted = self._accepted.setdefault(session.session, asyncio.Event())
        waits = {asyncio.ensure_future(queue.news()), asyncio.ensure_future(accepted.wait())}
        left = None if deadline is None else max(0.0, deadline - asyncio.get_running_loop().time())
        try:
            await asyncio.wait(waits, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    async def _ended_within(self, session: Session, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self.phase(self._now(session)) is not Phase.ENDED:
                    await self.queue_of(session).news()

    async def _close(self, session: Session) -> Session:
        session = self._now(session)
        queue, job_id = self.queue_of(session), session.job_id or 0
        sighting = queue.sighting(job_id)
        cause = session.end_cause or (sighting.end_cause if sighting else EndCause.NOT_RECORDED)
        if cause is EndCause.FINISHED and not session.ready_at:
            cause = EndCause.NEVER_STARTED
        tail: tuple[str, ...] = ()
        try:
            if cause not in _NOT_LOGGED:
                tail = await self._launcher.log_tail(login=session.login, session=session.session)
            await self._launcher.clean(login=session.login, session=session.session)
        except (LaunchRefused, LaunchUnknown) as error:
            log.warning("session %s: its folder cannot be read: %s", session.session, error)
        queue.forget(job_id)
        await self.book.answering()
        return self.end(session, cause, session.end_note, tail)

    def end(self, session: Session, cause: EndCause, note: str, log_tail: tuple[str, ...] = ()) -> Session:
        """The session closed in the book, without anything of it in memory or any token of it left."""
        self._revoke(self._now(session))  # first: a hub that dies here closes it again, and no token is left
        session = self.book.close(session.session, cause, note, log_tail)
        for kept in (self._accepted, self._stop_wishes, self.delays, self.stops):
            kept.pop(session.session, None)
        return session
