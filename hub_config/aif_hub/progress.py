"""How far people are in the tutorials, as their own sessions' servers said: counts alone, for each person alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Boolean, Column, Integer, String, Table, delete, insert, select
from sqlalchemy.orm import Session as Database

from aif_hub.book import Base

#: What a report may be at most: of so many tutorials, each with so many exercises, in so many bytes.
MOST_TUTORIALS, MOST_EXERCISES, MOST_BYTES = 200, 100, 50_000
#: Of a tutorial that was not worked on for so long, the hub forgets how far its person was.
KEPT = timedelta(days=730)
_NAME = re.compile(r"[0-9]{2}_[a-z0-9_]{1,60}")
_FIELDS = {"name", "exercises", "done", "seen_at", "newer"}

_PROGRESS = Table(
    "aif_progress",
    Base.metadata,
    Column("login", String(255), primary_key=True),
    Column("tutorial", String(64), primary_key=True),
    Column("exercises", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("seen_at", String(32), nullable=False),
    Column("newer", Boolean, nullable=False),
)


@dataclass(frozen=True)
class Standing:
    """How far one person is in one tutorial that they began.

    `seen_at` is when they last did something in it; `newer` says that the site has another version than their copy's,
    which they changed.
    """

    name: str
    exercises: int
    done: int
    seen_at: datetime
    newer: bool = False

    @property
    def state(self) -> str:
        """``working`` or ``done``."""
        return "done" if self.exercises and self.done == self.exercises else "working"


def parse(body: bytes) -> dict[str, Standing]:
    """A report: ``{"tutorials": [{"name": …, "exercises": 4, "done": 2, "seen_at": …, "newer": false}, …]}``.

    Raises ValueError for anything else, so that nothing but these counts is ever kept.
    """
    if len(body) > MOST_BYTES:
        raise ValueError(f"a report has at most {MOST_BYTES} bytes")
    told = json.loads(body)
    if not isinstance(told, dict) or set(told) != {"tutorials"} or not isinstance(told["tutorials"], list):
        raise ValueError("a report has one field, the list tutorials")
    if len(told["tutorials"]) > MOST_TUTORIALS:
        raise ValueError(f"a report tells of at most {MOST_TUTORIALS} tutorials")
    found = {one.name: one for one in map(_standing, told["tutorials"])}
    if len(found) != len(told["tutorials"]):
        raise ValueError("a tutorial is told of once")
    return found


class ProgressRecord:
    """Everybody's, in the hub's database: as a session of the person's last told it, for that person to see."""

    def __init__(self, database: Callable[[], Database], now: Callable[[], datetime] = lambda: datetime.now(UTC)):
        self._database = database
        self._known: dict[str, Mapping[str, Standing]] = {}  # by login, so that a page costs no query
        opened = database()
        Base.metadata.create_all(opened.get_bind(), tables=[_PROGRESS])
        opened.execute(delete(_PROGRESS).where(_PROGRESS.c.seen_at < (now() - KEPT).isoformat()))
        opened.commit()

    def of(self, login: str) -> Mapping[str, Standing]:
        """The person's, by tutorial."""
        if login not in self._known:
            rows = self._database().execute(select(_PROGRESS).where(_PROGRESS.c.login == login))
            self._known[login] = {row.tutorial: _of_row(row) for row in rows}
        return self._known[login]

    def tell(self, login: str, standings: Mapping[str, Standing]) -> None:
        """From now on the person is as far as that, and no further: what is not told of any more is forgotten."""
        if self.of(login) == standings:
            return
        database = self._database()
        database.execute(delete(_PROGRESS).where(_PROGRESS.c.login == login))
        if standings:
            database.execute(insert(_PROGRESS), [_row(login, one) for one in standings.values()])
        database.commit()
        self._known[login] = dict(standings)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _standing(told: Any) -> Standing:
    if not isinstance(told, dict) or set(told) != _FIELDS:
        raise ValueError(f"of a tutorial a report tells {', '.join(sorted(_FIELDS))}, and nothing else")
    name, exercises, done, newer = (told[key] for key in ("name", "exercises", "done", "newer"))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError("name must be that of a tutorial, such as 01_spreadsheet")
    if type(exercises) is not int or type(done) is not int or not 0 <= done <= exercises <= MOST_EXERCISES:
        raise ValueError(f"done and exercises must be whole numbers, 0 <= done <= exercises <= {MOST_EXERCISES}")
    if type(newer) is not bool:
        raise ValueError("newer must be true or false")
    return Standing(name, exercises, done, _moment(told["seen_at"]), newer)


def _moment(told: Any) -> datetime:
    """To the second, in UTC."""
    if not isinstance(told, str) or len(told) > 40:
        raise ValueError("seen_at must be a time in ISO 8601")
    moment = datetime.fromisoformat(told)
    if moment.tzinfo is None:
        raise ValueError("seen_at must have a time zone")
    try:
        return moment.astimezone(UTC).replace(microsecond=0)
    except OverflowError as error:
        raise ValueError("seen_at must be a time of this age") from error


def _row(login: str, one: Standing) -> dict[str, Any]:
    return {
        "login": login,
        "tutorial": one.name,
        "exercises": one.exercises,
        "done": one.done,
        "seen_at": one.seen_at.isoformat(),
        "newer": one.newer,
    }


def _of_row(row: Any) -> Standing:
    return Standing(row.tutorial, row.exercises, row.done, datetime.fromisoformat(row.seen_at), row.newer)
