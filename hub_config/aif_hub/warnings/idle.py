"""Whether a session does nothing, since when, and what follows: a notice, then a stop. Pure.

What is not known is never idle: a report that is late, a kernel that is busy, a GPU that cannot be measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.warnings.activity import Report
from aif_hub.warnings.crossing import Line
from aif_hub.warnings.event import Kind, Notice


@dataclass(frozen=True)
class Rules:
    """After how long a notice is given, and after how long the session is stopped; None: never."""

    notice: timedelta | None
    stop: timedelta | None


def rules(session: Session, site: Site) -> Rules:
    """As the site says for the session's size; inside a reservation only if the site says so too."""
    profile = site.profile(session.request.profile)
    ours = site.session
    notice, stop = ours.idle_notice_minutes, ours.idle_stop_minutes
    if profile is not None:
        notice = notice if profile.idle_notice_minutes is None else profile.idle_notice_minutes
        stop = stop if profile.idle_stop_minutes is None else profile.idle_stop_minutes
    if session.request.reservation and not ours.idle_stop_in_reservations:
        stop = Fraction()  # its place is paid for, used or not
    return Rules(_length(notice), _length(stop))


def idle_since(session: Session, report: Report | None, now: datetime) -> datetime | None:
    """Since when nothing has run in it; None while something runs or that is not known."""
    if report is None or not report.is_fresh(now) or report.busy or session.ready_at is None:
        return None
    quiet = report.idle_seconds
    if session.request.gpus:
        if report.gpu == "unknown":
            return None
        if report.gpu == "measured":
            quiet = min(quiet, report.gpu_idle_seconds)
    return max(report.at - timedelta(seconds=quiet), session.ready_at, session.kept_at or session.ready_at)


def gpu_idle_since(session: Session, report: Report | None, now: datetime) -> datetime | None:
    """Since when its GPU has done nothing, whatever else runs; None where that is not measured."""
    if report is None or not report.is_fresh(now) or report.gpu != "measured" or not session.request.gpus:
        return None
    if session.ready_at is None:
        return None
    quiet = report.at - timedelta(seconds=report.gpu_idle_seconds)
    return max(quiet, session.ready_at, session.kept_at or session.ready_at)


def stops_at(since: datetime, noticed: datetime, rules: Rules) -> datetime | None:
    """When a session that goes on doing nothing is stopped: never sooner after the notice than the two are apart."""
    if rules.stop is None or rules.notice is None:
        return None
    return max(since + rules.stop, noticed + rules.stop - rules.notice)


def lines(session: Session, report: Report | None, site: Site, now: datetime) -> list[Line]:
    """The notice that it does nothing, and the one that its GPU does nothing while something else runs."""
    limits = rules(session, site)
    if limits.notice is None:
        return []
    since, gpu_since = idle_since(session, report, now), gpu_idle_since(session, report, now)
    idle = since is not None and now - since >= limits.notice
    gpu_idle = gpu_since is not None and now - gpu_since >= limits.notice
    whole, gpu = line_name(session.session), f"gpu-idle:{session.session}"
    return [
        # A hub that has just begun has no report yet: what it told before stays told.
        Line(
            whole,
            idle,
            report is not None and not idle,
            (_idle(session, whole, since, limits, now),) if idle and since else (),
        ),
        Line(
            gpu,
            gpu_idle and not idle,
            gpu_since is not None and not gpu_idle,
            (_gpu_idle(session, gpu, gpu_since, now),) if gpu_since else (),
        ),
    ]


def line_name(session: str) -> str:
    """Of the line behind which a session does nothing."""
    return f"idle:{session}"


def _idle(session: Session, line: str, since: datetime, limits: Rules, now: datetime) -> Notice:
    ends = stops_at(since, now, limits)
    return _notice(session, line, Kind.IDLE_STOP_COMING, since, now, {"stops": _iso(ends) if ends else None})


def _gpu_idle(session: Session, line: str, since: datetime, now: datetime) -> Notice:
    return _notice(session, line, Kind.GPU_IDLE, since, now, {})


def _notice(
    session: Session, line: str, kind: Kind, since: datetime, now: datetime, more: dict[str, str | None]
) -> Notice:
    rate = session.request.gpus * session.request.gpu_weight
    data = {"since": _iso(since), "minutes": int((now - since).total_seconds() // 60), "rate": str(rate), **more}
    return Notice(session.login, line, kind, session.session, data=data)


def _length(minutes: Fraction) -> timedelta | None:
    return timedelta(seconds=float(minutes * 60)) if minutes else None


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
