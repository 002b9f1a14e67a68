"""Mails that are still to go, and where each person's mail goes and in which language, in the hub's database."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, Integer, String, Table, delete, insert, select, update
from sqlalchemy.orm import Session as Database

from aif.core.mail import is_address
from aif_hub.book import Base

_OUTBOX = Table(
    "aif_outbox",
    Base.metadata,
    Column("event", Integer, primary_key=True, autoincrement=False),
    Column("login", String(255), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("due_at", String(32), index=True, nullable=False),
    Column("until", String(32), nullable=False),
)
_PEOPLE = Table(
    "aif_correspondents",
    Base.metadata,
    Column("login", String(255), primary_key=True),
    Column("address", String(254), nullable=False),
    Column("language", String(8), nullable=False),
)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True)
class Waiting:
    """A mail that is to go now; after `until` nobody needs it any more."""

    event: int
    login: str
    tries: int
    until: datetime


class Outbox:
    """What was put in stays until it was sent or given up, also over a restart of the hub."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        Base.metadata.create_all(database().get_bind(), tables=[_OUTBOX])

    def put(self, event: int, login: str, due: datetime, until: datetime) -> None:
        """The mail about that event is to go from `due` on."""
        row = {"event": event, "login": login, "tries": 0, "due_at": due.isoformat(), "until": until.isoformat()}
        self._change(insert(_OUTBOX).values(row))

    def due(self, now: datetime, most: int) -> list[Waiting]:
        """The mails that are to go by now, the longest waiting first."""
        query = select(_OUTBOX).where(_OUTBOX.c.due_at <= now.isoformat()).order_by(_OUTBOX.c.due_at).limit(most)
        rows = self._database().execute(query)
        return [Waiting(row.event, row.login, row.tries, datetime.fromisoformat(row.until)) for row in rows]

    def done(self, mail: Waiting) -> None:
        """It was sent, or given up."""
        self._change(delete(_OUTBOX).where(_OUTBOX.c.event == mail.event))

    def again(self, mail: Waiting, now: datetime, after: timedelta | None = None) -> None:
        """It did not go: again after twice the last pause, or `after`, which does not count as a try."""
        pause = after or min(LONGEST_PAUSE, FIRST_PAUSE * 2**mail.tries)
        values = {"due_at": (now + pause).isoformat(), "tries": mail.tries + (after is None)}
        self._change(update(_OUTBOX).where(_OUTBOX.c.event == mail.event).values(values))

    def _change(self, statement: Any) -> None:
        database = self._database()
        database.execute(statement)
        database.commit()


class Correspondents:
    """Where a person's mail goes, as their identity says, and the language that they last spoke."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        Base.metadata.create_all(database().get_bind(), tables=[_PEOPLE])
        rows = database().execute(select(_PEOPLE))
        self._known: dict[str, tuple[str, str]] = {row.login: (row.address, row.language) for row in rows}

    def tell(self, login: str, address: str = "", language: str = "") -> None:
        """What is known anew of the person; written down only where it has changed."""
        before = self._known.get(login, ("", ""))
        now = (address if is_address(address) else before[0], language or before[1])
        if now == before:
            return
        database = self._database()
        database.execute(delete(_PEOPLE).where(_PEOPLE.c.login == login))
        database.execute(insert(_PEOPLE).values({"login": login, "address": now[0], "language": now[1]}))
        database.commit()
        self._known[login] = now

    def address(self, login: str, domain: str) -> str:
        """Where the person's mail goes; empty where that is not known."""
        known = self._known.get(login, ("", ""))[0]
        guessed = f"{login}@{domain}" if domain else ""
        return known or (guessed if is_address(guessed) else "")

    def language(self, login: str) -> str:
        """The language that the person last spoke; English where they never did."""
        return self._known.get(login, ("", ""))[1] or "en"
