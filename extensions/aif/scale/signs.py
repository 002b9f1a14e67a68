"""Which workers give no sign of life, so that Slurm is asked what became of them."""

from __future__ import annotations

from typing import Any

#: A worker tells of itself every second or two, where there are very many of them every few seconds.
SILENT_TURNS = 10


class Signs:
    """Fed about once a second by Dask's own loop: a kernel that is frozen or calculates counts against nobody."""

    def __init__(self) -> None:
        self._turns: dict[str, tuple[float, int]] = {}  # when each was last heard of, and for how many turns not since

    def miss(self, scheduler: Any) -> bool:
        """Whether one was not heard of for so many turns."""
        before, self._turns = self._turns, {}
        for address, one in scheduler.workers.items():
            heard, turns = before.get(address, (one.last_seen, -1))
            self._turns[address] = (one.last_seen, turns + 1 if heard == one.last_seen else 0)
        return any(turns >= SILENT_TURNS for _, turns in self._turns.values())
