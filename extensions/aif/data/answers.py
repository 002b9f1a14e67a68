"""Four questions about a file before it goes anywhere, and what follows from the answers by the rules of the site."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from typing import Any
from urllib.parse import quote

from aif.core.own_data import ORIGINS, RULES, OwnData
from aif.core.sentence import Sentence
from aif.refusals import Refusal
from aif.widgets.figures import Speech

#: The questions in their order, each with its answers. Who does not know says so: it counts as the careful answer.
QUESTIONS: Mapping[str, tuple[str, ...]] = {
    "persons": ("no", "yes", "unknown"),
    "secret": ("no", "yes", "unknown"),
    "licence": ("ours", "allows", "forbids", "unknown"),
    "origin": ORIGINS,
}
#: What somebody may write in their own words, and how much of it.
TEXTS = ("licence_name", "source", "approval")
LONGEST = 300
_NOT_FOR_BUSINESS = re.compile(r"\bNC\b|non-?commercial|niet-?commercieel", re.IGNORECASE)
_ALLOWED = ("upload.allowed.text", "upload.allowed.noted")
_PLAIN = {True: "yes", False: "no", None: "unknown"}


class NoSuchAnswer(Refusal):
    """An answer that the question does not have."""


@dataclass(frozen=True)
class Rules:
    """What the site takes, and whom people ask; what is not known is as careful as a site can be."""

    site: str = ""
    location: str = ""
    contact: str = ""
    personal: str = OwnData.personal
    secret: str = OwnData.secret
    blocked: tuple[str, ...] = OwnData.blocked
    blocked_sources: tuple[str, ...] = ()
    project_dir: str = ""

    @classmethod
    def told(cls, facts: Mapping[str, Any]) -> Rules:
        """From the session's public facts; a hub of before this question tells nothing of it."""
        known = facts.get("data")
        if not isinstance(known, Mapping):
            return cls()
        found: dict[str, Any] = {
            name: str(known.get(name) or "") for name in ("site", "location", "contact", "project_dir")
        }
        found |= {name: known[name] for name in ("personal", "secret") if known.get(name) in RULES}
        found |= {name: tuple(map(str, known[name])) for name in ("blocked", "blocked_sources") if name in known}
        return cls(**found)


@dataclass(frozen=True)
class Answers:
    """What somebody says of a file: one of `QUESTIONS` each, empty where it is not answered, and their own words."""

    persons: str = ""
    secret: str = ""
    licence: str = ""
    origin: str = ""
    licence_name: str = ""
    source: str = ""
    approval: str = ""
    until: date | None = None  # the last day on which they may keep it, where there is one

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> Answers:
        """As a form or a call gives them, yes and no also as True and False. Raises NoSuchAnswer."""
        known = {name: said[name] for name in (each.name for each in fields(cls)) if name in said}
        for question in ("persons", "secret"):
            if question in known and (known[question] is None or isinstance(known[question], bool)):
                known[question] = _PLAIN[known[question]]
        for question, answers in QUESTIONS.items():
            if known.get(question, "") not in ("", *answers):
                raise NoSuchAnswer(
                    Sentence("{question} cannot be {answer}.", question=question, answer=repr(known[question])[:80]),
                    Sentence("It is one of these: {answers}.", answers=", ".join(answers)),
                )
        for name in TEXTS:
            known[name] = " ".join(str(known.get(name) or "").split())[:LONGEST]
        known["until"] = _day(known.get("until"))
        return cls(**known)

    def told(self) -> dict[str, Any]:
        """In plain values, as a card and a form have them."""
        return {**asdict(self), "until": self.until.isoformat() if self.until else ""}


@dataclass(frozen=True)
class Reason:
    """A sentence of the catalogue with its gaps; a day among them is said by whoever says it."""

    key: str
    gaps: Mapping[str, Any] = field(default_factory=dict)

    def said(self, words: Speech) -> str:
        """In the language of `words`."""
        shown = {name: words.day(gap) if isinstance(gap, date) else gap for name, gap in self.gaps.items()}
        return words.say(self.key, **shown | {"contact": shown.get("contact") or words.say("upload.contact")})


@dataclass(frozen=True)
class Verdict:
    """What follows: ``allowed``, ``ask`` (somebody, first), ``stop``, or ``open`` while an answer is missing.

    `approvable` says that the reference of an approval would be enough.
    """

    state: str
    reasons: tuple[Reason, ...]
    approvable: bool = False


def verdict(answers: Answers, rules: Rules, today: date) -> Verdict:
    """What the rules say of these answers today: what stops goes before whom to ask, that before what is missing."""
    stops, asks, missing = list(_stops(answers, rules, today)), list(_asks(answers, rules)), list(_missing(answers))
    state = "stop" if stops else "ask" if asks else "open" if missing else "allowed"
    approvable = any(
        getattr(answers, question) in ("yes", "unknown") and rule == "approved"
        for question, rule in (("persons", rules.personal), ("secret", rules.secret))
    )
    shown = stops or [*asks, *missing] or [*map(Reason, _ALLOWED), *_notes(answers)]
    return Verdict(state, tuple(shown), approvable and not stops)


def letter(answers: Answers, rules: Rules, project: str, words: Speech) -> str:
    """An address that begins a mail to the contact, or leads to its page; empty where the contact is neither.

    It has the answers, and neither the file's name nor anything of what is in it.
    """
    if rules.contact.startswith("https://"):
        return rules.contact
    if not re.fullmatch(r"[^\s@<>,;?&]+@[^\s@<>,;?&]+", rules.contact):
        return ""
    lines = [f"{words.say('session.project')}: {project}"] if project else []
    for question, number in _numbered():
        given = getattr(answers, question)
        if given:
            lines.append(f"{words.say(f'upload.{question}', number=number)} {words.say(f'upload.{question}.{given}')}")
    lines += [f"{words.say('upload.source')} {answers.source}"] if answers.source else []
    body = "\r\n".join([words.say("upload.letter.body"), "", *lines, ""])
    return f"mailto:{rules.contact}?subject={quote(words.say('upload.letter.subject'))}&body={quote(body)}"


# Below: the rules -----------------------------------------------------------------------------------------------------


def _numbered() -> Iterator[tuple[str, int]]:
    return zip(QUESTIONS, range(1, len(QUESTIONS) + 1), strict=True)


def _stops(answers: Answers, rules: Rules, today: date) -> Iterator[Reason]:
    if answers.origin and answers.origin in rules.blocked:
        yield Reason("upload.stop.secure" if answers.origin == "secure" else "upload.stop.origin")
    source = answers.source.casefold()
    for name in rules.blocked_sources:
        if name.casefold() in source:
            yield Reason("upload.stop.source", {"name": name})
    if answers.licence == "forbids":
        yield Reason("upload.stop.licence")
    if answers.until and answers.until < today:
        yield Reason("upload.stop.until", {"date": answers.until})


def _asks(answers: Answers, rules: Rules) -> Iterator[Reason]:
    for question, rule in (("persons", rules.personal), ("secret", rules.secret)):
        given = getattr(answers, question)
        if given in ("yes", "unknown") and not (rule == "approved" and answers.approval):
            yield Reason(f"upload.ask.{question}.{given}")
            yield Reason(f"upload.ask.{question}.{rule}", {"contact": rules.contact})
    if answers.licence == "unknown":
        yield Reason("upload.ask.licence")
    if answers.licence == "ours" and answers.origin == "partner":
        yield Reason("upload.ask.licence.whose")


def _missing(answers: Answers) -> Iterator[Reason]:
    for question, number in _numbered():
        if not getattr(answers, question):
            yield Reason("upload.open.question", {"number": number})
    if answers.licence == "allows" and not answers.licence_name:
        yield Reason("upload.open.licence")
    if answers.origin and not answers.source:
        yield Reason("upload.open.source")


def _notes(answers: Answers) -> Iterator[Reason]:
    if _NOT_FOR_BUSINESS.search(answers.licence_name):
        yield Reason("upload.note.business")
    if answers.until:
        yield Reason("upload.note.until", {"date": answers.until})


def _day(said: Any) -> date | None:
    if said is None or said == "" or type(said) is date:
        return said or None
    try:
        return date.fromisoformat(said if isinstance(said, str) else str(said)[:10])  # pandas has days of its own
    except ValueError as fault:
        raise NoSuchAnswer(
            Sentence("{question} cannot be {answer}.", question="until", answer=repr(said)[:80]),
            Sentence("It is a day such as 2027-04-01."),
        ) from fault
