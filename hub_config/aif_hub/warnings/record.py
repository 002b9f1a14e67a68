"""Events and crossings in the hub's database: what was told is not told again, whatever the hub goes through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, Column, Integer, String, Table, delete, insert, select, update
from sqlalchemy.orm import Session as Database

from aif_hub.book import Base
from aif_hub.warnings.event import Event, Kind, Notice

#: Events are kept this long, and so many of one person at most.
KEPT = timedelta(days=90)
MOST_OF_ONE = 200

_EVENTS = Table(
    "aif_events",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("login", String(255), index=True, nullable=False),
    Column("line", String(255), index=True, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("at", String(32), index=True, nullable=False),
    Column("session", String(32), index=True, nullable=False),
    Column("allocation", String(64), nullable=False),
    Column("data", JSON, nullable=False),
    Column("seen_at", String(32)),
    Column("over_at", String(32)),
    sqlite_autoincrement=True,  # an id that was told is never given again
)
#: Lines that are crossed now, and since when.
_CROSSED = Table(
    "aif_crossings",
    Base.metadata,
    Column("line", String(255), primary_key=True),
    Column("at", String(32), nullable=False),
)


class EventRecord:
    """All events and crossings of one hub. Only the hub writes it."""

    def __init__(self, database: Callable[[], Database], now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._database = database
        self._now = now
        Base.metadata.create_all(database().get_bind(), tables=[_EVENTS, _CROSSED])
        #: Since when each line is crossed; kept in memory, so that looking costs no query.
        self.crossed: dict[str, datetime] = {
            line: datetime.fromisoformat(at) for line, at in database().execute(select(_CROSSED.c.line, _CROSSED.c.at))
        }
        self._told: dict[str, set[str]] = {}  # by line that is crossed, as far as somebody asked
        self._shown: dict[str, list[Event]] = {}  # by login, as far as somebody looked and nothing has changed since

    def give_up(self) -> None:
        """After an error of the database: what was begun is taken back, so that the hub can go on asking it."""
        self._database().rollback()

    def cross(self, lines: Iterable[str], notices: Iterable[Notice]) -> list[Event]:
        """The new events, once `lines` are written down as crossed and `notices` as told; all of it or nothing."""
        now, database = self._now(), self._database()
        rows = [{"line": line, "at": now.isoformat()} for line in lines]
        if rows:
            database.execute(insert(_CROSSED), rows)
        told = [self._tell(database, notice, now) for notice in notices]
        database.commit()
        self.crossed |= {row["line"]: now for row in rows}
        self._look_again(event.notice.login for event in told)
        for event in told:
            self._told.get(event.notice.line, set()).add(event.notice.login)
        return told

    def uncross(self, lines: Iterable[str], notices: Iterable[Notice] = ()) -> tuple[set[str], list[Event]]:
        """These lines are not crossed any more: what was told of them is over, and the next crossing is told again.

        The logins of those who see something else now, and the events of `notices`, which are told in the same stroke.
        """
        now, database = self._now(), self._database()
        old = [line for line in lines if line in self.crossed]
        database.execute(delete(_CROSSED).where(_CROSSED.c.line.in_(old)))
        which = (_EVENTS.c.line.in_(old), _EVENTS.c.over_at.is_(None))
        logins = set(database.scalars(select(_EVENTS.c.login).where(*which)))
        database.execute(update(_EVENTS).where(*which).values(over_at=now.isoformat()))
        told = [self._tell(database, notice, now) for notice in notices]
        database.commit()
        for line in old:
            del self.crossed[line]
            self._told.pop(line, None)
        self._look_again(logins | {event.notice.login for event in told})
        return logins, told

    def told(self, line: str) -> set[str]:
        """The logins of all who were told of the line since it was crossed."""
        if line not in self._told:
            since = self.crossed[line].isoformat()
            query = select(_EVENTS.c.login).where(_EVENTS.c.line == line, _EVENTS.c.at >= since)
            self._told[line] = set(self._database().scalars(query))
        return self._told[line]

    def of(self, login: str, since: int = 0, most: int = MOST_OF_ONE) -> list[Event]:
        """The person's events after the one with the id `since`, oldest first, the newest `most` of them."""
        columns = _EVENTS.c
        query = select(_EVENTS).where(columns.login == login, columns.id > since)
        rows = self._database().execute(query.order_by(columns.id.desc()).limit(most)).all()
        return [_event(row) for row in reversed(rows)]

    def get(self, event: int) -> Event | None:
        """The event of that id."""
        row = self._database().execute(select(_EVENTS).where(_EVENTS.c.id == event)).first()
        return _event(row) if row else None

    def shown(self, login: str) -> list[Event]:
        """What still has something to say to the person, newest first."""
        if login not in self._shown:
            columns = _EVENTS.c
            query = select(_EVENTS).where(columns.login == login, columns.seen_at.is_(None), columns.over_at.is_(None))
            rows = self._database().execute(query.order_by(columns.id.desc()))
            self._shown[login] = [_event(row) for row in rows]
        return self._shown[login]

    def see(self, login: str, event: int) -> bool:
        """The person puts it away; False where it is not theirs. A second time changes nothing."""
        columns, database = _EVENTS.c, self._database()
        mine = (columns.login == login, columns.id == event)
        if database.scalar(select(columns.id).where(*mine)) is None:
            return False
        database.execute(update(_EVENTS).where(*mine, columns.seen_at.is_(None)).values(seen_at=self._iso()))
        database.commit()
        self._shown.pop(login, None)
        return True

    def forget(self) -> None:
        """Events of over 90 days go, but for lines that are still crossed; of each person all but the newest 200 go."""
        columns, database = _EVENTS.c, self._database()
        old = (columns.at < (self._now() - KEPT).isoformat(), columns.line.not_in(list(self.crossed)))
        database.execute(delete(_EVENTS).where(*old))
        for login in database.scalars(select(columns.login).distinct()).all():
            newest = select(columns.id).where(columns.login == login).order_by(columns.id.desc())
            last = database.scalar(newest.offset(MOST_OF_ONE).limit(1))
            if last is not None:
                database.execute(delete(_EVENTS).where(columns.login == login, columns.id <= last))
        database.commit()
        self._shown.clear()

    def _look_again(self, logins: Iterable[str]) -> None:
        for login in logins:
            self._shown.pop(login, None)

    def _tell(self, database: Database, notice: Notice, now: datetime) -> Event:
        values = {**vars(notice), "kind": notice.kind.value, "data": dict(notice.data), "at": now.isoformat()}
        made = database.execute(insert(_EVENTS).values(values)).inserted_primary_key
        return Event(made[0], now, notice)

    def _iso(self) -> str:
        return self._now().isoformat()


def _event(row: Any) -> Event:
    notice = Notice(row.login, row.line, Kind(row.kind), row.session, row.allocation, row.data)
    seen, over = (datetime.fromisoformat(text) if text else None for text in (row.seen_at, row.over_at))
    return Event(row.id, datetime.fromisoformat(row.at), notice, seen, over)
