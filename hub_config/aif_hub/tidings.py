"""A session in a line: what the hub's own progress events and refusals say of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from datetime import datetime
from typing import Any

from aif.core.jobs import JobSighting
from aif_hub import notes, words
from aif_hub.book import Session
from aif_hub.held_up import headline
from aif_hub.sessions import Sessions
from aif_hub.speech import _


async def progress(
    session_now: Callable[[], Session | None], sessions: Sessions
) -> AsyncGenerator[dict[str, Any], None]:
    """A line for each step or change of reason, until the server has called back or the session has ended."""
    told: dict[str, Any] = {}
    while (session := session_now()) is not None and session.open:
        queue = sessions.queue_of(session)
        sighting = queue.sighting(session.job_id) if session.job_id else None
        line = progress_line(session, sighting, queue.trouble or sessions.delays.get(session.session, ""))
        if line != told:
            yield line
            told = line
        if session.port:
            return
        await (queue.news() if session.job_id else asyncio.sleep(1))


def progress_line(session: Session, sighting: JobSighting | None, trouble: str) -> dict[str, Any]:
    """One line of progress: how far, the step in words, and why it waits."""
    step = {"written": 0, "submitted": 1, "waiting": 1, "starting": 2}.get(session.step, 3)
    said = headline(session) or _(words.HEADLINES[step])
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
    _word, said = words.ended(session.end_cause, session.request, session.node, when, session.opened)
    return " ".join(part for part in (notes.said(session.end_note), said.text, said.todo) if part)
