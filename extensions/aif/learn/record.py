"""A record of completion: what a person did of the tutorials, for their own files; JSON, or one page to print."""

from __future__ import annotations

import getpass
import json
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aif.core.errors import AifError
from aif.server import private
from aif.widgets.figures import Speech, speech

if TYPE_CHECKING:
    from aif.learn.progress import Progress, Row

VERSION = 1
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;color:#10222e;background:#fff}"
    "body{max-width:45em;margin:2em auto;padding:0 1em}"
    "h1{font-size:28px}h2{font-size:20px;margin-bottom:0}p{margin:.25em 0}.muted{color:#4a5d6a}"
    "section{break-inside:avoid;border-top:1px solid #cfe3e8;padding:.75em 0}"
)


class NotAForm(AifError):
    """A record is asked for in a form that we do not write."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file.name} was asked for; a record is written as .json or .html. Choose one of the two.")


def save(file: Path, progress: Progress, name: str) -> Path:
    """Writes it to `file`, readable by its owner only; raises NotAForm for another ending than .json and .html."""
    person, now = name or getpass.getuser(), datetime.now(UTC).replace(microsecond=0)
    if file.suffix == ".json":
        content = json.dumps(as_data(progress, person, now), indent=1, ensure_ascii=False)
    elif file.suffix == ".html":
        content = as_page(progress, person, now)
    else:
        raise NotAForm(file)
    private.write(file, content.encode())
    return file


def as_data(progress: Progress, person: str, now: datetime) -> dict[str, Any]:
    """The record for programs: minutes are whole, times in UTC, and `claim` says what it does not prove."""
    return {
        "version": VERSION,
        "person": person,
        "written_at": now.isoformat(),
        "claim": speech(progress.language).say("learn.record.claim"),
        "tutorials": [_told(row) for row in progress.rows if row.begun_at],
    }


def as_page(progress: Progress, person: str, now: datetime) -> str:
    """The record for people, as a page that needs nothing beside itself."""
    words = speech(progress.language)
    title = words.say("learn.record")
    sections = "".join(_section(row, words) for row in progress.rows if row.begun_at)
    return (
        f'<!DOCTYPE html><html lang="{progress.language or "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><p><strong>{escape(person)}</strong></p>"
        f"<p>{escape(words.say('learn.record.written', moment=words.moment(now.astimezone())))}</p>"
        f"{sections or '<p>' + escape(words.say('learn.record.none')) + '</p>'}"
        f'<p class="muted">{escape(words.say("learn.record.claim"))}</p></main></body></html>\n'
    )


def _told(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "goals": row.goals,
        "state": row.state,
        "begun_at": row.begun_at,
        "last_at": row.seen_at,
        "minutes": round(row.seconds / 60),
        "exercises": [
            {
                "number": number,
                "state": attempt.state,
                "done_at": attempt.done_at or None,
                "tries": attempt.tries,
                "hints": attempt.hints,
                "solution_shown": attempt.solution,
                "solution_shown_first": bool(attempt.done_at) and not attempt.alone,
            }
            for number, attempt in row.exercises.items()
        ],
    }


def _section(row: Row, words: Speech) -> str:
    alone = sum(1 for attempt in row.exercises.values() if attempt.alone)
    told = words.say(
        "learn.record.row",
        state=words.say(f"learn.state.{row.state}"),
        done=row.done,
        all=len(row.exercises),
        alone=alone,
        hints=row.hints,
        length=words.length(timedelta(seconds=row.seconds)),
    )
    dates = words.say("learn.record.dates", begun=_day(row.begun_at, words), last=_day(row.seen_at, words))
    paragraphs = [row.goals, told, dates]
    return (
        f"<section><h2>{escape(row.title)}</h2>"
        + "".join(f"<p>{escape(each)}</p>" for each in paragraphs if each)
        + "</section>"
    )


def _day(stamp: str, words: Speech) -> str:
    return words.day(datetime.fromisoformat(stamp).astimezone().date())
