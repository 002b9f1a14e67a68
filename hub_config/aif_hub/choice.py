"""What is said of one choice before it is started: when it starts, when it ends, what it costs, and what is sooner."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from markupsafe import Markup

from aif.core.ledger import told
from aif.core.ledger.allocation import BILLING_HOUR
from aif.core.site import Profile, Site
from aif_hub import prices, words
from aif_hub.calendar import Cap
from aif_hub.estimates import NOW, Estimate, Honesty, Record
from aif_hub.fitting import fit, minutes_in
from aif_hub.free import Free
from aif_hub.paying import Payment
from aif_hub.speech import _
from aif_hub.views_budget import is_old
from aif_hub.ways_out import Way


@dataclass(frozen=True)
class Instead:
    """Another choice that starts sooner, as a form's fields."""

    text: str
    label: str
    options: Mapping[str, str]


@dataclass(frozen=True)
class Choice:
    """One choice in words; `ways` are for one that cannot be started as it is."""

    sentence: Markup
    record: str = ""
    instead: Instead | None = None
    budget: str = ""  # what its project has before it
    ways: tuple[Way, ...] = ()


def choice(
    paid: Payment,
    estimate: Estimate | None,
    record: Record,
    free: Free,
    caps: Mapping[str, Cap],
    site: Site,
    now: datetime,
    asking: bool = False,
) -> Choice:
    """What is said of what is `paid`; `estimate` is None when Slurm could not be asked, `caps` are by profile.

    While Slurm is being asked (`asking`), nothing is said to have a place: others may be ahead.
    """
    request, budget = paid.request, _before(paid, now)
    counts = free.get((request.cluster, request.gpu_type))
    room = None if not request.gpus or counts is None else counts[0] >= request.gpus
    wait = estimate.wait(now) if estimate else None
    if estimate is not None and wait is not None and wait <= NOW:
        return Choice(_said(_("Can start now.")) + _ends(paid, now), _record(record.now), budget=budget)
    instead = _instead(paid, free, caps, site, now)
    if estimate is not None and wait is not None and estimate.starts_at is not None:
        expected = _said(
            _("Slurm expects a place from {clock} on ({wait})."),
            clock=_time(estimate.starts_at, now),
            wait=words.about(wait),
        )
        return Choice(expected + _ends(paid, now, estimate.starts_at), _record(record.later), instead, budget)
    if estimate is not None:
        return Choice(_said(_(words.NO_ESTIMATE)) + _runs(paid), instead=instead, budget=budget)
    if room is False:
        return Choice(_said(_("It waits until there is a place.")) + _runs(paid), instead=instead, budget=budget)
    if room and not asking:
        return Choice(_said(_("There is a place now.")) + _ends(paid, now), budget=budget)
    return Choice(_runs(paid), budget=budget)


def _ends(paid: Payment, now: datetime, starts: datetime | None = None) -> Markup:
    clock = _time((starts or now) + paid.request.time_limit, now)
    most = _most(paid)
    if not most and paid.allocation.unit == BILLING_HOUR:
        return _said(_("Ends at {clock} at the latest; what it costs, Slurm works out."), clock=clock)
    if not most:
        return _said(_("Ends at {clock} at the latest and costs no GPU-hours."), clock=clock)
    if paid.after is not None:
        sentence = _("Ends at {clock} at the latest and costs at most {cost}; at least {left} will be left.")
        return _said(sentence, clock=clock, cost=most, left=_left(paid.after))
    return _said(_("Ends at {clock} at the latest and costs at most {cost}."), clock=clock, cost=most)


def _runs(paid: Payment) -> Markup:
    most = _most(paid)
    if most and paid.after is not None:
        sentence = _("It runs for {length} at most and costs at most {cost}; at least {left} will be left.")
        return _said(sentence, length=words.length(paid.request.time_limit), cost=most, left=_left(paid.after))
    return _said(prices.runs(paid.request, paid.request.minutes, paid.allocation.unit))


def _most(paid: Payment) -> str:
    return prices.at_most(paid.request, paid.request.minutes, paid.allocation.unit)


def _left(amount: Fraction) -> Markup:
    return Markup('<data value="{}">{}</data>').format(told.amount(amount), words.at_least(amount))


def _before(paid: Payment, now: datetime) -> str:
    """What there is before the choice, as it was last counted."""
    balance = paid.balance
    if balance is None or balance.left is None or balance.free_to_plan is None:
        return ""
    unit, at = paid.allocation.unit, words.at(balance.usage.as_of, now)
    left = words.in_unit(words.balance(balance.left), unit)
    if is_old(balance, now):
        return _("Left {at}: {left}. Newer figures are not known just now.").format(left=left, at=at)
    if balance.free_to_plan == balance.left:
        return _("Left now: {left}, as counted {at}.").format(left=left, at=at)
    free = words.balance(balance.free_to_plan)
    return _("Left now: {left}, of which {free} are free to plan, as counted {at}.").format(left=left, free=free, at=at)


def _said(sentence: str, **gaps: str) -> Markup:
    return Markup("{} ").format(Markup.escape(sentence).format(**gaps))


def _time(moment: datetime, now: datetime) -> Markup:
    """A clock time that the page's script says in the reader's own time zone."""
    return Markup('<time datetime="{}">{}</time>').format(
        moment.isoformat(timespec="seconds"), words.clock(moment, now)
    )


def _record(record: Honesty) -> str:
    return words.came_true(record.tried, record.close) if record.known else ""


def _instead(paid: Payment, free: Free, caps: Mapping[str, Cap], site: Site, now: datetime) -> Instead | None:
    """The largest size below the chosen one that has a place now; else one that needs no GPU. With its price."""
    request = paid.request

    def fits(one: Profile) -> bool:
        return fit(one, paid, caps, now).minutes == minutes_in(one, request.minutes)

    below = [one for one in site.profiles if _price(one) < request.gpus * request.gpu_weight and fits(one)]
    with_place = [one for one in below if _place(one, free)]
    without = [one for one in below if not one.gpus]
    if with_place:
        best = max(with_place, key=_price)
        text = _("There is a place now for “{title}”.")
    elif without:
        best = without[0]
        text = _("“{title}” needs no GPU, so it usually starts at once.")
    else:
        return None
    minutes = minutes_in(best, request.minutes)
    return Instead(
        text=f"{text.format(title=best.title)} {prices.runs(best, minutes, paid.allocation.unit)}",
        label=_("Choose this instead"),
        options=request.options | {"profile": best.name, "minutes": str(minutes)},
    )


def _price(profile: Profile) -> Fraction:
    return profile.gpus * profile.gpu_weight


def _place(profile: Profile, free: Free) -> bool:
    counts = free.get((profile.cluster, profile.gpu_type))
    return profile.gpus > 0 and counts is not None and counts[0] >= profile.gpus
