"""What Home shows of events: the newest that still have something to say."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from aif_hub.paths import Paths
from aif_hub.views import server_name_for
from aif_hub.warnings.event import Event
from aif_hub.warnings.told import Told, told
from aif_hub.workbench import Workbench

#: So many are on Home; putting one away brings the next.
SHOWN = 4


@dataclass(frozen=True)
class Row:
    """An event and what is said of it."""

    event: Event
    told: Told


def rows(workbench: Workbench, login: str, events: Iterable[Event], paths: Paths) -> list[Row]:
    """The events of that person in the language of the request."""
    book, now, site = workbench.sessions.book, datetime.now().astimezone(), workbench.spoken_site
    free_name = server_name_for([session for session in book.open_sessions() if session.login == login])
    events = list(events)
    of = {event.notice.session: book.get(event.notice.session) for event in events if event.notice.session}
    return [Row(event, told(event, of.get(event.notice.session), now, site, paths, free_name)) for event in events]


def shown(workbench: Workbench, login: str, paths: Paths) -> list[Row]:
    """What Home says now, newest first."""
    return rows(workbench, login, workbench.watch.record.shown(login)[:SHOWN], paths)
