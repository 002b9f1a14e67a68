"""What is left of an allocation at one time: a snapshot of its use, and the figures that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from functools import cached_property

from aif.core.ledger.allocation import Allocation

#: Days of use from which the mean for `lasts_until` is taken, and the fewest with which it is said at all.
MEAN_DAYS, FEWEST_DAYS = 14, 3
#: Shares of the limit at which an allocation is low, and at which warnings are due.
LOW = Fraction(9, 10)
WARNINGS = (Fraction(3, 4), Fraction(9, 10), Fraction(1))


@dataclass(frozen=True)
class PersonUse:
    """One person's part of a snapshot, in the allocation's unit."""

    login: str
    settled: Fraction = Fraction()
    running: Fraction = Fraction()
    committed: Fraction = Fraction()

    @property
    def consumed(self) -> Fraction:
        """Used until now."""
        return self.settled + self.running


@dataclass(frozen=True)
class UsageSnapshot:
    """The use of one allocation at `as_of`, in its unit.

    `settled` is what ended jobs used and None where it is not recorded; `running` what running jobs used so far;
    `committed` what running and waiting jobs may still use at most; `rate` what is used in an hour now. People's parts
    and `unattributed` (reserved time that nobody used, what was carried in) add up to the whole. `days` are the uses of
    the last days, oldest first, without a gap. `limit_at`, `enforced` and `decays` are the `SlurmBinding`'s. `since` is
    the first day that counts where that is not the allocation's: a part of it that has a limit of its own. `suspended`:
    the source, if that is not Slurm, lets nobody start.
    """

    allocation: str
    source: str
    as_of: datetime
    limit: Fraction | None
    settled: Fraction | None
    running: Fraction = Fraction()
    committed: Fraction = Fraction()
    rate: Fraction = Fraction()
    people: tuple[PersonUse, ...] = ()
    unattributed: Fraction = Fraction()
    days: tuple[tuple[date, Fraction], ...] = ()
    limit_at: str = ""
    enforced: str = ""
    decays: bool = False
    since: date | None = None
    suspended: bool = False


@dataclass(frozen=True)
class Balance:
    """An allocation and its use as somebody sees them on `today`. `trouble` says why the snapshot is an old one.

    A page asks for each figure some thirty times: each is worked out once.
    """

    allocation: Allocation
    usage: UsageSnapshot
    today: date
    trouble: str = ""

    @cached_property
    def consumed(self) -> Fraction | None:
        """settled + running; None where use is not recorded."""
        return None if self.usage.settled is None else self.usage.settled + self.usage.running

    @cached_property
    def left(self) -> Fraction | None:
        """limit − consumed, never below 0; None where there is no limit or no record."""
        if self.usage.limit is None or self.consumed is None:
            return None
        return max(Fraction(), self.usage.limit - self.consumed)

    @cached_property
    def free_to_plan(self) -> Fraction | None:
        """limit − consumed − committed, never below 0: what a new start may cost at most."""
        if self.usage.limit is None or self.consumed is None:
            return None
        return max(Fraction(), self.usage.limit - self.consumed - self.usage.committed)

    @cached_property
    def used_share(self) -> Fraction | None:
        """consumed ÷ limit; None where there is no limit or no record."""
        return self.consumed / self.usage.limit if self.usage.limit and self.consumed is not None else None

    @cached_property
    def pace(self) -> Fraction | None:
        """Share of the limit that is used ÷ share of the time that is over; 1 is even. None while that is unknown."""
        time = self.allocation.time_share(self.today)
        return self.used_share / time if time and self.used_share is not None else None

    @cached_property
    def daily_mean(self) -> Fraction | None:
        """Mean use a day over the last 14 that are over; None with fewer than 3 days since the first use."""
        over = [used for day, used in self.usage.days if day < self.today]
        first = next((at for at, used in enumerate(over) if used), len(over))
        over = over[first:][-MEAN_DAYS:]
        return sum(over, Fraction()) / len(over) if len(over) >= FEWEST_DAYS else None

    @cached_property
    def lasts_until(self) -> date | None:
        """The day on which what is free to plan is used up at the mean of the last days; None while that is unknown."""
        mean, free = self.daily_mean, self.free_to_plan
        if not mean or free is None or free / mean > 36500:
            return None
        return self.today + timedelta(days=int(free / mean))

    @cached_property
    def state(self) -> str:
        """The state: pending, active, low, full_commit, exhausted, suspended, compute_ended or data_removed."""
        allocation = self.allocation
        if allocation.suspended or self.usage.suspended:
            return "suspended"
        if allocation.data_end and self.today > allocation.data_end:
            return "data_removed"
        if allocation.compute_end and self.today > allocation.compute_end:
            return "compute_ended"
        if allocation.start and self.today < allocation.start:
            return "pending"
        if self.usage.limit is None or self.consumed is None:
            return "active"
        if self.consumed >= self.usage.limit:
            return "exhausted"
        if self.free_to_plan == 0:
            return "full_commit"
        return "low" if self.used_share is not None and self.used_share >= LOW else "active"
