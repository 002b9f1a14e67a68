"""A short name for what a person's pages show now: while it stays the same, there is no need to read them again."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from aif_hub.book import Session
from aif_hub.held_up import held_up
from aif_hub.views import Look, ends


def version(
    seen: Iterable[tuple[Session, Look]],
    servers: Iterable[tuple[str, bool, str]],
    slow: Iterable[str] = (),
    told: Iterable[int] = (),
    clusters: Iterable[tuple[str, int, int, bool]] = (),
) -> str:
    """A short name for all that a person's pages show of these open sessions, and of their servers in the hub.

    `slow` are those that wait for long, `told` the events that are shown, `clusters` each one's name, how many workers
    are here and wait, and whether it is being stopped. Times go in by the minute: a page says no
    more of them, and counts down by itself.
    """
    shown: list[Any] = []
    for session, look in seen:
        sighting = look.sighting
        last = ends(session, look)
        shown.append(
            (
                *(session.session, session.step, session.node, session.stop_asked, look.unknown, look.ahead),
                *(look.stop.value, session.found_at is not None, held_up(session).value),
                *((sighting.state, sighting.node, sighting.reason) if sighting else ()),
                f"{sighting.starts:%Y-%m-%d %H:%M}" if sighting and sighting.starts else "",
                f"{last:%Y-%m-%d %H:%M}" if last else "",
            )
        )
    parts = (shown, servers, slow, told, clusters)
    return hashlib.sha256(repr(tuple(sorted(part) for part in parts)).encode()).hexdigest()[:16]
