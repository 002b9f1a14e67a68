"""The receipt of a session: why it ended, what it used and how that is computed; for people and for programs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from aif.core.ledger import told
from aif.core.ledger.allocation import BILLING_HOUR, GPU_HOUR
from aif.core.ledger.usage import Balance
from aif.core.site import Site
from aif.core.units import gpu_hours
from aif_hub import prices, words
from aif_hub.book import Session
from aif_hub.paths import Paths
from aif_hub.prices import ran
from aif_hub.speech import N_, _
from aif_hub.views import Past, past
from aif_hub.views_kept import spared
from aif_hub.words import Said

_HOW = {
    GPU_HOUR: N_(
        "GPU-hours are GPUs × weight × hours from start to end. "
        "The weight says what part of a whole GPU one of them is. Waiting is not counted."
    ),
    "core-hour": N_("Core-hours are processor cores × hours from start to end. Waiting is not counted."),
    "node-hour": N_("Node-hours are computers × hours from start to end. Waiting is not counted."),
}


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
    counted: str  # by whose clock
    how: str  # what one of the unit is
    charged: str  # what the budget counts in its place, where Slurm alone works that out
    left: str  # of what paid for it
    left_value: str
    files_until: str
    gpu_type: str
    node: str
    job: str
    cluster: str
    partition: str
    printed: str
    json_url: str


def receipt(
    session: Session, now: datetime, site: Site, paths: Paths, paid: Balance | None = None, *, recorded: bool = False
) -> Receipt:
    """The receipt as it is shown and printed, with dates in full.

    `paid` is the balance of what pays for it; `recorded`: its times are those by which the budget counts it.
    """
    request = session.request
    ended = past(session, now, site, paths) if not session.open else None
    time = ran(session, now)
    project, unit = site.project_title(request.account), _unit(session, site, paid)
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
        used=prices.cost(prices.amount(request, unit, time), unit) or prices.nothing(unit),
        sum=_sum(session, time, unit),
        how=_(_HOW[prices.told_in(unit)]),
        counted=_counted(session, unit, recorded=recorded),
        charged=_("Billing hours, which Slurm works out") if unit == BILLING_HOUR else "",
        left=_left(paid, now, project) if paid else "",
        left_value=f"{told.amount(paid.left)}" if paid and paid.left is not None else "",
        files_until=words.day(paid.allocation.data_end) if paid and paid.allocation.data_end else "",
        gpu_type=request.gpu_type,
        node=session.node,
        job=f"{session.job_id}" if session.job_id else "",
        cluster=session.cluster,
        partition=request.partition,
        printed=words.moment(now, now),
        json_url=f"{paths.receipt(session.session)}?as=json",
    )


def facts(
    session: Session, now: datetime, site: Site, paid: Balance | None = None, *, recorded: bool = False
) -> dict[str, Any]:
    """The receipt for programs: the same in every language. `gpu_hours` is GPUs × weight × hours from start to end.

    They are final once `settled`, when Slurm's record has the session's times. What is left is of `allocation`.
    """
    request, unit = session.request, _unit(session, site, paid)
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
        "gpu_hours_spared": round(float(spared(session, GPU_HOUR)), 6),
        "cost": None if unit == BILLING_HOUR else round(float(prices.amount(request, unit, time)), 6),
        "cost_unit": unit,
        "saved": _iso(session.saved_at),
        "idle_since": _iso(session.idle_since),
        "settled": recorded,
        "allocation": paid.allocation.name if paid else None,
        "unit": paid.allocation.unit if paid else None,
        "left": told.amount(paid.left) if paid else None,
        "left_as_of": told.moment(paid.usage.as_of) if paid else None,
        "files_until": told.day(paid.allocation.data_end) if paid else None,
    }


def waited(session: Session, now: datetime) -> timedelta:
    """From the click to the start, or to the end of a session that never started."""
    return max(timedelta(), (session.started_at or session.ended_at or now) - session.written_at)


def _unit(session: Session, site: Site, paid: Balance | None) -> str:
    return paid.allocation.unit if paid else prices.unit_of(session.request, site)


def _sum(session: Session, time: timedelta, unit: str) -> str:
    request = session.request
    if not prices.hourly(request, unit):
        return "" if unit == BILLING_HOUR else _("This size has no GPU, so it costs no GPU-hours.")
    if session.started_at is None:
        return _("It never started, and waiting costs nothing.")
    gaps = {
        "hours": words.amount(Fraction(int(time.total_seconds() * 1000), 3_600_000)),
        "cost": prices.cost(prices.amount(request, unit, time), unit),
    }
    if prices.told_in(unit) != GPU_HOUR:
        return _("{count} × {hours} hours = {cost}").format(count=prices.hourly(request, unit), **gaps)
    return _("{gpus} × {weight} × {hours} hours = {cost}").format(gpus=request.gpus, weight=request.gpu_weight, **gaps)


def _counted(session: Session, unit: str, *, recorded: bool) -> str:
    if session.started_at is None or not prices.hourly(session.request, unit) or session.open:
        return ""
    if recorded:
        return _("From start to end as Slurm recorded them, which is how the budget counts.")
    return _("By the hub's clock for now. Slurm's record, by which the budget counts, follows within minutes.")


def _left(paid: Balance, now: datetime, project: str) -> str:
    if paid.left is None:
        return ""
    left = words.in_unit(words.balance(paid.left), paid.allocation.unit)
    return _("{left} of {project}, as counted {at}").format(
        left=left, project=project, at=words.at(paid.usage.as_of, now)
    )


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
