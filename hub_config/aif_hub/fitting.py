"""How long another size can be had for in place of the one that was asked for: what is offered is never refused."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from aif.core.request import SHORTEST_MINUTES
from aif.core.site import Profile
from aif_hub.calendar import Cap
from aif_hub.ledger.ledger import most_that_fits
from aif_hub.paying import Payment, price_of
from aif_hub.speech import _

#: A length that a budget bounds is offered in steps of five minutes: what it pays for now, it still pays for then.
STEP = 5


def minutes_in(profile: Profile, minutes: int) -> int:
    """The length that was asked, or the longest of `profile` where that is less."""
    return min(minutes, int(profile.hours_max * 60))


def fit(profile: Profile, paid: Payment, caps: Mapping[str, Cap], now: datetime) -> Cap:
    """What `profile` can be had for in place of what is `paid`, at most for as long, and why where that is less.

    0 minutes: not at all. `caps` are the longest lengths of today by profile.
    """
    asked = paid.request.minutes
    usual = minutes_in(profile, asked)
    found = [Cap(usual)]
    if usual < asked:
        found = [Cap(usual, _("That is shorter than you asked: longer is not possible in this size."))]
    if (cap := caps.get(profile.name)) is not None and cap.minutes < usual:
        found.append(cap)
    if (pays := _paid_minutes(profile, paid)) is not None and pays < usual:
        found.append(Cap(pays // STEP * STEP, _("That is shorter than you asked: the budget does not pay for longer.")))
    least = min(found, key=lambda one: one.minutes)
    return Cap(0, least.why) if paid.closed(now) or least.minutes < SHORTEST_MINUTES else least


def _paid_minutes(profile: Profile, paid: Payment) -> int | None:
    """What the budget has free for it, with what is freed meanwhile; None where it costs nothing, or nobody knows."""
    price = price_of(profile, paid.allocation.unit)
    return None if paid.free is None or price is None else most_that_fits(paid.free + paid.freed, price)
