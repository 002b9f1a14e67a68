"""A person's progress through the tutorials: seen by them, and taken along as a record of completion."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from html import escape
from pathlib import Path

from aif.learn import kept, record
from aif.learn.folder import Companion, companions
from aif.session import spoken
from aif.widgets.figures import Speech, speech

#: Each state's shape, as a character.
SHAPES = {"todo": "○", "working": "◐", "done": "●"}


@dataclass(frozen=True, repr=False)
class Row:
    """One tutorial's line of progress."""

    name: str
    title: str
    goals: str
    seen: tuple[str, ...]
    minutes_label: int
    exercises: dict[int, kept.Attempt]
    seconds: float
    begun_at: str
    seen_at: str

    @property
    def done(self) -> int:
        """How many exercises are done."""
        return sum(1 for attempt in self.exercises.values() if attempt.state == "done")

    @property
    def state(self) -> str:
        """``todo``, ``working`` or ``done``; a tutorial that was opened is being worked on."""
        if self.exercises and self.done == len(self.exercises):
            return "done"
        return "working" if self.begun_at else "todo"

    @property
    def hints(self) -> int:
        """How many hints were seen."""
        return sum(attempt.hints for attempt in self.exercises.values())

    @property
    def solutions(self) -> int:
        """How many solutions were shown."""
        return sum(1 for attempt in self.exercises.values() if attempt.solution)


@dataclass(frozen=True, repr=False)
class Progress:
    """Every tutorial within reach, and what the person did of it; a table in a notebook, text elsewhere."""

    rows: tuple[Row, ...]
    language: str

    def save(self, file: str | Path, name: str = "") -> Path:
        """Writes the record of completion to `file`, JSON or a page to print by its ending, for its owner's eyes only.

        `name` is the person's as it should stand in it, else what the system calls them. Raises `record.NotAForm`.
        """
        return record.save(Path(file), self, name)

    def __repr__(self) -> str:
        words = speech(self.language)
        wide = max((len(row.title) for row in self.rows), default=0)
        lines = [f"{SHAPES[row.state]} {row.title:<{wide}}  {self._told(row, words)}" for row in self.rows]
        return "\n".join([words.say("learn.progress"), *(f"  {line}" for line in lines), f"  {self._note(words)}"])

    def _repr_html_(self) -> str:
        words = speech(self.language)
        keys = ("tutorial", "state", "exercises", "minutes", "hints", "solutions")
        head = "".join(f'<th scope="col" style="text-align:left">{words.say(f"learn.head.{key}")}</th>' for key in keys)
        body = "".join(
            f'<tr><th scope="row" style="text-align:left;font-weight:400">{escape(row.title)}</th>'
            + "".join(f'<td style="text-align:left">{escape(cell)}</td>' for cell in self._cells(row, words))
            + "</tr>"
            for row in self.rows
        )
        return (
            '<table style="font-size:inherit"><caption style="text-align:left;caption-side:top;font-weight:600">'
            f"{escape(words.say('learn.progress'))}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f'<p style="margin:.5em 0 0">{escape(self._note(words))}</p>'
        )

    @staticmethod
    def _cells(row: Row, words: Speech) -> Iterator[str]:
        yield f"{SHAPES[row.state]} {words.say(f'learn.state.{row.state}')}"
        yield words.say("learn.of", done=row.done, all=len(row.exercises))
        yield words.length(timedelta(seconds=row.seconds)) if row.begun_at else "–"
        yield str(row.hints)
        yield str(row.solutions)

    def _told(self, row: Row, words: Speech) -> str:
        state, exercises, length, hints, solutions = self._cells(row, words)
        said = [state.split(" ", 1)[1], f"{words.say('learn.head.exercises')} {exercises}", length]
        said += [f"{words.say('learn.head.hints')} {hints}", f"{words.say('learn.head.solutions')} {solutions}"]
        return " · ".join(said)

    def _note(self, words: Speech) -> str:
        return words.say("learn.progress.note", file=str(kept.place()), call='progress().save("completion.html")')


def progress(language: str = "") -> Progress:
    """What the person who runs this did of the tutorials, in `language` or else the session's."""
    language = language or spoken()
    known, done = companions(), kept.courses()
    names = sorted({*known, *done})
    return Progress(tuple(_row(name, known.get(name), done.get(name), language) for name in names), language)


def _row(name: str, told: Companion | None, course: kept.Course | None, language: str) -> Row:
    attempts = dict(course.exercises) if course else {}
    exercises = {number: attempts.get(number, kept.Attempt()) for number in (told.exercises if told else attempts)}
    return Row(
        name=name,
        title=told.title(language) if told else name,
        goals=told.goals(language) if told else "",
        seen=told.seen(language) if told else (),
        minutes_label=told.minutes if told else 0,
        exercises=exercises,
        seconds=course.seconds if course else 0.0,
        begun_at=course.begun_at if course else "",
        seen_at=course.seen_at if course else "",
    )
