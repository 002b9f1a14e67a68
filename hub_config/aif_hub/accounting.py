"""The budget of accounting queries: at most two a minute in all, whoever asks."""

from __future__ import annotations

import asyncio
import contextlib
import heapq
import itertools
import time
from collections import deque

from aif.core.errors import SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call, T, arun

#: A call that found nobody to ask costs no turn: the next may be made so soon, and after each more in twice the time.
AGAIN_SECONDS = 2.0


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
        self._in_vain = 0  # calls in a row that found nobody
        self._not_before = float("-inf")

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
            answer = await arun(call, cluster)
            self._in_vain = 0
            return answer
        except SlurmUnreachable as error:
            if error.status >= 0:  # it was refused at once; one that was silent may be at work on it
                self._spared()
            raise
        finally:
            self._busy = False
            self._wake()

    def _spared(self) -> None:
        """Gives the turn back; the wait until the next grows to the budget's own pace."""
        self._starts.pop()
        longest = self._seconds / self._calls
        self._not_before = time.monotonic() + min(AGAIN_SECONDS * 2**self._in_vain, longest)
        self._in_vain = min(self._in_vain + 1, 16)

    async def _turn(self, place: tuple[float, int, asyncio.Event]) -> None:
        """Returns when `place` is the first in the line, nothing runs and the budget has a call left."""
        while True:
            due = self._starts[0] + self._seconds if len(self._starts) == self._calls else float("-inf")
            wait = max(due, self._not_before) - time.monotonic()
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
