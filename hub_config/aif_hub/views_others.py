"""Other ways to begin sooner, for a session that waits long: each size with what is free, its price and a sentence.

None ends in a refusal: what the calendar or the budget has no room for is shorter, or left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import BILLING_HOUR
from aif.core.request import JobRequest
from aif.core.site import Profile, Site
from aif_hub import prices, words
from aif_hub.calendar import Cap
from aif_hub.fitting import fit
from aif_hub.free import Free
from aif_hub.paying import Payment
from aif_hub.speech import _

#: More than this is a start page again.
MOST = 3


@dataclass(frozen=True)
class Other:
    """Another size for what was asked; everything else is kept."""

    profile: str
    title: str
    said: str
    button: str
    good: bool  # it would begin at once


def others(waits: Payment, site: Site, free: Free, caps: Mapping[str, Cap], now: datetime) -> tuple[Other, ...]:
    """The sizes that may begin sooner: what is free now first, then what needs no GPU, then the cheapest.

    `waits` is what waits and what pays for it; `caps` are the longest lengths of today by size.
    """
    request, unit, found = waits.request, waits.allocation.unit, []
    for at, one in enumerate(site.profiles):
        fits = fit(one, waits, caps, now)
        if one.name != request.profile and fits.minutes and _may_be_sooner(one, request, free):
            found.append((_rank(one, free, unit), at, _other(one, fits, free, unit)))
    return tuple(other for _place, _at, other in sorted(found, key=lambda one: one[:2])[:MOST])


def _may_be_sooner(profile: Profile, request: JobRequest, free: Free) -> bool:
    """Not as many or more of the very GPUs that it waits for, as long as they are taken."""
    same = (profile.cluster, profile.gpu_type) == (request.cluster, request.gpu_type)
    return not same or profile.gpus < request.gpus or _room(profile, free) is not False


def _rank(profile: Profile, free: Free, unit: str) -> tuple[int, Fraction]:
    room = _room(profile, free)
    place = 0 if room else 1 if not profile.gpus else 2 if room is None else 3
    return place, prices.hourly(profile, unit)


def _room(profile: Profile, free: Free) -> bool | None:
    """Whether as many GPUs are free now as it needs; None where that is not known, or it needs none."""
    counts = free.get((profile.cluster, profile.gpu_type))
    return counts[0] >= profile.gpus if profile.gpus and counts and counts[1] else None


def _other(profile: Profile, fits: Cap, free: Free, unit: str) -> Other:
    cost = prices.at_most(profile, fits.minutes, unit)
    room = _room(profile, free)
    if not cost and unit == BILLING_HOUR:
        said = _("Needs no GPU, so it usually starts at once. Takes {length} at most; what it costs, Slurm works out.")
    elif not (profile.gpus or cost):
        said = _("Needs no GPU, so it usually starts at once. Takes {length} at most, and costs no GPU-hours.")
    elif not profile.gpus:
        said = _("Needs no GPU, so it usually starts at once. Takes {length} at most, and costs at most {cost}.")
    elif room:
        said = _("Free now. Takes {length} at most, and costs at most {cost}.")
    elif room is None:
        said = _("Slurm has not said how many are free. Takes {length} at most, and costs at most {cost}.")
    else:
        said = _("Not free just now either. Takes {length} at most, and costs at most {cost}.")
    length = words.length(timedelta(minutes=fits.minutes))
    return Other(
        profile=profile.name,
        title=profile.title,
        said=f"{said.format(length=length, cost=cost or prices.nothing(unit))} {fits.why}".rstrip(),
        button=_("Switch to {title}").format(title=profile.title),
        good=bool(room) or not profile.gpus,
    )
