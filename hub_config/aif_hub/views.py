"""What Home shows, as frozen values: pure functions of the book, the last look at Slurm and the time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aif.core.jobs import JobSighting
from aif.core.site import Site
from aif.core.states import EndCause
from aif_hub import held_up, notes, prices, reasons, words
from aif_hub.book import Session
from aif_hub.diagnosis import of_session
from aif_hub.paths import Paths
from aif_hub.speech import _
from aif_hub.stopping import Trouble
from aif_hub.views_clusters import ClusterRow
from aif_hub.views_kept import kept_and_spared
from aif_hub.views_parts import State, When
from aif_hub.views_progress import Lesson
from aif_hub.views_projects import ProjectCard
from aif_hub.words import Said

#: Time left at which a running session's clock turns to warn and to stop.
WARN, STOP = timedelta(minutes=30), timedelta(minutes=5)
#: So many ended sessions are on Home.
SHOWN = 8


@dataclass(frozen=True)
class Look:
    """What Slurm last said of one job: `unknown` when it could not be asked about it since."""

    sighting: JobSighting | None = None
    as_of: datetime | None = None
    unknown: bool = False
    ahead: int | None = None  # people before it in line; None when that is not known
    stop: Trouble = Trouble.NONE  # what keeps its stop, while it is being stopped
    why: str = ""  # what keeps Slurm's answer, in its own words


@dataclass(frozen=True)
class Card:
    """An open session on Home."""

    server: str
    called: str
    title: str
    project: str
    state: State
    since: When
    node: str = ""
    note: Said | None = None
    ends: When | None = None
    left: str = ""
    left_tone: str = "plain"
    used: str = ""
    open_url: str = ""
    wait_url: str = ""
    stopping: bool = False
    found: bool = False  # without a record, so that it can only be stopped
    held_up: bool = False  # paused, or without an answer: to open it now shows nothing yet
    clusters: tuple[ClusterRow, ...] = ()
    diagnosis: str = ""  # where it does not go as it should, and the contact may have to help


@dataclass(frozen=True)
class Past:
    """An ended session: why, what it used, and what starting it again would ask for."""

    session: str
    server: str
    title: str
    project: str
    state: State
    ended: When
    said: Said
    ran: str
    used: str
    note: str
    log: tuple[str, ...]
    diagnosis: str
    again: dict[str, str]
    again_url: str
    receipt_url: str
    files: str = ""  # when they were last saved, and what an early stop spared


@dataclass(frozen=True)
class Repeat:
    """The last choice once more, as a form's fields."""

    label: str
    again: dict[str, str]


@dataclass(frozen=True)
class Home:
    """The home page: what runs, what can be started, what was."""

    projects: tuple[ProjectCard, ...]
    cards: tuple[Card, ...]
    past: tuple[Past, ...]
    more_url: str  # all sessions, where there are more than are shown
    repeat: Repeat | None  # None while something is open, and for what is not offered any more
    lesson: Lesson | None  # None where the site has no tutorials
    start_url: str
    trouble: str
    look_again: int  # seconds until the page is worth reading again; the hub answers from what it knows
    terms_url: str = ""  # the terms of use, while the person still has to accept them


def home(
    sessions: Sequence[Session],
    look: Callable[[Session], Look],
    now: datetime,
    site: Site,
    paths: Paths,
    projects: tuple[ProjectCard, ...] = (),
    lesson: Lesson | None = None,
    clusters: Callable[[Session], tuple[ClusterRow, ...]] = lambda session: (),
) -> Home:
    """The home page of the person whose `sessions`, `projects` and `lesson` these are, sessions newest first."""
    open_now = [session for session in sessions if session.open]
    free_name = server_name_for(open_now)
    cards = tuple(
        replace(card(session, look(session), now, site, paths), clusters=clusters(session)) for session in open_now
    )
    ended = [session for session in sessions if not session.open]
    return Home(
        projects=projects,
        cards=cards,
        past=tuple(past(session, now, site, paths) for session in ended[:SHOWN]),
        more_url=paths.sessions() if len(ended) > SHOWN else "",
        repeat=_repeat(ended, site) if not open_now else None,
        lesson=lesson,
        start_url=paths.start(free_name),
        trouble=_(words.NOT_REACHED) if any(look(session).unknown for session in open_now) else "",
        look_again=5 if any(one.stop_asked for one in open_now) else 10 if any(one.wait_url for one in cards) else 30,
    )


def card(session: Session, look: Look, now: datetime, site: Site, paths: Paths) -> Card:
    """An open session as a card."""
    request = session.request
    sighting = look.sighting
    node = session.node or (sighting.node if sighting else "")
    until = ends(session, look)
    left = max(timedelta(), until - now) if until else None
    opens = session.step == "ready" and not session.stop_asked
    waits = session.step in ("written", "submitted", "waiting")
    held = None if look.unknown else held_up.said(session, now, site)
    note = held
    if session.stop_asked:
        note = words.ending(Trouble.UNANSWERED if look.unknown else look.stop)
    elif session.found_at:
        note = words.found()
    elif waits and held is None and not look.unknown:
        note = reasons.why(
            sighting.reason if sighting else "", request, site.project_title(request.account), look.ahead
        )
    return Card(
        server=session.server_name,
        called=session.called or session.server_name,
        title=site.profile_title(request.profile, request.title),
        project=site.project_title(request.account),
        state=_state(session, look),
        since=When.of(session.started_at or session.written_at, now),
        node=node,
        note=note,
        ends=When.of(until, now) if until else None,
        left=words.length(left) if left is not None else "",
        left_tone="plain" if left is None or left > WARN else "warn" if left > STOP else "stop",
        used=prices.used(session, now, site),
        open_url=paths.server(session.server_name, "lab") if opens else "",
        wait_url="" if session.step == "ready" or session.found_at else paths.waiting(session.server_name),
        stopping=session.stop_asked,
        found=session.found_at is not None,
        held_up=held is not None,
        diagnosis=of_session(session, sighting, look.why) if session.found_at or look.stop is not Trouble.NONE else "",
    )


def past(session: Session, now: datetime, site: Site, paths: Paths) -> Past:
    """An ended session."""
    request = session.request
    cause = session.end_cause or EndCause.NOT_RECORDED
    moment = session.ended_at or session.written_at
    word, said = words.ended(cause, request, session.node, words.at(moment, now), session.opened)
    return Past(
        session=session.session,
        server=session.server_name,
        title=site.profile_title(request.profile, request.title),
        project=site.project_title(request.account),
        state=State(word, *_END_LOOKS.get(cause, ("failed", "stop"))),
        ended=When.of(moment, now),
        said=said,
        ran=words.length((session.ended_at or now) - session.started_at) if session.started_at else "",
        used=prices.used(session, now, site),
        note=notes.said(session.end_note),
        log=session.log_tail,
        diagnosis=of_session(session),
        again=request.options,
        again_url=paths.start(session.server_name),
        receipt_url=paths.receipt(session.session),
        files=kept_and_spared(session, now, site),
    )


def server_name_for(open_now: Sequence[Session]) -> str:
    """A name for one more server than those of `open_now`."""
    names = {session.server_name for session in open_now}
    return next(name for name in ["", *(f"session-{number}" for number in range(2, 100))] if name not in names)


def ends(session: Session, look: Look) -> datetime | None:
    """When it ends at the latest: as Slurm last said, since a limit can be changed there, or as it was asked."""
    if session.started_at is None:
        return None
    planned = session.started_at + session.request.time_limit
    left = look.sighting.left if look.sighting else None
    if left is None or left == timedelta.max or look.as_of is None:
        return planned
    seen = look.as_of + left
    # Slurm counts whole seconds and a look takes its time: a difference below a minute is not a change.
    return planned if abs(planned - seen) < timedelta(minutes=1) else seen


# Below: the parts ---------------------------------------------------------------------------------------------------

_END_LOOKS = {
    EndCause.FINISHED: ("ended", "plain"),
    EndCause.STOPPED: ("ended", "plain"),
    EndCause.IDLE: ("clock", "plain"),
    EndCause.CANCELLED: ("ended", "plain"),
    EndCause.NOT_RECORDED: ("ended", "plain"),
    EndCause.RECORD_LOST: ("unknown", "warn"),
    EndCause.TIME_LIMIT: ("clock", "warn"),
    EndCause.PREEMPTED: ("clock", "warn"),
}


def _state(session: Session, look: Look) -> State:
    if session.stop_asked:
        return State(_("Stopping"), "starting")
    if look.unknown:
        return State(_("Not known just now"), "unknown", "warn")
    if session.found_at:
        return State(_("Cannot be opened"), "unknown", "warn")
    if (held := held_up.state(session)) is not None:
        return held
    return {
        "written": State(_("Asked"), "waiting"),
        "submitted": State(_("Waiting"), "waiting"),
        "waiting": State(_("Waiting"), "waiting"),
        "starting": State(_("Starting"), "starting"),
    }.get(session.step, State(_("Running"), "running", "good"))


def _repeat(ended: Sequence[Session], site: Site) -> Repeat | None:
    if not ended or site.profile(ended[0].request.profile) is None:
        return None
    request = ended[0].request
    title = site.profile_title(request.profile, request.title)
    label = _("Start again: {title}, {length}").format(title=title, length=words.length(request.time_limit))
    return Repeat(label, request.options)
