"""What a file is, kept beside it: source, licence, persons, secret, who said so, when, and until when it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from html import escape
from pathlib import Path
from typing import Any

from aif.core.sentence import Sentence
from aif.data.answers import QUESTIONS, Answers
from aif.refusals import Refusal
from aif.session import spoken
from aif.widgets.figures import speech

#: What follows a file's name in the name of its card.
SUFFIX = ".about.json"
VERSION = 1


class NoCard(Refusal):
    """A file beside which no card lies, or none that can be read."""


@dataclass(frozen=True, repr=False)
class Card:
    """One file's: what was answered, and what was so when it came."""

    file: str
    size: int  # bytes
    sha256: str
    answers: Answers
    answered_by: str
    answered_at: datetime
    kept_until: date | None  # the earlier of what was answered and the last day of the project's data
    project: str = ""
    site: str = ""

    def __repr__(self) -> str:
        rows = self.rows(spoken())
        wide = max(len(name) for name, _ in rows)
        return "\n".join([self.file, *(f"  {name:<{wide}}  {value}" for name, value in rows)])

    def _repr_html_(self) -> str:
        return table(self.file, self.rows(spoken()))

    def rows(self, language: str) -> list[tuple[str, str]]:
        """Names and values in that language."""
        words, said = speech(language), self.answers
        rows = [
            (words.say(f"card.{question}"), words.say(f"upload.{question}.{getattr(said, question)}"))
            for question in QUESTIONS
        ]
        rows += [
            (words.say(f"card.{name}"), getattr(said, name))
            for name in ("licence_name", "source", "approval")
            if getattr(said, name)
        ]
        until = words.or_unknown(words.day(self.kept_until) if self.kept_until else None)
        by = words.say("card.by.text", who=self.answered_by, moment=words.moment(self.answered_at.astimezone()))
        return [*rows, (words.say("card.until"), until), (words.say("card.by"), by)]

    def written(self) -> bytes:
        """As JSON, which is all that lies beside the file."""
        told = {
            "version": VERSION,
            "file": self.file,
            "bytes": self.size,
            "sha256": self.sha256,
            **self.answers.told(),
            "kept_until": self.kept_until.isoformat() if self.kept_until else None,
            "answered_by": self.answered_by,
            "answered_at": self.answered_at.isoformat(timespec="seconds"),
            "project": self.project,
            "site": self.site,
        }
        return json.dumps(told, indent=1, ensure_ascii=False).encode()

    @classmethod
    def parse(cls, told: Mapping[str, Any]) -> Card:
        """From that JSON. Raises ValueError, KeyError or TypeError for what is no card."""
        until = told["kept_until"]
        try:
            answers = Answers.parse(told)
        except Refusal as fault:
            raise ValueError(str(fault)) from fault
        if not all(getattr(answers, question) for question in QUESTIONS):
            raise ValueError("a question has no answer")
        return cls(
            file=str(told["file"]),
            size=int(told["bytes"]),
            sha256=str(told["sha256"]),
            answers=answers,
            answered_by=str(told["answered_by"]),
            answered_at=datetime.fromisoformat(told["answered_at"]),
            kept_until=None if until is None else date.fromisoformat(until),
            project=str(told["project"]),
            site=str(told["site"]),
        )


def beside(file: Path) -> Path:
    """Where the card of `file` lies."""
    return file.with_name(file.name + SUFFIX)


def read(file: Path) -> Card:
    """The card of that file. Raises NoCard, which says what to do."""
    try:
        return Card.parse(json.loads(beside(file).read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise NoCard(
            Sentence("Nothing readable says what {file} is: {card} should.", file=file.name, card=beside(file).name),
            Sentence("Ask whoever brought it, and treat it as personal data until you know."),
        ) from fault


def table(title: str, rows: list[tuple[str, str]]) -> str:
    """Names and values as plain HTML, readable on light and on dark ground."""
    body = "".join(
        f'<tr><th scope="row" style="text-align:left;font-weight:400;vertical-align:top">{escape(name)}</th>'
        f'<td style="text-align:left">{escape(value)}</td></tr>'
        for name, value in rows
    )
    return (
        '<table><caption style="text-align:left;caption-side:top;font-weight:600">'
        f"{escape(title)}</caption><tbody>{body}</tbody></table>"
    )
