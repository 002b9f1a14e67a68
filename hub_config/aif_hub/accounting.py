"""The budget of accounting queries: at most two a minute in all, whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections import deque

from aif.core.site import Cluster
from aif.core.slurm import Call, T, arun


class AccountingBudget:
    """Runs calls to sacct, sacctmgr and sreport one at a time; a call beyond the budget waits for its turn.

    Whoever said that they can wait lets others pass for so long: how a job ended is asked before what it cost.
    """

    def __init__(self, calls: int = 2, seconds: float = 60.0) -> None:
        self._calls = calls
        self._seconds = seconds
        self._starts: deque[float] = deque(maxlen=calls)
        self._line: list[tuple[float, int, asyncio.Event]] = []  # by when each wants its turn
        self._numbers = itertools.count()
        self._busy = False

    async def ask(self, call: Call[T], cluster: Cluster, patience_seconds: float = 0.0) -> T:
        """The call's answer, when its turn has come. Raises what `arun` raises."""
        place = (time.monotonic() + patience_seconds, next(self._numbers), asyncio.Event())
        heapq.heappush(self._line, place)
        try:
            await self._turn(place)
        finally:
            self._line.remove(place)
            heapq.heapify(self._line)
            self._wake()
        self._busy = True
        self._starts.append(time.monotonic())
        try:
            return await arun(call, cluster)
        finally:
            self._busy = False
            self._wake()

    async def _turn(self, place: tuple[float, int, asyncio.Event]) -> None:
        """Returns when `place` is the first in the line, nothing runs and the budget has a call left."""
        while True:
            wait = self._starts[0] + self._seconds - time.monotonic() if len(self._starts) == self._calls else 0.0
            if self._line[0] is place and not self._busy and wait <= 0:
                return
            place[2].clear()
            first = self._line[0] is place and not self._busy
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(place[2].wait(), wait if first else None)

    def _wake(self) -> None:
        """Has the first in the line look whether its turn has come."""
        if self._line:
            self._line[0][2].set()
