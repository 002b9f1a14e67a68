"""The session that a notebook runs in: what was asked for, where it runs, and when it ends."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any, TypeVar

from aif.core.sentence import Sentence
from aif.refusals import Refusal
from aif.widgets.figures import Speech, speech

T = TypeVar("T")
#: Names the variable that says which language is spoken where there is no session, as for the tutorials' preview.
LANGUAGE = "AIF_LANGUAGE"


class NotInASession(Refusal):
    """This Python does not run in a workbench session, or its facts cannot be read."""

    def __init__(self, why: str, asked: str = "session()") -> None:
        super().__init__(
            Sentence("This is not a workbench session: {why}.", why=why),
            Sentence("{asked} works in notebooks and terminals that were started from the workbench.", asked=asked),
            Sentence("Start a session there, or leave {asked} out when you run this elsewhere.", asked=asked),
        )


@dataclass(frozen=True)
class Session:
    """One server on one node: its size, its place and its end. All times carry their time zone."""

    profile: str
    title: str
    project: str
    node: str
    gpus: int
    gpu_type: str | None
    job_id: int | None
    started_at: datetime
    ends_at: datetime | None
    language: str = ""  # of the page it was asked for on
    allocation: str = ""  # that pays for it, where its project has several

    @property
    def time_left(self) -> timedelta | None:
        """Time until Slurm ends the session, never below zero; None when its end is not known."""
        if self.ends_at is None:
            return None
        return max(self.ends_at - datetime.now(UTC), timedelta(0))

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"  {name + ':':<11}{value}" for name, value in self._rows())])

    def _repr_mimebundle_(self, **_: object) -> tuple[dict[str, Any], dict[str, Any]]:
        """With a countdown where widgets are; the same facts as a table where they are not."""
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from aif.widgets.session import shown
        except ImportError:  # an environment of one's own, without anywidget
            return static, {}
        live, metadata = shown(self.title, self._facts(), self.ends_at, self.language)
        return {**live, **static}, metadata

    def _repr_html_(self) -> str:
        rows = "".join(
            f'<tr><th scope="row" style="text-align:left">{escape(name)}</th>'
            f'<td style="text-align:left">{escape(value)}</td></tr>'
            for name, value in self._rows()
        )
        return (
            '<table><caption style="text-align:left;caption-side:top;font-weight:600">'
            f"{escape(self.title)}</caption><tbody>{rows}</tbody></table>"
        )

    def _rows(self) -> list[tuple[str, str]]:
        words = speech(self.language)
        return [*self._facts(), (words.say("session.left"), _time_left(self.time_left, self.ends_at, words))]

    def _facts(self) -> list[tuple[str, str]]:
        words = speech(self.language)
        job = words.or_unknown(None if self.job_id is None else str(self.job_id))
        return [
            (words.say("session.project"), self.project),
            (words.say("session.gpus"), _gpus(self.gpus, self.gpu_type, words)),
            (words.say("session.place"), words.say("session.job", node=self.node, job=job)),
        ]


def session() -> Session:
    """The session this notebook runs in; raises NotInASession elsewhere.

    >>> from aif import session
    >>> session().time_left > timedelta(minutes=10)  # doctest: +SKIP
    True
    """
    return told(_session)


def spoken() -> str:
    """The session's language; outside one that of who runs a notebook in its place, empty where they do not say."""
    try:
        return session().language
    except NotInASession:
        return os.environ.get(LANGUAGE, "")


def told(parse: Callable[[dict[str, Any]], T], asked: str = "session()") -> T:
    """What `parse` makes of the session's public facts; raises NotInASession, which names what was `asked`."""
    folder = os.environ.get("AIF_SESSION_DIR")
    if not folder:
        raise NotInASession("AIF_SESSION_DIR is not set", asked)
    file = Path(folder, "public.json")
    try:
        return parse(json.loads(file.read_text(encoding="utf-8")))
    except OSError as fault:
        raise NotInASession(f"{file} cannot be read ({fault.strerror})", asked) from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise NotInASession(f"{file} is not complete ({type(fault).__name__}: {fault})", asked) from fault


def _session(facts: dict[str, Any]) -> Session:
    ends_at = facts["ends_at"]
    return Session(
        profile=str(facts["profile"]),
        title=str(facts["title"]),
        project=str(facts["project"]),
        node=str(facts["node"]),
        gpus=int(facts["gpus"]),
        gpu_type=facts["gpu_type"],
        job_id=facts["job_id"],
        started_at=_moment(facts["started_at"]),
        ends_at=None if ends_at is None else _moment(ends_at),
        language=str(facts.get("language", "")),
        allocation=str(facts.get("allocation") or ""),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _gpus(number: int, gpu_type: str | None, words: Speech) -> str:
    if number == 0:
        return words.say("session.gpus.none")
    return f"{number} × {gpu_type}" if gpu_type else str(number)


def _time_left(left: timedelta | None, ends_at: datetime | None, words: Speech) -> str:
    if left is None or ends_at is None:
        return words.or_unknown(None)
    end = words.time(ends_at.astimezone())
    if not left:
        return words.say("session.left.over", clock=end)
    return words.say("session.left.text", length=words.length(left), clock=end)
