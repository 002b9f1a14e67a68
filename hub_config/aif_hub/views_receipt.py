"""The receipt of a session: why it ended, what it used and how that is computed; for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from aif.core.site import Site
from aif.core.units import gpu_hours
from aif_hub import words
from aif_hub.book import Session
from aif_hub.paths import Paths
from aif_hub.speech import _
from aif_hub.views import Past, past
from aif_hub.views_kept import spared
from aif_hub.words import Said


@dataclass(frozen=True)
class Receipt:
    """One session's receipt. `past` is None while the session has not ended; its figures are then as of now."""

    past: Past | None
    said: Said
    session: str
    login: str
    title: str
    paid_by: str
    asked: str
    started: str
    ended: str
    limit: str
    waited: str
    ran: str
    used: str
    sum: str
    gpu_type: str
    node: str
    job: str
    cluster: str
    partition: str
    printed: str
    json_url: str


def receipt(session: Session, now: datetime, site: Site, paths: Paths) -> Receipt:
    """The receipt as it is shown and printed, with dates in full."""
    request = session.request
    ended = past(session, now, site, paths) if not session.open else None
    time = ran(session, now)
    project = site.project_title(request.account)
    return Receipt(
        past=ended,
        said=ended.said if ended else Said(_("It has not ended yet. These are its figures up to now.")),
        session=session.session,
        login=session.login,
        title=site.profile_title(request.profile, request.title),
        paid_by=project if project == request.account else f"{project} ({request.account})",
        asked=words.moment(session.written_at, now),
        started=words.moment(session.started_at, now) if session.started_at else "",
        ended=words.moment(session.ended_at, now) if session.ended_at else "",
        limit=words.length(request.time_limit),
        waited=words.length(waited(session, now)),
        ran=words.length(time) if session.started_at else "",
        used=words.cost(gpu_hours(request.gpus, request.gpu_weight, time)),
        sum=_sum(session, time),
        gpu_type=request.gpu_type,
        node=session.node,
        job=f"{session.job_id}" if session.job_id else "",
        cluster=session.cluster,
        partition=request.partition,
        printed=words.moment(now, now),
        json_url=f"{paths.receipt(session.session)}?as=json",
    )


def facts(session: Session, now: datetime, site: Site) -> dict[str, Any]:
    """The receipt for programs: the same in every language. `gpu_hours` is GPUs × weight × hours from start to end."""
    request = session.request
    time = ran(session, now)
    return {
        "session": session.session,
        "login": session.login,
        "server": session.server_name,
        "cluster": session.cluster,
        "job": session.job_id,
        "node": session.node or None,
        "size": request.profile,
        "partition": request.partition,
        "account": request.account,
        "project": site.project_title(request.account),
        "minutes_asked": request.minutes,
        "asked": _iso(session.written_at),
        "started": _iso(session.started_at),
        "ended": _iso(session.ended_at),
        "end_cause": session.end_cause.value if session.end_cause and not session.open else None,
        "seconds_waited": int(waited(session, now).total_seconds()),
        "seconds_ran": int(time.total_seconds()),
        "gpus": request.gpus,
        "gpu_type": request.gpu_type or None,
        "gpu_weight": f"{request.gpu_weight}",
        "gpu_hours": round(float(gpu_hours(request.gpus, request.gpu_weight, time)), 6),
        "gpu_hours_spared": round(float(spared(session)), 6),
        "saved": _iso(session.saved_at),
        "idle_since": _iso(session.idle_since),
    }


def waited(session: Session, now: datetime) -> timedelta:
    """From the click to the start, or to the end of a session that never started."""
    return max(timedelta(), (session.started_at or session.ended_at or now) - session.written_at)


def ran(session: Session, now: datetime) -> timedelta:
    """From the start to the end, which is what is charged."""
    if session.started_at is None:
        return timedelta()
    return max(timedelta(), (session.ended_at or now) - session.started_at)


def _sum(session: Session, time: timedelta) -> str:
    request = session.request
    if not request.gpus:
        return _("This size has no GPU, so it costs no GPU-hours.")
    if session.started_at is None:
        return _("It never started, and waiting costs nothing.")
    hours = Fraction(int(time.total_seconds() * 1000), 3_600_000)
    return _("{gpus} × {weight} × {hours} hours = {cost}").format(
        gpus=request.gpus,
        weight=request.gpu_weight,
        hours=words.amount(hours),
        cost=words.cost(gpu_hours(request.gpus, request.gpu_weight, time)),
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
