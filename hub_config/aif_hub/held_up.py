"""What holds up an open session: Slurm has suspended its job, or its server does not answer while the job runs.

Nothing follows from either but what is shown: both pass by themselves, and no job that lives is cancelled for them.
"""

from __future__ import annotations

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING

from aif.core.site import Site
from aif_hub import words
from aif_hub.speech import N_, _
from aif_hub.views_parts import State
from aif_hub.words import Said

if TYPE_CHECKING:
    from aif_hub.book import Session

_PAUSED = N_(
    "The cluster has paused it (suspended), {at} or before. Your notebook stands still with all that it holds, and "
    "nothing is lost: it goes on by itself as soon as the cluster lets it."
)
_PAUSED_TODO = N_("There is nothing that you need to do. If it lasts, ask {contact}.")
_SILENT = N_("It has not answered since {clock}, though its job still runs.")
_SILENT_TODO = N_(
    "Wait a little: it may only be busy. If it lasts, stop it and start again, which keeps what is saved, "
    "or ask {contact}."
)


class HeldUp(Enum):
    """What holds a session up."""

    NO = ""
    PAUSED = "paused"
    SILENT = "silent"


def held_up(session: Session) -> HeldUp:
    """What holds up an open session; of one that is being stopped, or cannot be opened, other things are said."""
    if not session.open or session.stop_asked or session.found_at is not None:
        return HeldUp.NO
    if session.paused_at is not None:
        return HeldUp.PAUSED  # a server that stands still does not answer, and this says why
    return HeldUp.SILENT if session.silent_since is not None and session.step == "ready" else HeldUp.NO


def said(session: Session, now: datetime, site: Site) -> Said | None:
    """What is told of it, since when, and what to do; None where nothing holds it up."""
    what = held_up(session)
    if what is HeldUp.PAUSED and session.paused_at is not None:
        text = _(_PAUSED).format(at=words.at(session.paused_at, now))
        return Said(text, _(_PAUSED_TODO).format(contact=site.contact), term="SUSPENDED")
    if what is HeldUp.SILENT and session.silent_since is not None:
        text = _(_SILENT).format(clock=words.clock(session.silent_since, now))
        return Said(text, _(_SILENT_TODO).format(contact=site.contact))
    return None


def state(session: Session) -> State | None:
    """The same in a word with its shape."""
    return {
        HeldUp.PAUSED: State(_("Paused"), "paused", "warn"),
        HeldUp.SILENT: State(_("Does not answer"), "failed", "warn"),
    }.get(held_up(session))


def headline(session: Session) -> str:
    """What stands above its waiting page; empty where that need not be said."""
    return _("Your session is paused") if held_up(session) is HeldUp.PAUSED else ""
