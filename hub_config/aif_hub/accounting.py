"""The budget of accounting queries: at most two a minute in all, whoever asks."""

from __future__ import annotations

import asyncio
import time
from collections import deque

from aif.core.site import Cluster
from aif.core.slurm import Call, T, arun


class AccountingBudget:
    """Runs calls to sacct and sacctmgr one at a time; a call beyond the budget waits for its turn."""

    def __init__(self, calls: int = 2, seconds: float = 60.0) -> None:
        self._calls = calls
        self._seconds = seconds
        self._starts: deque[float] = deque(maxlen=calls)
        self._turn = asyncio.Lock()

    async def ask(self, call: Call[T], cluster: Cluster) -> T:
        """The call's answer, when its turn has come. Raises what `arun` raises."""
        async with self._turn:
            if len(self._starts) == self._calls:
                await asyncio.sleep(max(0.0, self._starts[0] + self._seconds - time.monotonic()))
            self._starts.append(time.monotonic())
            return await arun(call, cluster)
