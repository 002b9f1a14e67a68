"""How much one person may ask in a while: a burst at once, then one after the other, so that nobody waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable

#: When so many people are remembered, those who have all their turns again are forgotten.
_MANY = 1000


class Pace:
    """Turns for people: `burst` of them at once, then `per_second`; one who takes more than that waits for each.

    >>> pace = Pace(per_second=2, burst=3, clock=lambda: 0.0)
    >>> [pace.turn("marieke") for _ in range(5)], pace.turn("joost")
    ([0.0, 0.0, 0.0, 0.5, 1.0], 0.0)
    """

    def __init__(
        self,
        per_second: float,
        burst: float,
        patience_seconds: float = float("inf"),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._spacing = 1 / per_second
        self._burst = burst
        self._patience = patience_seconds
        self._clock = clock
        self._next: dict[str, float] = {}  # when the person's next turn would be, were there no bursts

    def turn(self, who: str, turns: float = 1) -> float | None:
        """Seconds to wait for as many turns, which are taken by that; None, and none taken, if that is too long."""
        now = self._clock()
        at = max(self._next.get(who, 0.0), now - (self._burst - 1) * self._spacing)
        wait = max(0.0, at - now)
        if wait > self._patience:
            return None
        if len(self._next) >= _MANY:
            self._next = {one: then for one, then in self._next.items() if then + self._burst * self._spacing > now}
        self._next[who] = at + turns * self._spacing
        return wait
