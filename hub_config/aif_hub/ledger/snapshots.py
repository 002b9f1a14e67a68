"""The last good snapshot of each allocation, in the hub's database: what is shown, as old, while a source is away."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy import JSON, Column, String, Table, delete, insert, select
from sqlalchemy.orm import Session as Database

from aif.core.ledger.usage import PersonUse, UsageSnapshot
from aif_hub.book import Base

_SNAPSHOTS = Table(
    "aif_usage_snapshots",
    Base.metadata,
    Column("allocation", String(64), primary_key=True),
    Column("data", JSON, nullable=False),
)


class Snapshots:
    """Snapshots by allocation; the newest of each."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        Base.metadata.create_all(database().get_bind(), tables=[_SNAPSHOTS])

    def all(self) -> dict[str, UsageSnapshot]:
        """Every one, by its allocation's name."""
        rows = self._database().execute(select(_SNAPSHOTS.c.allocation, _SNAPSHOTS.c.data))
        return {name: _snapshot(data) for name, data in rows}

    def keep(self, snapshots: Iterable[UsageSnapshot]) -> None:
        """In place of the ones before, all or nothing."""
        database = self._database()
        rows = [{"allocation": one.allocation, "data": _data(one)} for one in snapshots]
        database.execute(delete(_SNAPSHOTS).where(_SNAPSHOTS.c.allocation.in_([row["allocation"] for row in rows])))
        if rows:
            database.execute(insert(_SNAPSHOTS), rows)
        database.commit()


def _data(snapshot: UsageSnapshot) -> dict[str, Any]:
    """Amounts as fractions in text: what was counted exactly is kept exactly."""
    data = {name: _plain(value) for name, value in vars(snapshot).items()}
    data["people"] = [{name: _plain(value) for name, value in vars(person).items()} for person in snapshot.people]
    data["days"] = [[day.isoformat(), str(used)] for day, used in snapshot.days]
    return data


def _snapshot(data: dict[str, Any]) -> UsageSnapshot:
    amounts = ("settled", "running", "committed", "rate", "unattributed", "limit")
    return UsageSnapshot(
        **{
            **data,
            **{name: None if data[name] is None else Fraction(data[name]) for name in amounts},
            "as_of": datetime.fromisoformat(data["as_of"]),
            "people": tuple(
                PersonUse(**{name: value if name == "login" else Fraction(value) for name, value in person.items()})
                for person in data["people"]
            ),
            "days": tuple((date.fromisoformat(day), Fraction(used)) for day, used in data["days"]),
            "since": date.fromisoformat(data["since"]) if data.get("since") else None,
        }
    )


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value  # a moment is a date too
