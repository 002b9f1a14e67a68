"""From Slurm's record to a snapshot: what ended jobs used, what the queue's jobs use and may use, and the limit."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import JobRecord, rate
from aif.core.ledger.slurm import Limits
from aif.core.ledger.tally import HOUR, Tally
from aif.core.ledger.usage import PersonUse, UsageSnapshot
from aif.core.states import Phase

#: Days of use that a snapshot carries.
DAYS = 30


def snapshot(
    tally: Tally, queued: Iterable[JobRecord], limits: Limits | None, as_of: datetime, reserved: Fraction = Fraction()
) -> UsageSnapshot:
    """The use of the tally's allocation at `as_of`, when `queued` was read.

    Jobs that the queue shows ended and the accounting has not settled yet count as running: nothing is left out between
    the two, and nothing counted twice. `reserved` is reserved time that was charged and that nobody used.
    """
    allocation = tally.allocation
    running: dict[str, Fraction] = defaultdict(Fraction)
    committed: dict[str, Fraction] = defaultdict(Fraction)
    days = tally.days()
    now = Fraction()
    for job in queued:
        if job.account != allocation.account or (allocation.qos and job.qos != allocation.qos) or tally.knows(job):
            continue
        price = rate(job.tres, allocation.unit, tally.weights)
        if not price:
            continue
        for login, day, used in tally.parts(job):
            running[login] += used
            days[day] = days.get(day, Fraction()) + used
        if job.phase is Phase.RUNNING:
            now += price
        if job.phase in (Phase.RUNNING, Phase.WAITING) and not job.held:
            committed[job.login] += price * Fraction(job.left_seconds, HOUR)
    settled = tally.people()
    names = sorted({*settled, *running, *committed})
    unattributed = allocation.carried_in + reserved
    today = as_of.astimezone(tally.zone).date()
    return UsageSnapshot(
        allocation=allocation.name,
        source="slurm",
        as_of=as_of,
        limit=limit_of(allocation, limits, today),
        settled=sum(settled.values(), Fraction()) + unattributed,
        running=sum(running.values(), Fraction()),
        committed=sum(committed.values(), Fraction()),
        rate=now,
        people=tuple(
            PersonUse(
                name, settled.get(name, Fraction()), running.get(name, Fraction()), committed.get(name, Fraction())
            )
            for name in names
        ),
        unattributed=unattributed,
        days=tuple((day, days.get(day, Fraction())) for day in last_days(today)),
    )


def limit_of(allocation: Allocation, limits: Limits | None, today: date) -> Fraction | None:
    """The limit in the allocation's unit: the sub-period's, else what the site says, else Slurm's."""
    for period in allocation.periods:
        if period.start <= today <= period.end:
            return period.limit
    if allocation.limit is not None:
        return allocation.limit
    if limits is None:
        return None
    of_qos, _ = limits.billing("qos", allocation.qos) if allocation.qos else (None, Fraction())
    of_account, _ = limits.billing("account", allocation.account)
    found = [limit for limit in (of_qos, of_account) if limit is not None]
    return min(found) / allocation.billing_per_unit + allocation.carried_in if found else None


def last_days(today: date, count: int = DAYS) -> list[date]:
    """`today` and the days before it, oldest first."""
    return [today - timedelta(days=ago) for ago in reversed(range(count))]
