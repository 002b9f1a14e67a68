"""What a session that waits can be switched to: offered on its page and asked for by one click, by the same rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from aif.core.site import Profile, Site
from aif_hub.book import Session
from aif_hub.fitting import fit, minutes_in
from aif_hub.free import free_everywhere
from aif_hub.funds import PATIENCE_SECONDS, funds_of
from aif_hub.kept import PAGE_SECONDS
from aif_hub.paying import Payment, payments
from aif_hub.shared_calendar import caps_of
from aif_hub.views_others import Other, others

if TYPE_CHECKING:
    from aif_hub.workbench import Workbench


async def other_sizes(workbench: Workbench, session: Session, site: Site, now: datetime) -> tuple[Other, ...]:
    """What may begin sooner than `session`, in the words of `site`; nothing that would be refused."""
    waits = await _payment(workbench, session, now, PATIENCE_SECONDS)
    if waits is None:
        return ()
    free, _as_of = await free_everywhere(workbench.free, PAGE_SECONDS)
    caps = await caps_of(workbench.calendars, site.profiles, now, PAGE_SECONDS)
    return others(waits, site, free, caps, now)


async def minutes_of(workbench: Workbench, session: Session, size: Profile, now: datetime) -> int:
    """For how long `size` is asked for in place of `session`.

    Where nothing fits any more that is the length that was asked, which is refused with its reason.
    """
    waits = await _payment(workbench, session, now)
    fits = fit(size, waits, await caps_of(workbench.calendars, [size], now), now).minutes if waits else 0
    return fits or minutes_in(size, session.request.minutes)


async def _payment(
    workbench: Workbench, session: Session, now: datetime, patience: float | None = None
) -> Payment | None:
    """The session and what pays for it, as that is once it is given up; None where its person cannot charge it now."""
    request = session.request
    projects = await workbench.projects.of(session.login, patience)
    funds = await funds_of(workbench, projects, session.login)
    if not any(one.project.account == request.account for one in funds):
        return None
    given_up = [replace(session, step="ended", ended_at=now)]
    offered = payments(request, funds, workbench.site, given_up)
    return next((one for one in offered if request.allocation in ("", one.request.allocation)), None)
