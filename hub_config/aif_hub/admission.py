"""Whether a start may be asked of Slurm: how many, the terms of use, its options, the calendar, the budget.

The same for every way in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from aif.core.request import JobRequest, Project
from aif_hub.book import Session
from aif_hub.funds import funds_of
from aif_hub.paying import payment
from aif_hub.refusal import refusal
from aif_hub.speech import _
from aif_hub.warnings.letter import address_of_hub
from aif_hub.ways_out import check
from aif_hub.workbench import Workbench


def check_starts(workbench: Workbench, login: str, handler: Any) -> None:
    """429 with words for a person who asks for starts in a loop, or has as many sessions open as one may have.

    `handler` is the request's (JupyterHub's): what an operator or a service asks for in a person's name is not counted.
    """
    asker, rules = getattr(handler, "current_user", None), workbench.site.session
    if asker is None or (asker.kind, asker.name) != ("user", login):
        return
    if workbench.starts.turn(login) is None:
        words = _("More than {most} starts were asked for in a minute. Wait a minute, then start again.")
        raise refusal(words.format(most=rules.starts_a_minute), "starts", 429)
    if sum(one.login == login for one in workbench.sessions.book.open_sessions()) >= rules.sessions_at_once:
        words = _("You have {most} sessions open, and nobody may have more. Stop one on your home page first.")
        raise refusal(words.format(most=rules.sessions_at_once), "sessions", 429)


async def admitted(
    workbench: Workbench,
    login: str,
    options: Mapping[str, Any],
    projects: Sequence[Project],
    now: datetime,
    in_place_of: Session | None = None,
) -> JobRequest:
    """The request that untrusted `options` make, with what pays for it; `in_place_of` is given up for it.

    Raises RequestError with words.
    """
    site = workbench.spoken_site
    workbench.terms.check(login, f"{address_of_hub(site)}aif/terms")
    funds = await funds_of(workbench, projects, login)
    own = workbench.sessions.book.of(login)
    if in_place_of is not None:
        own = [replace(in_place_of, step="ended", ended_at=now)]
    paid = payment(options, workbench.site, projects, funds, now, own)
    await workbench.calendars[paid.request.cluster].check(paid.request, now)
    check(paid, site, now)
    return paid.request


async def projects_for(workbench: Workbench, login: str) -> list[Project]:
    """What the person may charge; 503 with words while Slurm cannot say."""
    projects = await workbench.projects.of(login)
    if not projects and workbench.projects.trouble:
        said = _("Slurm cannot say just now which projects you are in. Try again in a minute.")
        raise refusal(said, "projects-unknown", 503)
    return projects
