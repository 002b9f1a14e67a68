"""What the waiting page shows: four steps, why it waits, and how honest the estimate is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aif.core.jobs import JobSighting
from aif.core.site import Site
from aif_hub import held_up, prices, reasons, words
from aif_hub.book import Session
from aif_hub.diagnosis import of_session
from aif_hub.estimates import Honesty
from aif_hub.speech import _
from aif_hub.stopping import Trouble
from aif_hub.views import Look
from aif_hub.views_others import Other
from aif_hub.views_parts import When
from aif_hub.words import Said

#: "Usually" is said of what came true at least this often.
USUALLY = 0.8


@dataclass(frozen=True)
class Step:
    """One of the four steps of a start: done, now or next."""

    word: str
    place: str


@dataclass(frozen=True)
class Waiting:
    """The waiting page."""

    title: str
    project: str
    length: str
    most: str
    server: str
    steps: tuple[Step, ...]
    headline: str
    said: Said
    estimate: str
    record: str  # how estimates before a start turned out; empty for any other, or with too few of them
    asked: When
    elapsed: str
    job: str
    slow: bool
    stuck: bool  # waiting alone will not help, or not soon: the reason comes with something to do
    trouble: str
    stopping: bool
    diagnosis: str = ""  # for the contact, where it does not go as usual
    others: tuple[Other, ...] = ()  # what may begin sooner, where it is slow or stuck


def waiting(
    session: Session,
    look: Look,
    now: datetime,
    site: Site,
    told: datetime | None = None,
    record: Honesty | None = None,
) -> Waiting:
    """The waiting page of an open session; `told` is when Slurm expected it as it was asked for, `record` of such."""
    request = session.request
    project, unit = site.project_title(request.account), prices.unit_of(request, site)
    at = {"written": 0, "submitted": 1, "waiting": 1, "starting": 2, "ready": 3}.get(session.step, 3)
    node = session.node or (look.sighting.node if look.sighting else "")
    said = (
        Said(_(words.ASKING)),
        reasons.why(look.sighting.reason if look.sighting else "", request, project, look.ahead),
        Said(_(words.STARTING).format(node=node or _(words.A_NODE))),
        Said(_(words.OPENING)),
    )[at]
    held = None if look.unknown else held_up.said(session, now, site)
    in_line = at == 1 and not (look.unknown or said.todo or session.stop_asked)
    told = told if in_line and told and told > now and look.sighting and look.sighting.starts is None else None
    waited = max(timedelta(), now - session.written_at)
    slow, stuck = waits_long(session, now, site), at == 1 and bool(said.todo)
    trouble = _(words.NOT_REACHED) if look.unknown and not session.stop_asked else ""
    unusual = slow or stuck or trouble or look.stop is not Trouble.NONE
    return Waiting(
        title=site.profile_title(request.profile, request.title),
        project=project,
        length=words.length(request.time_limit),
        most=prices.at_most(request, request.minutes, unit) or prices.nothing(unit),
        server=session.server_name,
        steps=tuple(
            Step(_(word), "done" if i < at else "now" if i == at else "next") for i, word in enumerate(words.STEP_WORDS)
        ),
        headline=_(words.CANCELLING) if session.stop_asked else held_up.headline(session) or _(words.HEADLINES[at]),
        said=words.ending(Trouble.UNANSWERED if look.unknown else look.stop) if session.stop_asked else held or said,
        estimate=_told(told, now) if told else _estimate(look.sighting, now) if in_line else "",
        record=_record(record) if told and record else "",
        asked=When.of(session.written_at, now),
        elapsed=words.length(waited),
        job=f"{session.job_id}" if session.job_id else "",
        slow=slow,
        stuck=stuck,
        trouble=trouble,
        stopping=session.stop_asked,
        diagnosis=of_session(session, look.sighting, look.why) if unusual else "",
    )


def waits_long(session: Session, now: datetime, site: Site) -> bool:
    """Whether it waits for so long that other sizes are offered."""
    waits = session.step in ("submitted", "waiting")
    return waits and now - session.written_at >= timedelta(seconds=site.session.long_wait_seconds)


def _estimate(sighting: JobSighting | None, now: datetime) -> str:
    if sighting is None:
        return ""  # nothing was asked yet
    if sighting.starts is None:
        return _(words.NO_ESTIMATE)
    wait = sighting.starts - now
    if wait < timedelta(minutes=1):
        return _(words.ANY_MOMENT)
    return _(words.ESTIMATE).format(at=words.at(sighting.starts, now), wait=words.about(wait))


def _told(told: datetime, now: datetime) -> str:
    """What was said before the start, in place of an expectation for the job that waits: another of Slurm's answers."""
    said = _("When you asked, Slurm expected it to start {at} ({wait}). It has said nothing newer yet.")
    return said.format(at=words.at(told, now), wait=words.about(told - now))


def _record(record: Honesty) -> str:
    """What the record allows to claim: usually, or not."""
    if not record.known:
        return ""
    if record.close >= USUALLY * record.tried:
        return _("Sessions usually start within 2 minutes of what is expected here.")
    return words.came_true(record.tried, record.close)
