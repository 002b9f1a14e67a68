"""A session in a line: what the hub's own progress events and refusals say of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from aif.core.jobs import JobSighting
from aif_hub import notes, words
from aif_hub.book import Session
from aif_hub.speech import _


def progress_line(session: Session, sighting: JobSighting | None, trouble: str) -> dict[str, Any]:
    """One line of progress: how far, the step in words, and why it waits."""
    step = {"written": 0, "submitted": 1, "waiting": 1, "starting": 2}.get(session.step, 3)
    said = _(words.HEADLINES[step])
    if trouble:
        said = _(words.NOT_REACHED)
    elif step == 1 and sighting is not None and sighting.reason:
        said = f"{said} ({sighting.reason})"
    return {"progress": (10, 30, 60, 90)[step], "message": said}


def end_sentence(session: Session) -> str:
    """Why the session ended and what to do, in a sentence or two."""
    if session.end_cause is None or session.ended_at is None:
        return notes.said(session.end_note)
    when = words.at(session.ended_at.astimezone(), datetime.now().astimezone())
    _word, said = words.ended(session.end_cause, session.request, session.node, when, session.ready_at is not None)
    return " ".join(part for part in (notes.said(session.end_note), said.text, said.todo) if part)
