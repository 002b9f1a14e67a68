"""A session's end comes near: told 30, 15 and 5 minutes before. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from aif_hub.book import Session
from aif_hub.warnings.crossing import Line
from aif_hub.warnings.event import Kind, Notice

#: Minutes before the end.
BEFORE = (30, 15, 5)
#: An end that moves away by less than this has not moved.
SLACK = timedelta(minutes=2)


def line_name(session: str, minutes: int) -> str:
    """Of the line `minutes` before its end."""
    return f"ends:{session}:{minutes}"


def lines(session: Session, ends: datetime | None, now: datetime) -> list[Line]:
    """The session's three lines. Of several crossed at once, as after the hub was away, only the last is told.

    A session that is shorter than a line was told its end when it was started.
    """
    if ends is None:
        return []
    left = ends - now
    passed = [minutes for minutes in BEFORE if left <= timedelta(minutes=minutes)]
    told = [minutes for minutes in passed[-1:] if timedelta(minutes=minutes) < session.request.time_limit]
    return [
        Line(
            name := line_name(session.session, minutes),
            crossed=minutes in passed,
            back=left > timedelta(minutes=minutes) + SLACK,
            notices=tuple(_notice(session, name, ends, now) for _ in told if minutes in told),
        )
        for minutes in BEFORE
    ]


def _notice(session: Session, line: str, ends: datetime, now: datetime) -> Notice:
    data = {"ends": ends.isoformat(timespec="seconds"), "minutes": max(1, round((ends - now).total_seconds() / 60))}
    return Notice(session.login, line, Kind.SESSION_ENDS, session.session, data=data)
