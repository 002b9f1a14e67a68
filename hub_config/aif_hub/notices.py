"""The notices on top of every page: the operator's banner, and the maintenance that Slurm knows of.

Importing this module gives them to JupyterHub's templates as ``notices``, and the hub a way to put one away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join

from aif.core.planned import Reservation
from aif.core.site import Site
from aif_hub import words
from aif_hub.banner import Banner
from aif_hub.calendar import Calendar
from aif_hub.front_door import remember
from aif_hub.speech import _, speaking
from aif_hub.workbench import Workbench

COOKIE = "aif-read"
#: Maintenance is announced this long before, and is grave from the day before on.
AHEAD, SOON = timedelta(days=7), timedelta(days=1)
MOST_READ, READ_DAYS = 8, 90


@dataclass(frozen=True)
class Notice:
    """A line on top of a page. `key` names it for who has read it; one that is grave stays."""

    key: str
    text: str
    grave: bool


def announced(banner: Banner, now: datetime) -> Notice | None:
    """The operator's banner at `now`, in the language of the request; None once it is over."""
    if banner.ends and banner.ends <= now:
        return None
    return Notice(banner.key, f"{banner.text.said_in(speaking())} {_when(banner, now)}".strip(), banner.level == "warn")


def maintenance(calendar: Calendar, site: Site, cluster: str, now: datetime) -> Iterator[Notice]:
    """Planned maintenance of nodes that people can choose, in the language of the request."""
    chosen = {profile.partition for profile in site.profiles if profile.cluster == cluster}
    ours = frozenset(node for part in calendar.partitions if part.name in chosen for node in part.nodes)
    for one in sorted(calendar.reservations, key=lambda one: one.starts):
        if one.maintenance and one.nodes & ours and one.ends > now and one.starts - now < AHEAD:
            yield Notice(f"{one.name}-{int(one.starts.timestamp())}", _planned(one, ours, now), one.starts - now < SOON)


def _planned(one: Reservation, ours: frozenset[str], now: datetime) -> str:
    whole = ours <= one.nodes
    if one.starts <= now:
        clock = words.clock(one.ends, now)
        if whole:
            return _("Maintenance goes on until {clock}. New sessions start after it.").format(clock=clock)
        return _("Maintenance of a part of the cluster goes on until {clock}.").format(clock=clock)
    times = {"at": words.at(one.starts, now), "clock": _until(one.starts, one.ends, now)}
    if whole:
        return _("Maintenance begins {at} and lasts until {clock}. Sessions end before it.").format(**times)
    return _("Maintenance of a part of the cluster begins {at} and lasts until {clock}.").format(**times)


def notices(workbench: Workbench, read: frozenset[str], now: datetime) -> list[Notice]:
    """All that is to be said at `now` to somebody who has put away those of the keys in `read`."""
    banner = workbench.banner.now()
    said = [announced(banner, now)] if banner else []
    for name, calendar in workbench.calendars.items():
        said += maintenance(calendar.glance(), workbench.site, name, now)
    return [one for one in said if one and (one.grave or one.key not in read)]


def _when(banner: Banner, now: datetime) -> str:
    starts, ends = banner.starts, banner.ends
    if starts and starts > now and ends:
        return _("It begins {at} and lasts until {clock}.").format(
            at=words.at(starts, now), clock=_until(starts, ends, now)
        )
    if starts and starts > now:
        return _("It begins {at}.").format(at=words.at(starts, now))
    return _("It lasts until {clock}.").format(clock=words.clock(ends, now)) if starts and ends else ""


def _until(starts: datetime, ends: datetime, now: datetime) -> str:
    """The end of something that is to begin: on the same day, its time is enough."""
    same_day = ends.astimezone(now.tzinfo).date() == starts.astimezone(now.tzinfo).date()
    return words.clock(ends, starts.astimezone(now.tzinfo) if same_day else now)


class ReadHandler(BaseHandler):
    """POST: puts a notice away in this browser, and leads back to the page."""

    async def post(self) -> None:
        """`key` names the notice, `next` the page. Needs no sign-in; grave ones stay whatever is posted."""
        key = self.get_body_argument("key", "")[:60]
        known = [*_read(self), key] if key.replace("-", "").replace("_", "").isalnum() else list(_read(self))
        remember(self, COOKIE, ".".join(known[-MOST_READ:]), READ_DAYS)
        self.redirect(self.get_next_url(default=url_path_join(self.hub.base_url, "home")), status=303)


def _read(handler: BaseHandler) -> frozenset[str]:
    return frozenset(filter(None, (handler.get_cookie(COOKIE) or "")[:1000].split(".")))


_template_namespace = BaseHandler.template_namespace


def template_namespace(self: BaseHandler) -> dict[str, Any]:
    """JupyterHub's own, the notices, and what the browser asked for: its method and path."""
    found: dict[str, Any] = _template_namespace.fget(self)
    said = notices(self.settings["aif"], _read(self), datetime.now().astimezone())
    method, path = self.request.method, self.request.path
    return {**found, "notices": said, "here": path if method == "GET" else "", "asked": f"{method} {path}"}


BaseHandler.template_namespace = property(template_namespace)
OURS = [(r"/aif/read", ReadHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
