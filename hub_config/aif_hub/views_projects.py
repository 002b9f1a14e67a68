"""A person's projects as Home shows them: what they run on each now. What is left joins once there is a ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from aif.core.request import Project
from aif_hub import words
from aif_hub.book import Session
from aif_hub.reasons import capital
from aif_hub.speech import _, ngettext


@dataclass(frozen=True)
class ProjectCard:
    """A project that the person may charge."""

    title: str
    account: str  # empty where the project has no other name
    now: str
    rate: str  # what those use an hour; empty while nothing runs


def project_cards(projects: Sequence[Project], open_now: Sequence[Session]) -> tuple[ProjectCard, ...]:
    """The projects in their own order."""
    return tuple(
        _card(project, [session for session in open_now if session.request.account == project.account])
        for project in projects
    )


def _card(project: Project, sessions: Sequence[Session]) -> ProjectCard:
    runs = [session for session in sessions if session.started_at is not None]
    price = sum((session.request.gpus * session.request.gpu_weight for session in runs), Fraction())
    return ProjectCard(
        title=project.title,
        account=project.account if project.account != project.title else "",
        now=_now(len(runs), len(sessions) - len(runs)),
        rate=words.gpu_hours_an_hour(1, price) if runs else "",
    )


def _now(runs: int, waits: int) -> str:
    if not (runs or waits):
        return _("Nothing of yours runs on it now")
    said = []
    if runs:
        said.append(ngettext("{count} session runs", "{count} sessions run", runs).format(count=words.count(runs)))
    if waits:
        said.append(ngettext("{count} session waits", "{count} sessions wait", waits).format(count=words.count(waits)))
    return capital(", ".join(said))
