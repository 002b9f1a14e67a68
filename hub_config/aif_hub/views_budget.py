"""One allocation as pages show it: what is left of it and for how long, its meter, its state, and how far it goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.ledger import told
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.site import Site
from aif_hub import words
from aif_hub.budget_states import CLOSED, budget_state, what_now
from aif_hub.funds import Funds
from aif_hub.speech import N_, _, ngettext, speaking
from aif_hub.views_parts import State, When
from aif_hub.words import Said

#: A snapshot older than this is shown as an old one, whatever its source says.
OLD = timedelta(minutes=15)
#: Whose members are told what their budget is in hours of the smallest GPU part.
NEW_TO_IT = ("sme", "startup")

SOURCES = {
    "slurm": N_("Source: Slurm's own record of ended jobs, and its queue for running and waiting ones."),
    "file": N_("Source: the file of balances that the site keeps."),
    "waldur": N_("Source: the site's Waldur, where allocations are granted."),
}
AWAY = {
    "slurm": N_("Slurm's record of jobs cannot be read just now."),
    "file": N_("The site's file of balances cannot be read just now."),
    "waldur": N_("The site's Waldur does not answer just now."),
}


@dataclass(frozen=True)
class Figure:
    """An amount in words, and to the last digit that is told anywhere."""

    text: str
    value: str

    @classmethod
    def of(cls, value: Fraction, text: str) -> Figure:
        """The figure that `text` says."""
        return cls(text, f"{told.amount(value)}")


@dataclass(frozen=True)
class Part:
    """A part of the meter: its kind names its look, `share` of the whole is a number from 0 to 100."""

    kind: str
    share: float
    figure: Figure
    label: str
    term: str


@dataclass(frozen=True)
class Budget:
    """One allocation. `left` is None where it is not recorded or has no limit; `instead` says so."""

    name: str
    title: str
    grant: str  # of which grant it is
    state: State
    what_now: Said | None
    left: Figure | None
    left_unit: str
    instead: str
    days: Figure | None
    days_unit: str
    as_of: When | None
    source: str
    old: str  # why its figures are old ones; empty for fresh ones
    parts: tuple[Part, ...]
    meter: str  # the meter in words
    pace: str
    lasts: str
    as_parts: str


def budgets(funds: Funds, now: datetime, site: Site) -> tuple[Budget, ...]:
    """Each of what pays for a project, with its last balance."""
    pi = [person.name for person in funds.pi]
    return tuple(budget(one, funds.balances.get(one.name), now, site, pi) for one in funds.allocations)


def budget(allocation: Allocation, balance: Balance | None, now: datetime, site: Site, pi: Sequence[str]) -> Budget:
    """The allocation with its `balance`, None while it was never read; `pi` are names of who leads the project."""
    days = allocation.days_left(now.date())
    shown = _shown(balance) if balance else _NOTHING
    return Budget(
        name=allocation.name,
        title=called(allocation),
        grant=" · ".join(filter(None, (allocation.mode, allocation.reference))),
        state=budget_state(balance),
        what_now=what_now(allocation, balance, site, pi),
        left=shown.left,
        left_unit=shown.left_unit,
        instead=shown.instead,
        days=None if days is None else Figure(f"{days}", f"{days}"),
        days_unit=_("no end date") if days is None else ngettext("day left", "days left", days),
        as_of=When.of(balance.usage.as_of, now) if balance else None,
        source=_(SOURCES[balance.usage.source]) if balance and balance.usage.source in SOURCES else "",
        old=_old(balance, now) if balance else "",
        parts=parts(balance) if balance else (),
        meter=meter(balance) if balance else "",
        pace=_pace(balance) if balance else "",
        lasts=_lasts(balance) if balance else "",
        as_parts=_as_parts(balance, site) if balance else "",
    )


def called(allocation: Allocation) -> str:
    """What tells it apart from others of its project."""
    return allocation.title.said_in(speaking()) or allocation.reference or allocation.mode or allocation.name


# Below: the parts ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Shown:
    left: Figure | None
    left_unit: str
    instead: str


_NOTHING = _Shown(None, "", "")


def _shown(balance: Balance) -> _Shown:
    """The large figure, or why there is none."""
    unit = balance.allocation.unit
    if balance.consumed is None:
        return _Shown(None, "", _("What is used is not recorded here."))
    if balance.left is None:
        text = words.cost(balance.consumed, unit)
        return _Shown(None, "", _("{cost} used. No limit is recorded here.").format(cost=text))
    text = words.large(balance.left)
    return _Shown(Figure.of(balance.left, text), _left_unit(unit), "")


def _left_unit(unit: str) -> str:
    return {
        "node-hour": _("node-hours left"),
        "core-hour": _("core-hours left"),
        "billing-hour": _("billing hours left"),
    }.get(unit, _("GPU-hours left"))


def parts(balance: Balance) -> tuple[Part, ...]:
    """What is consumed, committed and free to plan; nothing where one of them is not known."""
    usage, consumed, free = balance.usage, balance.consumed, balance.free_to_plan
    if consumed is None or free is None or not usage.limit or usage.settled is None:
        return ()
    whole = max(usage.limit, consumed + usage.committed)
    settled, running = words.amount(usage.settled), words.amount(usage.running)
    ended = _("{settled} by sessions and jobs that have ended, {running} by running ones until now.")
    found = (
        ("consumed", consumed, _("used"), ended.format(settled=settled, running=running)),
        ("committed", usage.committed, _("committed"), _("What running and waiting sessions may still use at most.")),
        ("free", free, _("free to plan"), _("What new sessions may cost at most.")),
    )
    return tuple(
        Part(kind, round(float(value / whole * 100), 2), Figure.of(value, words.amount(value)), label, term)
        for kind, value, label, term in found
    )


def meter(balance: Balance) -> str:
    """The meter for who does not see it."""
    consumed, free = balance.consumed, balance.free_to_plan
    if consumed is None or free is None or balance.usage.limit is None:
        return ""
    return _("Of {limit}: {used} used, {committed} committed, {free} free to plan.").format(
        limit=words.cost(balance.usage.limit, balance.allocation.unit),
        used=words.amount(consumed),
        committed=words.amount(balance.usage.committed),
        free=words.amount(free),
    )


def is_old(balance: Balance, now: datetime) -> bool:
    """Whether its figures are shown as old ones."""
    return bool(balance.trouble) or now - balance.usage.as_of > OLD


def _old(balance: Balance, now: datetime) -> str:
    if not is_old(balance, now):
        return ""
    at = words.at(balance.usage.as_of, now)
    why = _(AWAY.get(balance.usage.source, AWAY["slurm"])) if balance.trouble else _("They are being read again.")
    return _("These figures were counted {at}. {why} What was used since is not in them.").format(at=at, why=why)


#: From which pace on (use ÷ time, 1 is even) what is said.
PACES = (
    (1.15, N_("well ahead of even pace")),
    (1.02, N_("slightly ahead of even pace")),
    (0.98, N_("at even pace")),
    (0.85, N_("slightly behind even pace")),
    (0.0, N_("well behind even pace")),
)


def _pace(balance: Balance) -> str:
    time, used = balance.allocation.time_share(balance.today), balance.used_share
    if used is None or not time:
        return ""
    both = _("{used} used, {time} of the time over").format(used=words.share(used), time=words.share(time))
    if balance.pace is None or time >= 1 or balance.state not in ("active", "low", "full_commit"):
        return f"{both}."
    said = next(_(text) for least, text in PACES if balance.pace >= least)
    return f"{both}: {said}."


def _lasts(balance: Balance) -> str:
    until, end = balance.lasts_until, balance.allocation.compute_end
    if until is None or not balance.free_to_plan or balance.state not in ("active", "low"):
        return ""
    if end is not None and until > end:
        return _("At this rate it lasts beyond its last day, {date}.").format(date=words.day(end))
    return _("At this rate it lasts until {date}.").format(date=words.day(until))


def _as_parts(balance: Balance, site: Site) -> str:
    """What is left in hours of the smallest GPU part, for whom GPU-hours are new."""
    kind = next((one.kind for one in site.projects if one.account == balance.allocation.account), "")
    small = [one for one in site.profiles if one.gpus and 0 < one.gpus * one.gpu_weight < 1]
    if kind not in NEW_TO_IT or not small or not balance.left or balance.allocation.unit != "gpu-hour":
        return ""
    if balance.state in CLOSED:
        return ""
    least = min(small, key=lambda one: one.gpus * one.gpu_weight)
    hours = words.amount(Fraction(round(balance.left / (least.gpus * least.gpu_weight))))
    return _("That is about {hours} hours on “{size}”.").format(hours=hours, size=least.title)
