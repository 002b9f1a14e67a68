"""Where the time of a run of `aif bench chaos` went: by its parts, and by the kinds of what happened."""

from __future__ import annotations

import threading
import time
from dataclasses import astuple, dataclass, field

_HEAD = ("in all", "in vain", "turn", "itself", "books", "stop", "longest")


@dataclass(frozen=True)
class Spent:
    """Seconds of one event in its lane, each at another thing.

    `in_vain` is before it began: tries that met nothing, and waiting where too many people are busy. `turn` is what it
    waited for hub or Slurm while something else happened to them, and `itself` the rest until it was over. Then the
    `books` were waited for, and the person's `stop`.
    """

    in_vain: float = 0.0
    turn: float = 0.0
    itself: float = 0.0
    books: float = 0.0
    stop: float = 0.0

    @property
    def total(self) -> float:
        """All of it."""
        return float(sum(astuple(self)))


@dataclass
class Times:
    """Told by the run when a part of it is over, and by the lanes when an event is; from several threads."""

    _parts: list[tuple[str, float]] = field(default_factory=list)
    _events: dict[str, list[Spent]] = field(default_factory=dict)
    _since: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def part(self, name: str) -> None:
        """What went on until now since the part before was that."""
        now = time.monotonic()
        self._parts.append((name, now - self._since))
        self._since = now

    def event(self, kind: str, spent: Spent) -> None:
        """One more of that kind, whether or not it happened."""
        with self._lock:
            self._events.setdefault(kind, []).append(spent)

    def table(self, turns: dict[str, float]) -> list[str]:
        """Lines for whoever wants a run to be shorter; `turns` has the seconds that each turn was had for."""
        parts = ", ".join(f"{name} {seconds:.0f}" for name, seconds in self._parts)
        had = ", ".join(f"{name} {seconds:.0f}" for name, seconds in turns.items())
        whole = sum(seconds for _, seconds in self._parts)
        lines = [f"where {whole:.0f} s went: {parts}", f"one at a time, and had for so many seconds: {had}"]
        lines.append(f"{'kind, in seconds of its lane':<28}{'events':>7}" + "".join(f"{name:>9}" for name in _HEAD))
        by_total = sorted(self._events.items(), key=lambda of: -sum(one.total for one in of[1]))
        for kind, events in by_total:
            columns = [sum(column) for column in zip(*map(astuple, events), strict=True)]
            totals = [one.total for one in events]
            row = "".join(f"{seconds:>9.0f}" for seconds in (sum(totals), *columns, max(totals)))
            lines.append(f"{kind:<28}{len(events):>7}{row}")
        return lines
