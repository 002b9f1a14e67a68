"""What the demo's projects were granted: allocations whose days are counted from the instance's first one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif.core.text import Text
from aif_hub.demo import instance
from aif_hub.demo.instance import Instance

WHOLE_GPU = 7  # Slurm's billing of a whole GPU; a slice is 1, see slurm.conf
#: A Final Report is due, and data can be read, so long after the last day of computing.
AFTERWARDS = timedelta(days=90)
_FIRST_DAY = "first day"


@dataclass(frozen=True)
class Grant:
    """One allocation of a project; `started` days before the first day, for `days` days, both ends included.

    `short` tells a project's second allocation from its first: in its name and in its QOS. Before the first day,
    `carried_in` GPU-hours were used that Slurm has no jobs of, and `played_in` by jobs of our history.
    """

    gpu_hours: Fraction
    started: int
    days: int
    short: str = ""
    title: Text = field(default=Text(""))
    reference: str = ""
    share: str = ""
    mode: str = ""
    carried_in: Fraction = Fraction()
    played_in: Fraction = Fraction()

    @property
    def left(self) -> Fraction:
        """GPU-hours that may still be used from the first day on: what Slurm holds the project to."""
        return self.gpu_hours - self.carried_in - self.played_in

    def named(self, base: str) -> str:
        """``"mobility01"``, or ``"mobility01-national"`` for the one whose `short` that is."""
        return f"{base}-{self.short}" if self.short else base

    def allocation(self, account: str, qos: str, first_day: date) -> Allocation:
        """As the site file says it."""
        start = first_day - timedelta(days=self.started)
        end = start + timedelta(days=self.days - 1)
        return Allocation(
            name=self.named(account),
            account=account,
            title=self.title,
            qos=self.named(qos),
            reference=self.reference.format(year=start.year),
            share=self.share,
            mode=self.mode,
            limit=self.gpu_hours,
            start=start,
            compute_end=end,
            data_end=end + AFTERWARDS,
            report_due=end + AFTERWARDS,
            carried_in=self.carried_in,
            billing_per_unit=Fraction(WHOLE_GPU),
        )


def first_day(inst: Instance) -> date:
    """The day of the instance's first `up`, kept so that nothing moves at the next one."""
    known = instance.stamp(inst, _FIRST_DAY)
    if known:
        return date.fromisoformat(known)
    today = datetime.now().astimezone().date()
    instance.set_stamp(inst, _FIRST_DAY, today.isoformat())
    return today
