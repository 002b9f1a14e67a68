"""What is kept of a session that has ended, and what its early end spared, in a sentence or two."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.units import gpu_hours
from aif_hub import words
from aif_hub.book import Session
from aif_hub.speech import _


def kept_and_spared(session: Session, now: datetime) -> str:
    """When its files were last saved, and what would have been used until its end; empty where neither is known."""
    said = []
    if session.saved_at:
        said.append(_("Your files were last saved {at}.").format(at=words.at(session.saved_at, now)))
    if amount := spared(session):
        said.append(_("Stopping it early spared {cost}.").format(cost=words.cost(amount)))
    return " ".join(said)


def spared(session: Session) -> Fraction:
    """What a session that was stopped because it was idle would have used until its end, in GPU-hours."""
    if session.would_end is None or session.ended_at is None:
        return Fraction()
    time = max(timedelta(), session.would_end - session.ended_at)
    return gpu_hours(session.request.gpus, session.request.gpu_weight, time)
