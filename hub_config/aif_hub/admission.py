"""Whether a start may be asked of Slurm: its options, then the calendar, then the budget; the same for every way in."""

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
from aif_hub.ways_out import check
from aif_hub.workbench import Workbench


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
    funds = await funds_of(workbench, projects, login)
    own = workbench.sessions.book.of(login)
    if in_place_of is not None:
        own = [replace(in_place_of, step="ended", ended_at=now)]
    paid = payment(options, workbench.site, projects, funds, now, own)
    (await workbench.calendars[paid.request.cluster].now()).check(paid.request, now)
    check(paid, site, now)
    return paid.request


async def projects_for(workbench: Workbench, login: str) -> list[Project]:
    """What the person may charge; 503 with words while Slurm cannot say."""
    projects = await workbench.projects.of(login)
    if not projects and workbench.projects.trouble:
        said = _("Slurm cannot say just now which projects you are in. Try again in a minute.")
        raise refusal(said, "projects-unknown", 503)
    return projects
