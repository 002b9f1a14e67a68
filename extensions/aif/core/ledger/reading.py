"""From Slurm's record to a snapshot: what ended jobs used, what the queue's jobs use and may use, and the limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import Allocation, Period, SlurmBinding
from aif.core.ledger.job import JobRecord, rate
from aif.core.ledger.tally import HOUR, Tally
from aif.core.ledger.usage import PersonUse, UsageSnapshot
from aif.core.states import Phase

#: Days of use that a snapshot carries.
DAYS = 30


def snapshot(
    tally: Tally,
    queued: Iterable[JobRecord],
    binding: SlurmBinding | None,
    as_of: datetime,
    reserved: Fraction = Fraction(),
) -> UsageSnapshot:
    """The use of the tally's allocation at `as_of`, when `queued` was read.

    Jobs that the queue shows ended and the accounting has not settled yet count as running: nothing is left out between
    the two, and nothing counted twice. `reserved` is reserved time that was charged and that nobody used. In a part of
    the allocation that has a limit of its own only that part's use counts.
    """
    allocation = tally.allocation
    today = as_of.astimezone(tally.zone).date()
    period = allocation.period(today)
    first, last = (period.start, period.end) if period else (date.min, date.max)
    made = UsageSnapshot(
        allocation=allocation.name,
        source="slurm",
        as_of=as_of,
        limit=limit_of(allocation, binding, today),
        settled=None,
        limit_at=binding.limit_at if binding else "",
        enforced=binding.enforced if binding else "",
        decays=bool(binding and binding.decays),
        since=period.start if period else None,
    )
    if binding is not None and not binding.recorded:
        return made
    running: dict[str, Fraction] = defaultdict(Fraction)
    committed: dict[str, Fraction] = defaultdict(Fraction)
    days = tally.days()
    now = Fraction()
    for job in unsettled(tally, queued):
        price = rate(job.tres, allocation.unit, tally.weights)
        for login, day, used in tally.parts(job):
            days[day] = days.get(day, Fraction()) + used
            if first <= day <= last:
                running[login] += used
        if job.phase is Phase.RUNNING and not job.ending:
            now += price
        if job.phase in (Phase.RUNNING, Phase.WAITING) and not job.held and not job.ending:
            committed[job.login] += price * Fraction(job.left_seconds, HOUR)
    settled = tally.people(first, last)
    people = tuple(
        PersonUse(name, settled.get(name, Fraction()), running.get(name, Fraction()), committed.get(name, Fraction()))
        for name in sorted({*settled, *running, *(name for name, amount in committed.items() if amount)})
    )
    unattributed = reserved + (allocation.carried_in if _is_first(allocation, period) else Fraction())
    return replace(
        made,
        settled=sum(settled.values(), Fraction()) + unattributed,
        running=sum(running.values(), Fraction()),
        committed=sum(committed.values(), Fraction()),
        rate=now,
        people=people,
        unattributed=unattributed,
        days=tuple((day, days.get(day, Fraction())) for day in last_days(today)),
    )


def limit_of(allocation: Allocation, binding: SlurmBinding | None, today: date) -> Fraction | None:
    """The limit in the allocation's unit: the sub-period's, else what the site says, else Slurm's."""
    if period := allocation.period(today):
        return period.limit
    if allocation.limit is not None:
        return allocation.limit
    if binding is None or binding.limit is None:
        return None
    return binding.limit + allocation.carried_in


def last_days(today: date, count: int = DAYS) -> list[date]:
    """`today` and the days before it, oldest first."""
    return [today - timedelta(days=ago) for ago in reversed(range(count))]


def unsettled(tally: Tally, queued: Iterable[JobRecord]) -> Iterator[JobRecord]:
    """The allocation's jobs in the queue, less what of them is in the tally."""
    allocation = tally.allocation
    for job in queued:
        if job.account != allocation.account or (allocation.qos and job.qos != allocation.qos):
            continue
        if not tally.knows(job):
            yield job
        elif job.phase is Phase.RUNNING and not job.ending and job.start is not None:
            over = min(tally.settled_seconds(job), job.elapsed_seconds)
            yield replace(job, start=job.start + timedelta(seconds=over), elapsed_seconds=job.elapsed_seconds - over)


def _is_first(allocation: Allocation, period: Period | None) -> bool:
    """Whether what was carried in belongs to `period`."""
    return period is None or period.start == min(one.start for one in allocation.periods)
