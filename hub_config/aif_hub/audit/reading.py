"""The audit log read: its lines in order, those that are asked for, and what is damaged. Standard library alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aif_hub.audit.entry import Entry
from aif_hub.audit.log import days, read_whole


@dataclass(frozen=True)
class Damaged:
    """A line that cannot be read: where it stands, and why."""

    file: str
    number: int
    why: str

    def __str__(self) -> str:
        return f"{self.file}:{self.number} {self.why}"


@dataclass(frozen=True)
class Wanted:
    """Which lines; what is empty wants all. `person` did it or it was done to them, `action` may be its first part."""

    person: str = ""
    action: str = ""
    result: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def has(self, entry: Entry) -> bool:
        """Whether the line is one of them.

        >>> Wanted(person="ann", action="session").has(Entry("session.end", on="ann/second"))
        True
        """
        return (
            (not self.person or self.person in (entry.who, entry.on, entry.on.partition("/")[0]))
            and (not self.action or f"{entry.action}.".startswith(f"{self.action}."))
            and (not self.result or self.result == entry.result)
            and (self.since is None or entry.at >= self.since)
            and (self.until is None or entry.at < self.until)
        )


def read(folder: Path, wanted: Wanted) -> Iterator[Entry | Damaged]:
    """The wanted lines and every damaged one of those days, in the order in which they were written. Raises OSError."""
    first = wanted.since.astimezone(UTC).date() if wanted.since else None
    last = wanted.until.astimezone(UTC).date() if wanted.until else None
    for day, path in days(folder):
        # A day more on both sides: a line belongs to the day at which it began to be written.
        if (first and day < first - timedelta(days=1)) or (last and day > last + timedelta(days=1)):
            continue
        for number, line in enumerate(read_whole(path).splitlines(), 1):
            if not line.strip():
                continue
            try:
                entry = Entry.read(line)
            except ValueError as error:
                yield Damaged(path.name, number, str(error))
                continue
            if wanted.has(entry):
                yield entry
