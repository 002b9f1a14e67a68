"""How far a person is in the tutorials, in words: the state of each, and the one to go on with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aif.tutorials.catalogue import Catalogue, Entry
from aif_hub.progress import Standing
from aif_hub.speech import _, ngettext
from aif_hub.views_parts import State


@dataclass(frozen=True)
class Lesson:
    """The tutorial that a person goes on with, or begins with; `opens` says that a session of theirs waits for it.

    `kind` is ``first``, ``working`` or ``next``, or ``all`` where every tutorial is done; then the rest is empty.
    """

    kind: str
    name: str = ""
    question: str = ""
    text: str = ""
    facts: tuple[str, ...] = ()
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


def count(standing: Standing | None) -> str:
    """``2 of 4 exercises done``; empty for a tutorial that was not begun, or has none."""
    if standing is None or not standing.exercises:
        return ""
    said = ngettext("{done} of {all} exercise done", "{done} of {all} exercises done", standing.exercises)
    return said.format(done=standing.done, all=standing.exercises)


def going_on(known: Catalogue, standings: Mapping[str, Standing]) -> tuple[str, Entry | None]:
    """The kind of `Lesson`, and its tutorial: the one last worked on, else the first that was not begun."""
    begun = [entry for entry in known.entries if entry.name in standings]
    working = [entry for entry in begun if standings[entry.name].state == "working"]
    if working:
        return "working", max(working, key=lambda entry: standings[entry.name].seen_at)
    for entry in known.entries:
        if entry.name not in standings:
            return "next" if begun else "first", entry
    return "all", None
