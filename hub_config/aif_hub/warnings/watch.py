"""The one task that finds what to tell: it looks at the book and the ledger, and asks Slurm nothing itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from aif.core.request import Project
from aif.core.site import Site
from aif.core.states import EndCause
from aif_hub.book import Session
from aif_hub.ledger.ledger import Ledger
from aif_hub.sessions import Sessions
from aif_hub.views import Look, ends
from aif_hub.warnings import budget, ending, idle
from aif_hub.warnings.activity import Report
from aif_hub.warnings.crossing import Line, turn
from aif_hub.warnings.event import Event, Kind, Notice
from aif_hub.warnings.record import EventRecord
from aif_hub.warnings.rounds import rounds

log = logging.getLogger("aif.warnings")

#: Between two looks at the book, and at most between two reports of a server.
LOOK_SECONDS, REPORT_SECONDS = 15.0, 60.0
#: Balances are looked at as often as open pages and notebooks have them read anyway, and seldom while nothing runs.
BALANCES, BALANCES_AT_REST = timedelta(minutes=1), timedelta(minutes=10)
FORGET_EVERY = timedelta(hours=6)


@dataclass(frozen=True)
class Pace:
    """How often things are looked at, in seconds; shorter where a site's idle times are."""

    look: float
    report: float

    @classmethod
    def of(cls, site: Site) -> Pace:
        """A tenth and a fifth of the shortest time that counts, within reason."""
        lengths = [site.session.idle_notice_minutes, *(one.idle_notice_minutes or 0 for one in site.profiles)]
        shortest = float(min((length for length in lengths if length), default=Fraction(15))) * 60
        return cls(look=min(LOOK_SECONDS, shortest / 10), report=min(REPORT_SECONDS, max(1.0, shortest / 5)))


class Watch:
    """`run` looks for ever; `look` is one look."""

    def __init__(
        self,
        site: Site,
        sessions: Sessions,
        projects: Callable[[], Awaitable[list[Project]]],
        ledger: Ledger,
        record: EventRecord,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site = site
        self._sessions = sessions
        self._projects = projects
        self._ledger = ledger
        self._now = now
        self.record = record
        self.pace = Pace.of(site)
        self.reports: dict[str, Report] = {}  # the last of each session
        self.told: Callable[[Event], None] = lambda event: None
        self._stops: set[asyncio.Task[Session]] = set()
        self._balances_at = self._forgot_at = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Looks for ever; an accounting that is slow to say what is left keeps nobody from being told the rest."""
        failed = "looking for what people should know failed"
        await asyncio.gather(
            rounds(self.look, self.pace.look, self.record, log, failed),
            rounds(self.look_at_balances, self.pace.look, self.record, log, failed),
        )

    async def look(self) -> None:
        """Tells what is new of sessions, ends what is over, and stops what has been idle for long enough."""
        now = self._now()
        open_now = self._sessions.book.open_sessions()
        running = [session for session in open_now if session.step == "ready" and not session.stop_asked]
        self._close({session.session for session in open_now})
        for session in running:
            self._tell(self._lines(session, now))
            self._stop_idle(session, now)
        if now - self._forgot_at >= FORGET_EVERY:
            self._forgot_at = now
            self.record.forget()

    async def look_at_balances(self) -> None:
        """Tells what is new of budgets, when it is time to look.

        Of each project with a session, or with an allocation or a principal investigator in the site file.
        """
        now, site, open_now = self._now(), self._site, self._sessions.book.open_sessions()
        if now - self._balances_at < (BALANCES if open_now else BALANCES_AT_REST):
            return
        self._balances_at = now
        wanted = {one.account for one in site.allocations} | {one.account for one in site.projects if one.pi}
        wanted |= {session.request.account for session in open_now}
        projects = [project for project in await self._projects() if project.account in wanted]
        balances = await self._ledger.of(projects)
        if projects and not balances:
            self._balances_at = datetime.min.replace(tzinfo=UTC)  # none is read yet: no minute is waited for the first
        for balance in balances:
            self._tell(budget.lines(balance, budget.concerned(balance, open_now, site)))

    def report(self, session: Session, body: bytes) -> float:
        """Takes a report of the session's server, and says in how many seconds the next is due. Raises ValueError."""
        now = self._now()
        report = Report.parse(body, now, timedelta(seconds=self.pace.report))
        self.reports[session.session] = report
        log.debug("session %s says: %s", session.session, report)
        saved = report.saved_at
        if saved and (session.saved_at is None or saved - session.saved_at > timedelta(seconds=2)):
            self._sessions.book.note(session.session, saved_at=saved)
        return self.pace.report

    def keep(self, session: Session) -> None:
        """Its person wants it although nothing runs in it: it begins to be idle anew."""
        self._sessions.book.update(session.session, kept_at=self._now())
        log.info("session %s of %s is kept though nothing runs in it", session.session, session.login)
        self._take_back([idle.line_name(session.session)])

    def see(self, login: str, event: int) -> bool:
        """The person puts the event away; False where it is not theirs."""
        found = self.record.see(login, event)
        if found:
            self._sessions.book.news.tell(login)
        return found

    # -- the parts ---------------------------------------------------------------------------------------------------

    def _lines(self, session: Session, now: datetime) -> list[Line]:
        queue = self._sessions.queue_of(session)
        sighting = queue.sighting(session.job_id) if session.job_id else None
        until = ends(session, Look(sighting, queue.as_of))
        report = self.reports.get(session.session)
        return [*ending.lines(session, until, now), *idle.lines(session, report, self._site, now)]

    def _stop_idle(self, session: Session, now: datetime) -> None:
        noticed = self.record.crossed.get(idle.line_name(session.session))
        since = idle.idle_since(session, self.reports.get(session.session), now)
        if noticed is None or since is None or self._sessions.queue_of(session).trouble:
            return
        due = idle.stops_at(since, noticed, idle.rules(session, self._site))
        if due is None or now < due:
            return
        log.info("session %s of %s is stopped: nothing has run in it since %s", session.session, session.login, since)
        queue = self._sessions.queue_of(session)
        until = ends(session, Look(queue.sighting(session.job_id or 0), queue.as_of))
        session = self._sessions.book.update(session.session, idle_since=since, would_end=until)
        stop = asyncio.get_running_loop().create_task(self._sessions.stop(session, EndCause.IDLE))
        self._stops.add(stop)
        stop.add_done_callback(self._stops.discard)

    def _tell(self, lines: Iterable[Line]) -> None:
        new = turn(lines, self.record.crossed, self.record.told)
        if new.crossed or new.notices:
            self._give(self.record.cross(new.crossed, new.notices))
        if new.back:
            self._take_back(new.back)

    def _take_back(self, lines: Iterable[str], notices: Iterable[Notice] = ()) -> None:
        """What was told of these lines is over; `notices` take its place."""
        logins, told = self.record.uncross(lines, notices)
        for login in logins:
            self._sessions.book.news.tell(login)
        self._give(told)

    def _give(self, events: Iterable[Event]) -> None:
        for event in events:
            self._sessions.book.news.tell(event.notice.login)
            self.told(event)

    def _close(self, open_now: set[str]) -> None:
        """What was told of sessions that have ended meanwhile is over; of one that was idle, its end is told."""
        gone = {line: of for line in self.record.crossed if (of := _session_of(line)) and of not in open_now}
        if gone:
            ended = [self._sessions.book.get(session) for session in dict.fromkeys(gone.values())]
            idle_ones = [one for one in ended if one is not None and one.end_cause is EndCause.IDLE]
            self._take_back(gone, [_stopped(session) for session in idle_ones])
        self.reports = {session: report for session, report in self.reports.items() if session in open_now}


def _stopped(session: Session) -> Notice:
    return Notice(session.login, f"stopped:{session.session}", Kind.IDLE_STOPPED, session.session)


def _session_of(line: str) -> str:
    """Whose line it is; empty for one of an allocation."""
    return "" if line.startswith("budget:") else line.split(":")[1]
