"""The session that a notebook runs in: what was asked for, where it runs, and when it ends."""

import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path
from typing import Any

from aif.core.errors import AifError
from aif.core.units import words


class NotInASession(AifError):
    """This Python does not run in a workbench session, or its facts cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"This is not a workbench session: {why}. session() works in notebooks and terminals that were started "
            "from the workbench; start a session there, or leave session() out when you run this elsewhere."
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

    @property
    def time_left(self) -> timedelta | None:
        """Time until Slurm ends the session, never below zero; None when its end is not known."""
        if self.ends_at is None:
            return None
        return max(self.ends_at - datetime.now(UTC), timedelta(0))

    def __repr__(self) -> str:
        return "\n".join([self.title, *(f"  {name + ':':<11}{value}" for name, value in self._rows())])

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
        job = "not recorded here" if self.job_id is None else str(self.job_id)
        return [
            ("Project", self.project),
            ("GPUs", _gpus(self.gpus, self.gpu_type)),
            ("Node", f"{self.node}, job {job}"),
            ("Time left", _time_left(self.time_left, self.ends_at)),
        ]


def session() -> Session:
    """The session this notebook runs in; raises NotInASession elsewhere.

    >>> from aif import session
    >>> session().time_left > timedelta(minutes=10)  # doctest: +SKIP
    True
    """
    folder = os.environ.get("AIF_SESSION_DIR")
    if not folder:
        raise NotInASession("AIF_SESSION_DIR is not set")
    file = Path(folder, "public.json")
    try:
        return _session(json.loads(file.read_text(encoding="utf-8")))
    except OSError as fault:
        raise NotInASession(f"{file} cannot be read ({fault.strerror})") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise NotInASession(f"{file} is not complete ({type(fault).__name__}: {fault})") from fault


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
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return moment


def _gpus(number: int, gpu_type: str | None) -> str:
    if number == 0:
        return "none"
    return f"{number} × {gpu_type}" if gpu_type else str(number)


def _time_left(left: timedelta | None, ends_at: datetime | None) -> str:
    if left is None or ends_at is None:
        return "not recorded here"
    end = f"{ends_at.astimezone():%H:%M}"
    return f"{words(left)} (until {end})" if left else f"none, ended at {end}"
