"""The cluster's workers by groups: GPU and CPU workers in one cluster, each as many as somebody says."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from dask.utils import parse_bytes
from distributed.core import Status

from aif.core.errors import AifError
from aif.scale.asking import AskingCluster
from aif.scale.groups import MAIN, Group, Groups, to_go
from aif.scale.home import Home
from aif.scale.job import options_of
from aif.scale.place import Place
from aif.scale.plan import Plan, plan
from aif.scale.program import cuda_workers


class GroupingCluster(AskingCluster):
    """The main workers are those that were asked for without a group; those of a group have a size of their own."""

    groups: Groups
    home: Home
    place: Place
    first_plan: Plan
    packed: Path | None  # the environment as a file, where workers unpack it

    def add_group(self, name: str, *, workers: int, size: str, hours: float | None = None) -> None:
        """A group of `workers` workers of that size beside the others, for tasks that want no GPU, or another one.

        >>> cluster.add_group("cpu", workers=4, size="cpu")  # doctest: +SKIP
        >>> client.submit(read, workers=cluster.names("cpu"))  # doctest: +SKIP

        Priced and refused as the cluster itself; `scale(…, group=…)` changes how many.

        Raises NotPlanned and NotStarted.
        """
        if not self.asynchronous:
            self.means.read()
        free, budget = self.means.funds.free, self.means.budget
        made = plan(self.place, workers=workers, hours=hours, size=size, free=free, budget=budget)
        self.groups.add(Group(name, made, self._options(made)))
        try:
            self.scale(workers, group=name)
        except AifError:
            self.groups.drop(name)  # refused, it may be asked for once more, in another way
            raise

    def names(self, group: str = MAIN) -> list[str]:
        """Names of the group's workers, for the `workers=` of Dask's functions; the main ones without a group."""
        if group:
            self.groups.get(group)
        return self.groups.members(group, map(str, self.worker_spec))

    def main(self, names: set[Any]) -> set[Any]:
        """Those of `names` that are in no group."""
        return {name for name in names if self.groups.of(str(name)) == MAIN} if self.groups else names

    def scale(
        self,
        n: int | None = None,
        jobs: int = 0,
        memory: str | None = None,
        cores: int | None = None,
        group: str = MAIN,
    ) -> Any:
        """As dask-jobqueue's where there are no groups; else of that group alone."""
        if not self.groups or self.status != Status.running:  # one that closes has none of any group
            if group:
                self.groups.get(group)
            return super().scale(n, jobs, memory=memory, cores=cores)
        self._resize(group, self.counted(n, jobs, memory, cores))
        self.loop.add_callback(self._correct_state)
        return _nothing() if self.asynchronous else None

    def counted(self, n: int | None, jobs: int, memory: str | None, cores: int | None) -> int:
        """How many jobs `scale` was asked for by these."""
        own = self.new_spec["options"]
        asked = jobs if n is None else math.ceil(n / (own.get("processes") or 1))
        threads, most = own["cores"], parse_bytes(own["memory"])
        count: int = max(asked, math.ceil((cores or 0) / threads), math.ceil(parse_bytes(memory or 0) / most))
        return count

    def plan_of(self, group: str = MAIN) -> Plan:
        """What its workers were asked for as."""
        return self.groups.get(group).plan if group in self.groups else self.first_plan

    def _resize(self, group: str, count: int) -> None:
        members = self.names(group)
        for name in to_go(members, set(map(str, self.observed)), count):
            del self.worker_spec[name]
        for _ in range(count - len(members)):
            if group:
                name = self.groups.new_name(group, {*self.worker_spec, *self.workers})
                self.worker_spec[name] = {**self.new_spec, "options": self.groups.get(group).options}
            else:
                self.worker_spec.update(self.new_worker_spec())

    def _options(self, made: Plan) -> dict[str, Any]:
        """Those of the main workers, with what is otherwise for workers of that plan."""
        return {**self.new_spec["options"], **self._options_of(made)}

    def _options_of(self, made: Plan) -> dict[str, Any]:
        return options_of(self.place, made, self.home.folder, cuda=cuda_workers(self.place), packed=self.packed)


async def _nothing() -> None:
    """For who waits for it in Dask's own event loop."""
