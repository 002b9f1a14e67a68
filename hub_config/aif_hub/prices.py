"""What things cost, in words: in the unit of the budget that pays, wherever a page says it.

Billing hours are worked out by Slurm alone, so what is paid in these is told in GPU-hours; nothing is said of a cost
that has none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import BILLING_HOUR, GPU_HOUR
from aif.core.request import JobRequest, Project
from aif.core.site import Profile, Site
from aif_hub import words
from aif_hub.book import Session
from aif_hub.paying import price_of
from aif_hub.speech import _


def told_in(unit: str) -> str:
    """The unit in which what is paid in `unit` is told."""
    return GPU_HOUR if unit == BILLING_HOUR else unit


def hourly(size: JobRequest | Profile, unit: str) -> Fraction:
    """What an hour of it costs in what `unit` is told in."""
    return price_of(size, told_in(unit)) or Fraction()


def amount(size: JobRequest | Profile, unit: str, time: timedelta) -> Fraction:
    """What so much time of it costs in what `unit` is told in, by whole seconds."""
    return hourly(size, unit) * Fraction(int(time.total_seconds()), 3600)


def cost(amount: Fraction, unit: str) -> str:
    """So much of what `unit` is told in; empty where only Slurm knows what it is."""
    return "" if unit == BILLING_HOUR and not amount else words.cost(amount, told_in(unit))


def an_hour(amount: Fraction, unit: str) -> str:
    """What an hour of something costs: ``0.14 GPU-hours per hour``."""
    return _an_hour([amount], [unit])


def an_hour_of(size: Profile, units: Sequence[str]) -> str:
    """The price of a size, in each of `units`: which of them pays is not chosen yet."""
    return _an_hour([hourly(size, unit) for unit in units], units)


def at_most(size: JobRequest | Profile, minutes: int, unit: str) -> str:
    """What so many minutes of it cost; empty where nothing, or where only Slurm knows it."""
    price = hourly(size, unit)
    return words.at_most(price * Fraction(minutes, 60), told_in(unit)) if price else ""


def at_most_anywhere(size: Profile, minutes: int, site: Site) -> str:
    """The same where nobody has said yet what pays: by all units in which the site keeps budgets."""
    units = sorted({one.unit for one in site.allocations} or {GPU_HOUR})
    most = [said for said in (at_most(size, minutes, unit) for unit in units) if said]
    return _("at most {cost}").format(cost=_one_of(most)) if most else nothing(units[0])


def runs(size: JobRequest | Profile, minutes: int, unit: str) -> str:
    """How long it runs and what it costs, as a sentence."""
    most, length = at_most(size, minutes, unit), words.length(timedelta(minutes=minutes))
    if most:
        return _("It runs for {length} at most and costs at most {cost}.").format(length=length, cost=most)
    if unit == BILLING_HOUR:
        return _("It runs for {length} at most; what it costs, Slurm works out.").format(length=length)
    return _("It runs for {length} at most and costs no GPU-hours.").format(length=length)


def nothing(unit: str) -> str:
    """Where `at_most` is empty: what stands for it in a list of facts."""
    return cost(Fraction(), unit) or _("What Slurm works out")


def unit_of(request: JobRequest, site: Site) -> str:
    """The unit of what pays for it: GPU-hours where the site states nothing of that."""
    theirs = [one for one in site.allocations if one.account == request.account]
    named = [one for one in theirs if one.name == request.allocation]
    charged = [one for one in theirs if one.qos in ("", request.qos)]
    return next((one.unit for one in named or charged), GPU_HOUR)


def units_of(projects: Iterable[Project], site: Site) -> tuple[str, ...]:
    """The units of all that may pay for somebody's sessions, GPU-hours first."""
    found = {one.unit for project in projects for one in project.payers(site)}
    found |= {GPU_HOUR for project in projects if not project.payers(site)}
    return tuple(sorted(found or {GPU_HOUR}, key=lambda unit: (unit != GPU_HOUR, unit)))


def used(session: Session, now: datetime, site: Site) -> str:
    """What a session has cost until now, or until its end."""
    unit = unit_of(session.request, site)
    return cost(amount(session.request, unit, ran(session, now)), unit)


def ran(session: Session, now: datetime) -> timedelta:
    """From the start to the end, which is what is charged."""
    if session.started_at is None:
        return timedelta()
    return max(timedelta(), (session.ended_at or now) - session.started_at)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _an_hour(amounts: Sequence[Fraction], units: Sequence[str]) -> str:
    known = [said for said in map(cost, amounts, units) if said]
    if not known:
        return _("What it costs, Slurm works out")
    if not any(amounts) and GPU_HOUR in units:
        return _("Costs no GPU-hours")
    return _("{cost} per hour").format(cost=_one_of(known))


def _one_of(costs: Sequence[str]) -> str:
    said, *others = dict.fromkeys(costs)
    for other in others:
        said = _("{cost} or {other}").format(cost=said, other=other)
    return said
