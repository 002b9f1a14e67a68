"""Sources whose book is not Slurm's: a file of the site's or its portal, with Slurm's queue on top."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from aif.core.errors import AifError
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.outside import OutsideError, OutsideUse, path_of, read_file
from aif.core.ledger.usage import UsageSnapshot
from aif_hub.ledger.source import PartlyRead, SlurmSource

#: A portal has its figures from an agent that brings them every half hour or so; a file is looked at each time.
PORTAL_SECONDS, FILE_SECONDS = 600.0, 0.0


class OutsideSource:
    """Allocations of one such source on one cluster: `ask` fetches what it says of one, in a thread."""

    def __init__(
        self, name: str, slurm: SlurmSource, ask: Callable[[Allocation], OutsideUse], has_running: bool, seconds: float
    ) -> None:
        self._name = name
        self._slurm = slurm
        self._ask = ask
        self._has_running = has_running
        self._seconds = seconds
        self._uses: dict[str, OutsideUse] = {}
        self._trouble: dict[str, str] = {}
        self._asked: dict[str, float] = {}

    async def read(self, allocations: Sequence[Allocation]) -> dict[str, UsageSnapshot]:
        """Raises PartlyRead where some have no answer, OutsideError where none ever had, SlurmError without Slurm."""
        now = time.monotonic()
        due = [one for one in allocations if now - self._asked.get(one.name, float("-inf")) >= self._seconds]
        self._asked |= {one.name: now for one in due}
        self._trouble |= await asyncio.to_thread(self._fetch, due)
        known = [replace(one, source=self._name) for one in allocations if one.name in self._uses]
        read = await self._slurm.read_beside(known, self._uses, self._has_running) if known else {}
        trouble = {one.name: self._trouble[one.name] for one in allocations if self._trouble.get(one.name)}
        if trouble and not read:
            raise OutsideError(next(iter(trouble.values())))
        if trouble:
            raise PartlyRead(read, trouble)
        return read

    def _fetch(self, allocations: Sequence[Allocation]) -> dict[str, str]:
        """What went wrong by allocation, empty where nothing did. Who does not answer at all is not asked on and on."""
        trouble: dict[str, str] = {}
        answered, fault = False, ""
        for one in allocations:
            if fault and not answered:
                trouble[one.name] = fault
                continue
            try:
                self._uses[one.name] = self._ask(one)
                trouble[one.name], answered = "", True
            except AifError as error:
                trouble[one.name] = fault = str(error)
        return trouble


def from_files(pattern: str) -> Callable[[Allocation], OutsideUse]:
    """Reads each allocation's file; `pattern` is `usage_file.path`."""
    return lambda allocation: read_file(path_of(pattern, allocation), allocation)
