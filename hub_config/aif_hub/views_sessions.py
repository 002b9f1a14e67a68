"""All sessions of a person that have ended, a page at a time: as Home shows its last ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aif.core.site import Site
from aif_hub.book import Session
from aif_hub.paths import Paths
from aif_hub.views import Past, past, server_name_for

A_PAGE = 25
#: Nobody has more than this; a number above it is a mistake in an address.
MOST_PAGES = 10_000


@dataclass(frozen=True)
class SessionsPage:
    """One page of them; an address is empty where there is no such page."""

    past: tuple[Past, ...]
    newer_url: str
    older_url: str
    start_url: str


def sessions_page(
    number: int, sessions: Sequence[Session], open_now: Sequence[Session], now: datetime, site: Site, paths: Paths
) -> SessionsPage:
    """Page `number`, from 1. `sessions` are those on it, newest first, and one more where there is another page."""
    return SessionsPage(
        past=tuple(past(session, now, site, paths) for session in sessions[:A_PAGE]),
        newer_url=paths.sessions(number - 1) if number > 1 else "",
        older_url=paths.sessions(number + 1) if len(sessions) > A_PAGE else "",
        start_url=paths.start(server_name_for(open_now)),
    )


def page_number(text: str) -> int:
    """The page that an address asks for; the first where it asks for none that there can be.

    >>> page_number("3"), page_number("-1"), page_number("x"), page_number("")
    (3, 1, 1, 1)
    """
    plain = text.isascii() and text.isdigit() and len(text) <= len(str(MOST_PAGES))
    return min(max(int(text), 1), MOST_PAGES) if plain else 1
