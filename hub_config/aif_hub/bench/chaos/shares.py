"""Who is the next to whom something happens in `aif bench chaos`: whoever is done takes over from who is not."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence

from aif_hub.bench.chaos.plan import Event, person_seconds


class Shares:
    """Each person's events as planned, in their order, until one has none left and takes over one of another's.

    From whoever has most left that is what takes longest, so that nothing long is the last to begin. Of the people at
    `kept` none is taken over: with them it means something else.
    """

    def __init__(self, lanes: Sequence[Sequence[Event]], kept: Collection[int] = ()) -> None:
        self._left = [list(lane) for lane in lanes]
        self._kept = frozenset(kept)
        self._lock = threading.Lock()

    def of(self, person: int) -> Iterator[Event]:
        """What happens to that person, each when the one before is over."""
        while (event := self._next(person)) is not None:
            yield event

    def _next(self, person: int) -> Event | None:
        with self._lock:
            if self._left[person]:
                return self._left[person].pop(0)
            others = [lane for at, lane in enumerate(self._left) if at not in self._kept]
            longest = max(others, key=lambda lane: sum(map(person_seconds, lane)), default=[])
            if not longest:
                return None
            event = max(longest, key=person_seconds)
            longest.remove(event)
            return event
