"""Every job that an allocation paid for, and what they used by person and week: the parts behind its figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction

from aif.core.ledger.job import JobRecord
from aif.core.ledger.tally import Tally


@dataclass(frozen=True)
class Days:
    """Which days are asked for, both included; None is open."""

    first: date | None = None
    last: date | None = None

    @property
    def all(self) -> bool:
        """Whether nothing is left out."""
        return self.first is None and self.last is None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)


@dataclass(frozen=True)
class Use:
    """What one job, or one run of a requeued job, used in the days asked for; `ended` where that is its last word."""

    job: JobRecord
    amount: Fraction
    ended: bool
    session: str = ""  # of ours; empty for a job that came another way
    size: str = ""


@dataclass
class Totals:
    """What all the jobs add up to, exactly. Weeks begin on a Monday of the site."""

    weeks: dict[date, dict[str, Fraction]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Fraction)))
    settled: Fraction = Fraction()  # of ended jobs on the days of the whole, whatever is asked for
    jobs: int = 0

    @property
    def amount(self) -> Fraction:
        """All of it in the days asked for."""
        return sum((used for people in self.weeks.values() for used in people.values()), Fraction())

    @property
    def people(self) -> dict[str, Fraction]:
        """The same by login, in the order of logins."""
        sums: dict[str, Fraction] = defaultdict(Fraction)
        for people in self.weeks.values():
            for login, used in people.items():
                sums[login] += used
        return dict(sorted(sums.items()))


def add_up(
    ended: Iterable[JobRecord],
    open_jobs: Iterable[JobRecord],
    tally: Tally,
    days: Days,
    whole: Days,
    sessions: Mapping[tuple[int, str], tuple[str, str]],
    take: Callable[[Use], None],
) -> Totals:
    """The totals, while `take` is given each job that used something in `days`: ended ones first, each once.

    Counts by `tally`'s own rule, so that the sum over the `whole` is the very figure that everybody sees.
    """
    totals = Totals()
    for job, is_ended in _each(ended, open_jobs):
        amount = Fraction()
        for login, day, used in tally.parts(job):
            if is_ended and day in whole:
                totals.settled += used
            if day in days:
                totals.weeks[day - timedelta(days=day.weekday())][login] += used
                amount += used
        if amount:
            totals.jobs += 1
            take(Use(job, amount, is_ended, *sessions.get((job.job_id, job.login), ("", ""))))
    return totals


def _each(ended: Iterable[JobRecord], open_jobs: Iterable[JobRecord]) -> Iterator[tuple[JobRecord, bool]]:
    for job in ended:
        yield job, True
    for job in open_jobs:
        yield job, False
