"""An allocation: how much of what a project may use, from when until when, and where Slurm holds it to that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction

from aif.core.names import SlurmName
from aif.core.text import Text

#: What one unit of an allocation is. A GPU-hour is one whole GPU for one hour.
GPU_HOUR, BILLING_HOUR = "gpu-hour", "billing-hour"
UNITS = (GPU_HOUR, "node-hour", "core-hour", BILLING_HOUR)
#: Whose half of the machine it comes out of; empty where the site does not say.
SHARES = ("", "eurohpc", "national", "host")
#: Where its figures come from.
SOURCES = ("slurm", "file", "waldur")


@dataclass(frozen=True)
class Period:
    """A part of an allocation with a limit of its own, both days included."""

    start: date
    end: date
    limit: Fraction


@dataclass(frozen=True)
class Allocation:
    """What the site says of one allocation. Amounts in its unit; days are whole days of the site, the last included.

    `name` is its id in links and REST. `limit` of None is the limit that Slurm enforces. `qos` is needed only where one
    account has several allocations. `carried_in` was used before Slurm's own record of it begins. `billing_per_unit` of
    None is what Slurm's own weights say (`binding.billing_of_a_gpu`).
    """

    name: str
    account: SlurmName
    title: Text = Text("")  # noqa: RUF009  # a text never changes
    qos: str = ""
    cluster: str = ""  # the [[cluster]] that it is used on; empty for the first
    source: str = "slurm"
    resource: str = ""  # its id at the source, where that is not Slurm
    component: str = ""  # what the source calls it an amount of; empty for its unit's usual name
    component_units: Fraction = Fraction(1)  # how many of `unit` one of that is: 1000 for gpu_k_hours
    reference: str = ""  # of the grant: "EHPC-AIF-2026PG01-123"
    share: str = ""
    mode: str = ""  # access mode: Playground, Fast Lane, Regular …
    unit: str = "gpu-hour"
    limit: Fraction | None = None
    start: date | None = None
    compute_end: date | None = None
    data_end: date | None = None
    report_due: date | None = None
    carried_in: Fraction = Fraction()
    billing_per_unit: Fraction | None = None  # how much of Slurm's `billing` is one whole unit
    suspended: bool = False
    periods: tuple[Period, ...] = ()

    def days(self) -> int | None:
        """Its length in days; None where it has no dates."""
        return (self.compute_end - self.start).days + 1 if self.start and self.compute_end else None

    def days_left(self, today: date) -> int | None:
        """Days from `today` to the last on which jobs may run, never below 0; None where it has no end."""
        return max(0, (self.compute_end - today).days) if self.compute_end else None

    def time_share(self, today: date) -> Fraction | None:
        """Which part of its time is over, from 0 to 1; None where it has no dates."""
        days = self.days()
        if not days or self.start is None:
            return None
        return min(Fraction(1), max(Fraction(), Fraction((today - self.start).days, days)))

    def period(self, today: date) -> Period | None:
        """The part of it that `today` is in, where it has parts."""
        return next((period for period in self.periods if period.start <= today <= period.end), None)


@dataclass(frozen=True)
class SlurmBinding:
    """How Slurm's record becomes an allocation's figures.

    `qos` is the one whose jobs count; empty where every job of the account does. `weights` says for each GRES type how
    many whole GPUs one counts for. `limit_at` is where Slurm keeps the limit, ``qos``, ``account`` or nowhere (empty),
    and `limit` what it is, in the allocation's unit. `enforced` is ``safe`` where no job starts that could go beyond
    it, ``limits`` where running jobs are ended when it is reached, empty where nobody is held to it. `decays`: Slurm
    lets the use that it compares with the limit fade, so that its own figure is no balance. `recorded`: the hub can
    read how much of the unit was used.
    """

    cluster: str
    account: str
    qos: str = ""
    weights: Mapping[str, Fraction] = field(default_factory=dict)
    limit_at: str = ""
    limit: Fraction | None = None
    enforced: str = ""
    decays: bool = False
    recorded: bool = True


@dataclass(frozen=True)
class UsageFile:
    """Where allocations whose source is ``file`` have their figures, a JSON file each."""

    path: str = ""  # {resource} stands for the allocation's resource, {account} for its account
    has_running: bool = False  # its figures count running jobs too, up to when it was written


@dataclass(frozen=True)
class Waldur:
    """The portal in which allocations whose source is ``waldur`` have their figures."""

    url: str = ""
    token_file: str = ""
    timeout_seconds: float = 20.0
    has_running: bool = True  # its figures count running jobs too, as Waldur's own site agent reports them
