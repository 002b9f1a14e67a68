"""The book of sessions: each one written down before it is submitted, and closed with the reason why it ended.

It lives in the hub's own database and only the hub writes it. What is not closed here is a promise: after a crash the
hub looks up each open line and carries it on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import JSON, Boolean, Column, Integer, String, Table, bindparam, insert, select, update
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Database

from aif.core.errors import AifError
from aif.core.jobs import JobSighting
from aif.core.request import JobRequest
from aif.core.states import EndCause, Phase
from aif_hub import metrics
from aif_hub.database import answering
from aif_hub.news import News

#: The steps of a session, in order; pages show the first four as asked, waiting, starting, opening.
STEPS = ("written", "submitted", "waiting", "starting", "ready", "ended")


@dataclass(frozen=True)
class Session:
    """One notebook server from the click to its end. All times are aware; what did not happen yet is None."""

    session: str  # 32 hex digits; travels with the job
    login: str
    server_name: str
    cluster: str
    request: JobRequest
    step: str
    written_at: datetime
    job_id: int | None = None
    submitted_at: datetime | None = None
    started_at: datetime | None = None
    ready_at: datetime | None = None
    ended_at: datetime | None = None
    node: str = ""
    host: str = ""
    port: int = 0
    end_cause: EndCause | None = None
    end_note: str = ""
    log_tail: tuple[str, ...] = ()
    stop_asked: bool = False
    token_ids: tuple[int, ...] = ()  # the hub's tokens that its job may hold; after the call-back, the one it holds
    called: str = ""  # what its person calls it, where they gave it a name
    saved_at: datetime | None = None  # when its server last saved a file
    idle_since: datetime | None = None  # of one that was stopped because nothing ran in it
    would_end: datetime | None = None  # and until when it could have run
    kept_at: datetime | None = None  # when its person last said to keep it though nothing ran
    oauth_secret: str = ""  # hash of that token, as the hub keeps it for the server's sign-in
    found_at: datetime | None = None  # when the hub found its job and had lost its record: nobody can open it
    paused_at: datetime | None = None  # when its job was first seen suspended, while it is
    silent_since: datetime | None = None  # until when its server answered the hub, while it does not

    @property
    def open(self) -> bool:
        """Whether it may still have a job."""
        return self.step != "ended"

    @property
    def opened(self) -> bool:
        """Whether its server was up; of one without a record nobody knows, and it ran."""
        return self.ready_at is not None or (self.found_at is not None and self.started_at is not None)


class SessionEnded(AifError):
    """The session's job ended while somebody waited for it; `session` says why."""

    def __init__(self, session: Session) -> None:
        self.session = session
        super().__init__(session.end_note or f"The session ended: {session.end_cause}")


class Base(DeclarativeBase):
    """Our tables, apart from JupyterHub's own."""


def make_tables(database: Database) -> None:
    """All of ours that are missing, on a connection of their own, while nothing of the hub's is on its way.

    SQLite takes one writer at a time. A part that made its tables when it was first used, in the middle of somebody's
    request, waited for what that request had not written down yet, and the hub stood still until SQLite gave up.
    """
    database.commit()
    Base.metadata.create_all(database.get_bind())


#: The sessions in the hub's database, by statements and not by objects: five of them belong to each start, and
#: SQLAlchemy would take longer to compare them with the objects that it knows than the database takes to do them.
_SESSIONS = Table(
    "aif_sessions",
    Base.metadata,
    Column("session", String(32), primary_key=True),
    Column("login", String(255), index=True, nullable=False),
    Column("open", Boolean, index=True, nullable=False),
    Column("job_id", Integer),
    Column("written_at", String(32), index=True, nullable=False),
    Column("data", JSON, nullable=False),
)
_INSERT = insert(_SESSIONS)
_UPDATE = update(_SESSIONS).where(_SESSIONS.c.session == bindparam("which"))
_OF = (
    select(_SESSIONS.c.session, _SESSIONS.c.data)
    .where(_SESSIONS.c.login == bindparam("login"))
    .order_by(_SESSIONS.c.written_at.desc())
    .limit(bindparam("most"))
)


class SessionBook:
    """Sessions by id, by person and by being open. Open ones are kept in memory, so that looking costs no query."""

    def __init__(
        self,
        database: Callable[[], Database],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        new_id: Callable[[str], str] = lambda _login: uuid4().hex,
    ):
        self._database = database
        self._now = now
        self._new_id = new_id
        self.news = News()  # about a login: a line of theirs was written or changed
        self.changed: Callable[[Session | None, Session], None] = lambda old, new: None  # and for who keeps a record
        self._bind = database().get_bind()
        Base.metadata.create_all(self._bind)
        kept = map(_session, database().scalars(select(_SESSIONS.c.data).where(_SESSIONS.c.open)))
        self._open = {session.session: session for session in kept}

    async def answering(self) -> None:
        """Returns once the database answers, so that what is written next is not lost."""
        await answering(self._database())

    def open_sessions(self) -> list[Session]:
        """All sessions that have not ended, of everyone."""
        return list(self._open.values())

    def get(self, session: str) -> Session | None:
        """The session of that id."""
        if session in self._open:
            return self._open[session]
        data = self._database().scalar(select(_SESSIONS.c.data).where(_SESSIONS.c.session == session))
        return _session(data) if data else None

    def open_of(self, login: str, server_name: str) -> Session | None:
        """The one open session of that server, if any."""
        for session in self._open.values():
            if session.login == login and session.server_name == server_name:
                return session
        return None

    def of(self, login: str, most: int = 20) -> list[Session]:
        """The person's sessions, newest first."""
        rows = self._database().execute(_OF, {"login": login, "most": most})
        return [self._open.get(session) or _session(data) for session, data in rows]

    def ended_of(self, login: str, most: int, skip: int = 0) -> list[Session]:
        """The person's sessions that have ended, newest first, without the first `skip`."""
        columns = _SESSIONS.c
        query = select(columns.data).where(columns.login == login, columns.open.is_(False))
        rows = self._database().execute(query.order_by(columns.written_at.desc()).offset(skip).limit(most))
        return [_session(data) for (data,) in rows]

    def by_job(self, account: str) -> dict[tuple[int, str], tuple[str, str]]:
        """Id and size of each session that the account pays for, by its job and login.

        Takes a connection of its own: for a thread.
        """
        job, data = _SESSIONS.c.job_id, _SESSIONS.c.data
        charged = data["request"]["account"].as_string() == account
        query = select(job, _SESSIONS.c.login, _SESSIONS.c.session, data["request"]["profile"].as_string())
        with Database(self._bind) as database:
            return {
                (row[0], row[1]): (row[2], row[3]) for row in database.execute(query.where(job.is_not(None), charged))
            }

    def write(self, login: str, server_name: str, request: JobRequest, called: str = "") -> Session:
        """A new session, safely on disk when this returns."""
        session = Session(
            session=self._new_id(login),
            login=login,
            server_name=server_name,
            cluster=request.cluster,
            request=request,
            step="written",
            written_at=self._now(),
            called=called,
        )
        self._save(session, None)
        return session

    def write_found(self, session: Session) -> Session:
        """A session whose job was found and whose record was lost, written down anew. KeyError if it is there."""
        if self.get(session.session) is not None:
            raise KeyError(session.session)
        found = replace(session, found_at=self._now())
        self._save(found, None)
        return found

    def update(self, session: str, **changes: Any) -> Session:
        """The session with `changes`; steps never go back, and an ended session stays as it ended."""
        old = self.get(session)
        if old is None:
            raise KeyError(session)
        if not old.open:
            return old
        step = changes.get("step", old.step)
        if STEPS.index(step) < STEPS.index(old.step):
            changes.pop("step")
        new = replace(old, **changes)
        if new != old:
            self._save(new, old)
        return new

    def note(self, session: str, **changes: Any) -> Session:
        """As `update`, but in memory until the next `update`: for what a look will show again after a crash."""
        old = self._open.get(session)
        if old is None:
            return self.update(session)
        if STEPS.index(changes.get("step", old.step)) < STEPS.index(old.step):
            changes.pop("step")
        new = replace(old, **changes)
        if new != old:
            self._open[session] = new
            metrics.count_change(old, new)
            self.news.tell(new.login)
        return new

    def sighted(self, session: Session, sighting: JobSighting | None) -> None:
        """Adds to the session what a look at its job has shown, as `note` does."""
        if sighting is not None and sighting.phase is Phase.WAITING:
            self.note(session.session, step="waiting", paused_at=None)
        elif sighting is not None and sighting.phase is Phase.RUNNING:
            started = session.started_at or sighting.starts
            paused = (session.paused_at or self._now()) if sighting.paused else None
            self.note(session.session, step="starting", started_at=started, node=sighting.node, paused_at=paused)

    def close(self, session: str, cause: EndCause, note: str = "", log_tail: tuple[str, ...] = ()) -> Session:
        """The session as ended, with why."""
        return self.update(
            session, step="ended", ended_at=self._now(), end_cause=cause, end_note=note, log_tail=log_tail
        )

    def _save(self, session: Session, old: Session | None) -> None:
        database = self._database()
        values = {"open": session.open, "job_id": session.job_id, "data": _data(session)}
        if session.session in self._open:
            database.execute(_UPDATE, values | {"which": session.session})
        else:
            values |= {"session": session.session, "login": session.login}
            database.execute(_INSERT, values | {"written_at": session.written_at.isoformat()})
        database.commit()
        metrics.count_change(old, session)
        self.changed(old, session)
        if session.open:
            self._open[session.session] = session
        else:
            self._open.pop(session.session, None)
        self.news.tell(session.login)


_TIMES = (
    *("written_at", "submitted_at", "started_at", "ready_at", "ended_at"),
    *("saved_at", "idle_since", "would_end", "kept_at", "found_at", "paused_at", "silent_since"),
)


def _data(session: Session) -> dict[str, Any]:
    data = {key: value for key, value in vars(session).items() if value is not None}
    data |= {key: data[key].isoformat() for key in _TIMES if key in data}
    data["request"] = session.request.to_json()
    data |= {"log_tail": list(session.log_tail), "token_ids": list(session.token_ids)}
    if session.end_cause:
        data["end_cause"] = session.end_cause.value
    return data


def _session(kept: dict[str, Any]) -> Session:
    data = dict(kept)
    data |= {key: datetime.fromisoformat(data[key]) for key in _TIMES if key in data}
    data["request"] = JobRequest.from_json(data["request"])
    data |= {key: tuple(data.get(key, ())) for key in ("log_tail", "token_ids")}
    if "end_cause" in data:
        data["end_cause"] = EndCause(data["end_cause"])
    return Session(**data)
