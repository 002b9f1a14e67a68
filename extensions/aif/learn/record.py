"""A record of completion: what a person did of the tutorials, to keep and to show; JSON, or one page to print."""

from __future__ import annotations

import getpass
import json
import pwd
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from html import escape
from os import getuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aif.core.errors import AifError
from aif.data.answers import Rules
from aif.server import private
from aif.session import NotInASession, told
from aif.widgets.figures import Speech, speech

if TYPE_CHECKING:
    from aif.learn.progress import Progress, Row

VERSION = 1
_STYLE = Path(__file__).with_suffix(".css")


class NotAForm(AifError):
    """A record is asked for in a form that we do not write."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"{file.name} was asked for; a record is written as .json or .html. Choose one of the two.")


def save(file: Path, progress: Progress, name: str) -> Path:
    """Writes it to `file`, readable by its owner only; raises NotAForm for another ending than .json and .html."""
    person, now = name or who(), datetime.now(UTC).replace(microsecond=0)
    if file.suffix == ".json":
        content = json.dumps(as_data(progress, person, now), indent=1, ensure_ascii=False)
    elif file.suffix == ".html":
        content = as_page(progress, person, now)
    else:
        raise NotAForm(file)
    private.write(file, content.encode())
    return file


def who() -> str:
    """The name of who runs this as the system has it, else their login."""
    try:
        return pwd.getpwuid(getuid()).pw_gecos.split(",")[0].strip() or getpass.getuser()
    except KeyError:
        return getpass.getuser()


def site() -> str:
    """The name of the site whose session this is; empty where there is none."""
    try:
        return told(lambda facts: Rules.told(facts).site)
    except NotInASession:
        return ""


def as_data(progress: Progress, person: str, now: datetime) -> dict[str, Any]:
    """The record for programs: minutes are whole, times in UTC, and `claim` says what it does not prove."""
    return {
        "version": VERSION,
        "person": person,
        "site": site(),
        "written_at": now.isoformat(),
        "claim": speech(progress.language).say("learn.record.claim"),
        "tutorials": [_told(row) for row in progress.rows if row.begun_at],
    }


def as_page(progress: Progress, person: str, now: datetime) -> str:
    """The record for people, as a page that needs nothing beside itself: what is done, and then what was begun."""
    words = speech(progress.language)
    title, field, claim = (words.say(f"learn.record{part}") for part in ("", ".field", ".claim"))
    where = site() or words.say("learn.record.workbench")
    done = [row for row in progress.rows if row.state == "done"]
    begun = [row for row in progress.rows if row.state == "working"]
    written = words.say("learn.record.written", moment=words.moment(now.astimezone()))
    parts = [
        f"<header><span>{escape(where)}</span><span>{escape(field)}</span></header>",
        f'<main><h1>{escape(title)}</h1><p class="person">{escape(person)}</p>',
        _sums([*done, *begun], len(done), words)
        if done or begun
        else f"<p>{escape(words.say('learn.record.none'))}</p>",
        *(_section(row, words) for row in done),
        _begun(begun, words) if begun else "",
        f'</main><footer class="muted"><p>{escape(written)}</p><p>{escape(claim)}</p></footer>',
    ]
    return (
        f'<!DOCTYPE html><html lang="{progress.language or "en"}"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{escape(f"{title}: {field}")}</title>'
        f"<style>{_STYLE.read_text(encoding='utf-8')}</style></head><body>{''.join(parts)}</body></html>\n"
    )


# Below: the parts -----------------------------------------------------------------------------------------------------


def _told(row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "title": row.title,
        "goals": row.goals,
        "seen": list(row.seen),
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


def _sums(rows: Sequence[Row], done: int, words: Speech) -> str:
    """What all of them add up to, as names and values."""
    first, last = min(row.begun_at for row in rows), max(row.seen_at for row in rows)
    values = {
        "count": str(done),
        "period": words.say("learn.record.dates", begun=_day(first, words), last=_day(last, words)),
        "length": words.length(timedelta(seconds=sum(row.seconds for row in rows))),
        "exercises": _right(rows, words),
    }
    pairs = ((words.say(f"learn.record.{name}"), value) for name, value in values.items())
    return f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>' for name, value in pairs)}</dl>"


def _section(row: Row, words: Speech) -> str:
    """A tutorial that is done: its question, when and how, and what was practised."""
    line = words.say(
        "learn.record.row",
        day=_day(max(attempt.done_at for attempt in row.exercises.values()), words),
        done=_right([row], words),
        length=words.length(timedelta(seconds=row.seconds)),
    )
    items = "".join(f"<li>{escape(each)}</li>" for each in row.seen)
    practised = f"<p>{escape(words.say('learn.record.seen'))}</p><ul>{items}</ul>" if items else ""
    return (
        f'<section><h2>{escape(row.title)}</h2><p class="muted">{escape(line)}</p>'
        f"{practised or f'<p>{escape(row.goals)}</p>'}</section>"
    )


def _right(rows: Sequence[Row], words: Speech) -> str:
    """How many exercises were right, and how many of those before a solution was seen."""
    done = sum(row.done for row in rows)
    alone = sum(attempt.alone for row in rows for attempt in row.exercises.values())
    return words.say("learn.record.all" if 0 < done == alone else "learn.record.alone", done=done, alone=alone)


def _begun(rows: Sequence[Row], words: Speech) -> str:
    items = (
        f"<li>{escape(row.title)} ({escape(words.say('learn.of', done=row.done, all=len(row.exercises)))})</li>"
        for row in rows
    )
    return f"<section><h2>{escape(words.say('learn.record.begun'))}</h2><ul>{''.join(items)}</ul></section>"


def _day(stamp: str, words: Speech) -> str:
    return words.day(datetime.fromisoformat(stamp).astimezone().date())
