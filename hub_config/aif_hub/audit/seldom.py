"""Whether it is time to write the same thing again."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

MOST = 10_000


class Seldom:
    """Remembers when each thing was last written."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: dict[Hashable, float] = {}

    def now(self, what: Hashable, seconds: float) -> bool:
        """True the first time, and again after `seconds`.

        >>> seldom = Seldom(iter([0.0, 5.0, 11.0]).__next__)
        >>> [seldom.now("a look", 10.0) for _ in range(3)]
        [True, False, True]
        """
        at = self._clock()
        if self._until.get(what, float("-inf")) > at:
            return False
        if len(self._until) >= MOST:  # those that are over, or all: a line too many is better than one too few
            self._until = {one: until for one, until in self._until.items() if until > at}
            if len(self._until) >= MOST:
                self._until.clear()
        self._until[what] = at + seconds
        return True
