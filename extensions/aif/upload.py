"""Data of one's own, safely: four questions before a file comes, where it lies, who sees it and until when."""

from __future__ import annotations

import os
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from aif.core.sentence import Sentence
from aif.data import card, form, noted
from aif.data.answers import QUESTIONS, TEXTS, Answers, letter, verdict
from aif.data.card import Card
from aif.data.form import Here
from aif.refusals import Refusal
from aif.widgets.reply import Reply

#: Bytes of a piece, of a file that is on this machine already.
PIECE = 4 << 20
_CALL = 'upload.check(persons="no", secret="no", licence="ours", origin="ours", source="…")'


class NoFile(Refusal):
    """A file that is to be brought is not there, or cannot be read."""


class Decision:
    """What `upload.check` says: ``right``, ``ask`` somebody first, ``stop``, or ``open`` while an answer is missing."""

    def __init__(self, reply: Reply) -> None:
        self.reply = reply

    @property
    def allowed(self) -> bool:
        """Whether the data may be put here."""
        return self.reply.right

    def __repr__(self) -> str:
        return repr(self.reply)

    def _repr_html_(self) -> str:
        return self.reply._repr_html_()


class Form(form.Form):
    """What `upload()` shows. With widgets a form to fill in; without, the questions and how to answer them in code."""

    def __repr__(self) -> str:
        words = self.here.words
        lines = [f"  {name}: {value}" for name, value in self._facts()]
        for number, question in enumerate(QUESTIONS, 1):
            lines += [f"  {words.say(f'upload.{question}', number=number)}", f"     {self._choices(question)}"]
        return "\n".join([words.say("upload.title"), *lines, f"  {words.say('upload.still', call=_CALL)}"])

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from aif.widgets.upload import shown
        except ImportError:  # an environment of one's own, without anywidget
            return static, {}
        live, metadata = shown(self)
        return {**live, **static}, metadata

    def _repr_html_(self) -> str:
        words = self.here.words
        asked = "".join(
            f"<li>{escape(words.say(f'upload.{question}.short'))}<br>{escape(self._choices(question))}</li>"
            for question in QUESTIONS
        )
        facts = card.table(words.say("upload.title"), self._facts())
        still = escape(words.say("upload.still", call=_CALL))
        return f'{facts}<ol style="padding-left:2em">{asked}</ol><p>{still}</p>'

    def _facts(self) -> list[tuple[str, str]]:
        return [row for one in self.places.values() for row in self.here.rows(one)]

    def _choices(self, question: str) -> str:
        return " · ".join(self.here.words.say(f"upload.{question}.{answer}") for answer in QUESTIONS[question])


class Upload:
    """`upload()` shows a form; `upload.check`, `upload.bring` and `upload.card` do the same in code.

    >>> from aif import upload
    >>> upload.check(persons="no", secret="no", licence="ours", origin="ours", source="our own sensors").allowed
    True
    """

    def __call__(self) -> Form:
        """A form: four questions, a place and a button. `path` of it is the last file that came."""
        return Form(form.here())

    def check(
        self,
        persons: str | bool | None = "",
        secret: str | bool | None = "",
        licence: str = "",
        origin: str = "",
        *,
        licence_name: str = "",
        source: str = "",
        approval: str = "",
        until: date | str | None = None,
    ) -> Decision:
        """Whether data with these answers may be put here, and if not, whom to ask; nothing is sent or written.

        `persons` and `secret` are ``no``, ``yes`` or ``unknown`` (or False, True, None); `licence` is ``ours``,
        ``allows``, ``forbids`` or ``unknown``; `origin` is ``ours``, ``partner``, ``public`` or ``secure``. `source`
        names who made them, `until` the last day on which you may keep them. Raises NoSuchAnswer.
        """
        given = (persons, secret, licence, origin, licence_name, source, approval, until)
        answers = Answers.parse(dict(zip((*QUESTIONS, *TEXTS, "until"), given, strict=True)))
        return _decided(answers, form.here())

    def bring(self, file: str | os.PathLike[str], to: str = "home", **answers: Any) -> Path:
        """Copies a file that is on this machine already to where the form puts them, with its card; gives its path.

        `answers` are those of `check`, `to` is ``home`` or ``project``. Raises what says no: NotYet with the reasons,
        BadName, NameTaken, NoRoom, NoFile.
        """
        made, source = Form(form.here()), Path(file)
        made.answers = Answers.parse(answers)
        decision = _decided(made.answers, made.here)
        if not decision.allowed:
            noted.note(decision.reply.state, to if to in made.places else "home")
            raise form.NotYet(decision.reply.title + ":", *decision.reply.text.splitlines())
        try:
            with source.open("rb") as opened:
                made.begin(source.name, os.fstat(opened.fileno()).st_size, to)
                at = 0
                while piece := opened.read(PIECE):
                    at, _ = made.piece(at, piece)
                made.keep()
        except OSError as fault:
            raise NoFile(
                Sentence("{file} cannot be read: {why}.", file=str(source), why=fault.strerror),
                Sentence("Name a file that is on this machine."),
            ) from fault
        finally:
            made.drop()
        return made.path

    def card(self, file: str | os.PathLike[str]) -> Card:
        """What that file is, as whoever brought it answered. Raises NoCard."""
        return card.read(Path(file))

    def __repr__(self) -> str:
        return "upload() shows a form; upload.check(…) asks without one, upload.card(file) reads what a file is."


#: What a notebook imports.
upload = Upload()


def _decided(answers: Answers, known: Here) -> Decision:
    found, words = verdict(answers, known.rules, date.today()), known.words
    mail = letter(answers, known.rules, known.project, words) if found.state in ("ask", "stop") else ""
    note = words.say("upload.letter", contact=known.rules.contact) if mail else ""
    text = "\n".join(reason.said(words) for reason in found.reasons)
    state = "right" if found.state == "allowed" else found.state
    return Decision(Reply(state, words.say(f"upload.verdict.{found.state}"), text, note))
