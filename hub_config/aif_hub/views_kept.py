"""What is kept of a session that has ended, and what its early end spared, in a sentence or two."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.site import Site
from aif_hub import prices, words
from aif_hub.book import Session
from aif_hub.speech import _


def kept_and_spared(session: Session, now: datetime, site: Site) -> str:
    """When its files were last saved, and what would have been used until its end; empty where neither is known."""
    said = []
    if session.saved_at:
        said.append(_("Your files were last saved {at}.").format(at=words.at(session.saved_at, now)))
    unit = prices.unit_of(session.request, site)
    if amount := spared(session, unit):
        said.append(_("Stopping it early spared {cost}.").format(cost=prices.cost(amount, unit)))
    return " ".join(said)


def spared(session: Session, unit: str) -> Fraction:
    """What a session that was stopped because it was idle would have used until its end, in what `unit` is told in."""
    if session.would_end is None or session.ended_at is None:
        return Fraction()
    time = max(timedelta(), session.would_end - session.ended_at)
    return prices.amount(session.request, unit, time)
