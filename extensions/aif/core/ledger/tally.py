"""What ended jobs have used of one allocation, by person and day: the parts from which every total is added up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import TypeVar

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import JobRecord, rate, runs_on

HOUR = 3600
Key = TypeVar("Key")


def counted(job: JobRecord, allocation: Allocation, zone: tzinfo) -> tuple[datetime, int] | None:
    """From when and for how many seconds the job counts: only inside the allocation's days; None for nothing.

    A job that was suspended counts the time it ran, from its start on.
    """
    if job.start is None or job.account != allocation.account or (allocation.qos and job.qos != allocation.qos):
        return None
    begins, ends = job.start, job.start + timedelta(seconds=job.elapsed_seconds)
    if allocation.start is not None:
        begins = max(begins, midnight(allocation.start, zone))
    if allocation.compute_end is not None:
        ends = min(ends, midnight(allocation.compute_end + timedelta(days=1), zone))
    seconds = int(ends.timestamp() - begins.timestamp())
    return (begins.astimezone(zone), seconds) if seconds > 0 else None


@dataclass
class Tally:
    """Seconds times rate by (login, day), exact. `add` again with the same job replaces what it said before."""

    allocation: Allocation
    weights: Mapping[str, Fraction]
    zone: tzinfo
    _cells: dict[tuple[str, date], Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    #: Sums of the cells, kept as they change: adding up years of days anew each minute would hold up the hub.
    _by_login: dict[str, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    _by_day: dict[date, Fraction] = field(default_factory=lambda: defaultdict(Fraction))
    _jobs: dict[tuple[int, datetime | None], tuple[tuple[str, date, Fraction], ...]] = field(default_factory=dict)
    _seconds: dict[int, dict[datetime, int]] = field(default_factory=lambda: defaultdict(dict))  # by job id and start

    def add(self, jobs: Iterable[JobRecord]) -> None:
        """Takes in ended jobs."""
        for job in jobs:
            key = (job.job_id, job.start)
            for login, day, used in self._jobs.pop(key, ()):
                self._count(login, day, -used)
            parts = self.parts(job)
            if parts and job.start is not None:
                self._jobs[key] = parts
                self._seconds[job.job_id][job.start] = job.elapsed_seconds
            for login, day, used in parts:
                self._count(login, day, used)

    def parts(self, job: JobRecord) -> tuple[tuple[str, date, Fraction], ...]:
        """What the job used, by day."""
        within = counted(job, self.allocation, self.zone)
        price = rate(job.tres, self.allocation.unit, self.weights)
        if within is None or not price:
            return ()
        return tuple((job.login, day.date(), price * Fraction(part, HOUR)) for day, part in runs_on(*within))

    def knows(self, job: JobRecord) -> bool:
        """Whether that run of the job is in it."""
        return (job.job_id, job.start) in self._jobs

    def settled_seconds(self, job: JobRecord) -> int:
        """How long of that run is in it: a job that was resized while it ran is recorded in parts."""
        runs = self._seconds.get(job.job_id, {})
        return sum(seconds for start, seconds in runs.items() if job.start is not None and start >= job.start)

    @property
    def total(self) -> Fraction:
        """All of it."""
        return sum(self._by_login.values(), Fraction())

    def people(self, first: date = date.min, last: date = date.max) -> dict[str, Fraction]:
        """By login, from the day `first` to the day `last`."""
        if (first, last) == (date.min, date.max):
            return _used(self._by_login)
        return _summed((login, used) for (login, day), used in self._cells.items() if first <= day <= last)

    def days(self) -> dict[date, Fraction]:
        """By day."""
        return _used(self._by_day)

    def weeks(self) -> dict[tuple[str, date], Fraction]:
        """By login and the Monday of the week."""
        return _summed(
            ((login, day - timedelta(days=day.weekday())), used) for (login, day), used in self._cells.items()
        )

    def _count(self, login: str, day: date, used: Fraction) -> None:
        self._cells[login, day] += used
        self._by_login[login] += used
        self._by_day[day] += used


def _used(sums: Mapping[Key, Fraction]) -> dict[Key, Fraction]:
    return {key: used for key, used in sums.items() if used}


def _summed(amounts: Iterable[tuple[Key, Fraction]]) -> dict[Key, Fraction]:
    sums: dict[Key, Fraction] = defaultdict(Fraction)
    for key, used in amounts:
        if used:
            sums[key] += used
    return dict(sums)


def midnight(day: date, zone: tzinfo) -> datetime:
    """When the day begins there."""
    return datetime(day.year, day.month, day.day, tzinfo=zone)
