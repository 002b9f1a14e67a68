"""Growing and shrinking by itself, with patience: what has been asked of a queue is not given back before its turn."""

from __future__ import annotations

import time
from typing import Any

from dask.utils import parse_timedelta
from distributed import Adaptive


class PatientAdaptive(Adaptive):
    """Dask's own, which never shrinks sooner after it grew than the queue took, nor while a shuffle goes on.

    `hold` is the least time between growing and shrinking; where a worker has waited longer in the queue, that counts.
    """

    def __init__(self, *args: Any, hold: str | float = "30s", **options: Any) -> None:
        self._hold = float(parse_timedelta(hold, "seconds"))
        self._grew = float("-inf")
        super().__init__(*args, **options)

    @property
    def plan(self) -> set[Any]:
        """Of the workers that it chooses the number of: those of groups stay as they are."""
        return set(self.cluster.main(self.cluster.plan))

    @property
    def requested(self) -> set[Any]:
        """Likewise."""
        return set(self.cluster.main(self.cluster.requested))

    @property
    def observed(self) -> set[Any]:
        """Likewise."""
        return set(self.cluster.main(self.cluster.observed))

    async def workers_to_close(self, target: int) -> list[str]:
        """Their names: Dask's choice, or of those in no group the idle ones with the least data."""
        if not self.cluster.groups:
            return list(await super().workers_to_close(target))
        mine = self.observed
        known = [one for one in self.cluster.scheduler.workers.values() if one.name in mine and not one.processing]
        known.sort(key=lambda one: one.nbytes)
        return [one.name for one in known[: max(0, len(mine) - target)]]

    async def scale_up(self, n: int) -> None:
        """Grows as far as there are means, but not while the cluster knows why no more workers would come."""
        count = self.cluster.affordable(n)
        if count > len(self.plan) and self.cluster.may_grow:
            await super().scale_up(count)

    async def recommendations(self, target: int) -> dict[str, Any]:
        """Up, down, or the same as it is."""
        plan, now = len(self.plan), time.monotonic()
        if target <= plan:
            self.cluster.content()
        if target > plan:
            self._grew = now
        elif target < plan and (
            now - self._grew < max(self._hold, self.cluster.longest_wait.total_seconds()) or self.cluster.shuffles
        ):
            return {"status": "same"}
        found: dict[str, Any] = await super().recommendations(target)
        return found
