"""Files that somebody brings: what they answered, where it goes, and what became of each. Who draws it is elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from aif.allocation import NoFigures, allocation
from aif.core.sentence import Sentence
from aif.data import card, noted, place
from aif.data.answers import Answers, Rules, Verdict, letter, verdict
from aif.data.arrive import Arrival
from aif.data.card import Card
from aif.data.place import Place
from aif.refusals import Refusal
from aif.session import NotInASession, told
from aif.widgets.figures import Speech, speech


class NotYet(Refusal):
    """A file that the answers do not allow to come, or none that has come yet."""


@dataclass(frozen=True)
class Here:
    """What this session says of people's own data: the site's rules, the project and the last day of its data."""

    rules: Rules = Rules()  # noqa: RUF009  # frozen
    project: str = ""
    title: str = ""
    data_end: date | None = None
    language: str = ""

    @property
    def words(self) -> Speech:
        """The catalogue of the session's language."""
        return speech(self.language)

    def rows(self, one: Place, readers: tuple[str, str] | None = None) -> list[tuple[str, str]]:
        """Where it is stored, who sees it, until when; `readers` is what a file that is there was found to have."""
        words, rules = self.words, self.rules
        scope, group = readers or place.expected(one)
        where = ", ".join(filter(None, [one.shown, rules.site, rules.location]))
        return [
            (words.say("upload.where"), where),
            (words.say("upload.who"), words.say(f"upload.who.{scope}", who=place.person(), group=group)),
            (words.say("upload.end"), self._until()),
        ]

    def card_of(self, answers: Answers, name: str, size: int, sha256: str) -> Card:
        """The card of a file that comes now."""
        return Card(
            file=name,
            size=size,
            sha256=sha256,
            answers=answers,
            answered_by=place.person(),
            answered_at=datetime.now(UTC),
            kept_until=self.kept_until(answers),
            project=self.project,
            site=self.rules.site,
        )

    def kept_until(self, answers: Answers) -> date | None:
        """The last day on which a file with these answers may be kept here, where there is one."""
        return min((day for day in (answers.until, self.data_end) if day), default=None)

    def _until(self) -> str:
        words = self.words
        if self.data_end is None:
            return words.say("upload.end.none", contact=self.rules.contact or words.say("upload.contact"))
        return words.say("upload.end.text", date=words.day(self.data_end), project=self.title)


def here() -> Here:
    """As this session has it; outside one, the most careful rules and no day."""
    try:
        known = told(
            lambda facts: Here(
                Rules.told(facts), str(facts.get("project") or ""), language=str(facts.get("language", ""))
            )
        )
    except NotInASession:
        return Here()
    try:
        one = allocation()
    except (NoFigures, NotInASession):
        return known
    if one.project != known.project:
        return known
    end = one.told.get("data_end")
    return Here(
        known.rules, known.project, one.title or one.project, date.fromisoformat(end) if end else None, known.language
    )


class Form:
    """What `upload()` shows: the four questions, and the files that came since."""

    def __init__(self, known: Here) -> None:
        self.here = known
        self.places = place.places(known.rules.project_dir)
        self.answers = Answers()
        self.files: list[Path] = []
        self.widget: Any = None  # that shows it, where one does
        self._arrival: Arrival | None = None

    @property
    def path(self) -> Path:
        """The last file that came. Raises NotYet while there is none."""
        if not self.files:
            raise _none()
        return self.files[-1]

    def say(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """Takes the answers, and tells what follows from them; what is on its way against them goes no further.

        Raises NoSuchAnswer.
        """
        self.answers = Answers.parse(said)
        if self.verdict().state != "allowed":
            self.drop()
        return self.judged()

    def judged(self) -> dict[str, Any]:
        """The verdict on the answers so far, in plain values and the session's language."""
        found, words = self.verdict(), self.here.words
        to = letter(self.answers, self.here.rules, self.here.project, words) if found.state in ("ask", "stop") else ""
        return {
            "state": found.state,
            "title": words.say(f"upload.verdict.{found.state}"),
            "lines": [reason.said(words) for reason in found.reasons],
            "approvable": found.approvable,
            "letter": to,
            "contact": words.say("upload.letter", contact=self.here.rules.contact) if to else "",
        }

    def verdict(self) -> Verdict:
        """What follows from the answers today."""
        return verdict(self.answers, self.here.rules, date.today())

    def begin(self, name: str, size: int, to: str = "home") -> Arrival:
        """A file on its way, one at a time. Raises NotYet where the answers do not allow it, and as `Arrival`."""
        self.drop()
        state = self.verdict().state
        if state != "allowed":
            noted.note(state, to if to in self.places else "home")
            raise NotYet(Sentence("The answers do not allow it."), Sentence("Read what stands below the questions."))
        if to not in self.places:
            raise NotYet(
                Sentence("There is no place {place} here.", place=repr(to)),
                Sentence("These are: {places}.", places=", ".join(self.places)),
            )
        self._arrival = Arrival(self.places[to], name, size)
        return self._arrival

    def piece(self, at: int, data: bytes | memoryview) -> tuple[int, bool]:
        """How many bytes came so far, and whether these are all. Raises NotYet and what `Arrival.piece` does."""
        if self._arrival is None:
            raise _none()
        came = self._arrival.piece(at, data)
        return came, came == self._arrival.size

    def keep(self) -> dict[str, Any]:
        """Puts the file under its name, and tells where it is and who really sees it. Raises as `Arrival.keep` does."""
        if self._arrival is None:
            raise _none()
        arrival, self._arrival = self._arrival, None
        answers = self.answers
        file = arrival.keep(lambda name, size, sha256: self.here.card_of(answers, name, size, sha256))
        self.files.append(file)
        noted.note("allowed", arrival.place.kind, self.here.kept_until(answers))
        words = self.here.words
        beside = words.say("upload.kept.card", card=card.beside(file).name)
        return {
            "title": words.say("upload.kept", file=file.name),
            "rows": [*self.here.rows(arrival.place, place.readers(file)), (words.say("upload.kept.beside"), beside)],
        }

    def drop(self) -> None:
        """Leaves nothing of what was on its way."""
        arrival, self._arrival = self._arrival, None
        if arrival is not None:
            arrival.drop()


def _none() -> NotYet:
    return NotYet(Sentence("No file has come yet."), Sentence("Choose one in the form, and press its button first."))
