"""An event in words, in the language of the request, with what can be done about it; for pages, notebooks and mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any
from urllib.parse import urlencode

from aif.core.ledger.allocation import GPU_HOUR
from aif.core.site import Site
from aif_hub import prices, words
from aif_hub.book import Session
from aif_hub.paths import Paths
from aif_hub.speech import N_, _
from aif_hub.views_kept import kept_and_spared
from aif_hub.warnings.event import Event, Kind

#: A price below this is said by the hour, since nobody can picture it by the minute.
PICTURED = Fraction(1, 100)
NEEDS_NONE = N_("If you do not need it, a size without a GPU leaves it to others.")


@dataclass(frozen=True)
class Action:
    """Something to do: `url` is of a page (GET) or takes a form (POST); ``save-all`` is JupyterLab's own to do."""

    name: str
    label: str
    url: str = ""
    method: str = "GET"


@dataclass(frozen=True)
class Told:
    """What is said; `tone` is plain, warn or stop, and `shape` an icon's name: colour never says it alone."""

    title: str
    text: str
    tone: str
    shape: str
    actions: tuple[Action, ...] = ()


def told(event: Event, session: Session | None, now: datetime, site: Site, paths: Paths, free_name: str = "") -> Told:
    """The event as its person reads it at `now`. `free_name` is a name for one more server of theirs."""
    return _TOLD[event.kind](_Case(event, session, now, site, paths, free_name))


@dataclass(frozen=True)
class _Case:
    event: Event
    session: Session | None
    now: datetime
    site: Site
    paths: Paths
    free_name: str

    @property
    def data(self) -> Any:
        return self.event.notice.data

    @property
    def what(self) -> str:
        """What the session is called: its size, and its own name beside others."""
        if self.session is None:
            return _("Your session")
        request = self.session.request
        title = self.site.profile_title(request.profile, request.title)
        return f"{title} ({self.session.called})" if self.session.called else title

    @property
    def unit(self) -> str:
        """Of what pays for the session; where that is forgotten, of the notice's own rate."""
        return prices.unit_of(self.session.request, self.site) if self.session else GPU_HOUR

    def moment(self, name: str) -> datetime:
        return datetime.fromisoformat(self.data[name])

    def keep(self) -> Action:
        return Action("keep", _("Keep it"), f"{self.paths.hub}aif/keep", "POST")

    def start(self, label: str, server: str) -> Action:
        """The start page, filled like this session."""
        url = self.paths.start(server)
        if self.session is not None:
            url = f"{url}?{urlencode(self.session.request.options)}"
        return Action("start-next", label, url)


def _session_ends(case: _Case) -> Told:
    ends = case.moment("ends")
    left = ends - case.now
    text = _("{what} ends {at}, {length} from now. Save what you want to keep.").format(
        what=case.what, at=words.at(ends, case.now), length=words.length(max(timedelta(), left))
    )
    tone = "stop" if left <= timedelta(minutes=5, seconds=30) else "warn"
    actions = (
        Action("save-all", _("Save all")),
        case.start(_("Start the next session"), case.free_name),
    )
    return Told(_("Your session ends soon"), text, tone, "clock", actions)


def _budget(case: _Case) -> Told:
    data = case.data
    project = case.site.project_title(data["account"])
    left = _("{left} of {limit} left, as of {clock}.").format(
        left=words.amount(Fraction(data["left"])),
        limit=words.cost(Fraction(data["limit"]), data["unit"]),
        clock=words.clock(case.moment("as_of"), case.now),
    )
    if data["percent"] >= 100:
        title = _("The budget of {project} is used up").format(project=project)
        text = _("New sessions on it do not start any more. Ask its principal investigator, or the contact, for more.")
        return Told(title, f"{text} {left}", "stop", "failed")
    title = _("{percent} % of the budget of {project} is used").format(percent=data["percent"], project=project)
    return Told(title, left, "warn", "info")


def _gpu_idle(case: _Case) -> Told:
    text = _("The GPU of {what} has done nothing for {length}. {price}").format(
        what=case.what, length=_minutes(case), price=_price(case)
    )
    free = case.unit == GPU_HOUR
    todo = _("If you do not need it, a size without a GPU costs nothing.") if free else _(NEEDS_NONE)
    return Told(_("Your GPU is doing nothing"), f"{text} {todo}", "warn", "waiting")


def _idle_stop_coming(case: _Case) -> Told:
    said = [_("Nothing has run in {what} for {length}.").format(what=case.what, length=_minutes(case)), _price(case)]
    actions: tuple[Action, ...] = ()
    if case.data["stops"]:
        stop = _("It is stopped {at} unless something runs in it or you keep it.")
        said.append(stop.format(at=words.at(case.moment("stops"), case.now)))
        said.append(_("Closing the browser does not stop it sooner; what is saved stays."))
        actions = (case.keep(),)
    return Told(_("Your session is idle"), " ".join(filter(None, said)), "warn", "waiting", actions)


def _idle_stopped(case: _Case) -> Told:
    at = words.at(case.event.at, case.now)
    text = _("Nothing ran in {what} any more, so it was stopped {at}.").format(what=case.what, at=at)
    actions: tuple[Action, ...] = ()
    if case.session is not None:
        text = " ".join(filter(None, (text, kept_and_spared(case.session, case.now, case.site))))
        actions = (
            case.start(_("Start again"), case.session.server_name),
            Action("receipt", _("Receipt"), case.paths.receipt(case.session.session)),
        )
    return Told(_("Your session was stopped"), text, "plain", "ended", actions)


def _minutes(case: _Case) -> str:
    """How long it had been so when it was told; as long as the event is shown it goes on."""
    return words.length(case.now - case.moment("since"))


def _price(case: _Case) -> str:
    """What doing nothing costs; empty where it costs nothing."""
    hourly = prices.hourly(case.session.request, case.unit) if case.session else Fraction(case.data["rate"])
    if not hourly:
        return ""
    if hourly / 60 >= PICTURED:
        return _("It costs {cost} a minute.").format(cost=prices.cost(hourly / 60, case.unit))
    return _("It costs {cost} an hour.").format(cost=prices.cost(hourly, case.unit))


_TOLD = {
    Kind.SESSION_ENDS: _session_ends,
    Kind.BUDGET: _budget,
    Kind.GPU_IDLE: _gpu_idle,
    Kind.IDLE_STOP_COMING: _idle_stop_coming,
    Kind.IDLE_STOPPED: _idle_stopped,
}
