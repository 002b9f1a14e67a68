"""How far a person is in the tutorials, in words: the state of each, and the one to go on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from aif.tutorials.catalogue import EVERY_SECTOR, Catalogue, Entry
from aif_hub.progress import Standing
from aif_hub.speech import _, ngettext
from aif_hub.views_parts import State


@dataclass(frozen=True)
class Lesson:
    """The tutorial that a person goes on with, or begins with; `opens` says that a session of theirs waits for it.

    `facts` are its length, size and price, and `badge` says whether its data may be used in a business. `kind` is
    ``first``, ``working`` or ``next``; ``sector`` where the person chooses one of their own sector, so that there is no
    `name`; ``all`` where every tutorial is done; then the rest is empty.
    """

    kind: str
    name: str = ""
    question: str = ""
    text: str = ""
    facts: tuple[str, ...] = ()
    licence: str = ""
    badge: str = ""
    state: State | None = None
    count: str = ""
    url: str = ""
    opens: bool = False


def state(standing: Standing | None) -> State:
    """Not begun, working, done."""
    if standing is None:
        return State(_("Not begun"), "todo", "plain")
    if standing.state == "done":
        return State(_("Done"), "done", "good")
    return State(_("Working on it"), "starting")


def badge(business_use: bool) -> str:
    """What may be done with a tutorial's data."""
    return _("Free for business use") if business_use else _("Not for business use")


def count(standing: Standing | None) -> str:
    """``2 of 4 exercises done``; empty for a tutorial that was not begun, or has none."""
    if standing is None or not standing.exercises:
        return ""
    said = ngettext("{done} of {all} exercise done", "{done} of {all} exercises done", standing.exercises)
    return said.format(done=standing.done, all=standing.exercises)


def going_on(known: Catalogue, standings: Mapping[str, Standing]) -> tuple[str, Entry | None]:
    """The kind of `Lesson`, and its tutorial: the one last worked on, else the first that was not begun.

    After what is for every sector it is one of the person's own, which the catalogue's order cannot know: they choose.
    """
    begun = [entry for entry in known.entries if entry.name in standings]
    working = [entry for entry in begun if standings[entry.name].state == "working"]
    if working:
        return "working", max(working, key=lambda entry: standings[entry.name].seen_at)
    left = [entry for entry in known.entries if entry.name not in standings]
    if not left:
        return "all", None
    if not begun:
        return "first", left[0]
    if any(_of_a_sector(entry) for entry in left) and not any(_of_a_sector(entry) for entry in begun):
        return "sector", None
    return "next", left[0]


def in_a_session(lesson: Lesson | None) -> dict[str, Any] | None:
    """What a session is told of it; None where it has no notebook to open, so that it leads to the catalogue."""
    if lesson is None or not lesson.name:
        return None
    told = ("kind", "name", "question", "text", "facts", "licence", "badge", "count", "url")
    return {key: getattr(lesson, key) for key in told}


def _of_a_sector(entry: Entry) -> bool:
    return entry.sector != EVERY_SECTOR
