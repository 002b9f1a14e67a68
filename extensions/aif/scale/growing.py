"""How many workers a cluster has: each step priced like the start, and taken with patience."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from dask.utils import parse_bytes
from distributed.core import Status

from aif.core.sentence import Sentence
from aif.scale.adapt import PatientAdaptive
from aif.scale.grouping import GroupingCluster
from aif.scale.groups import MAIN
from aif.scale.plan import SHORTEST

#: In this state nobody asks for anything any more.
_OVER = (Status.closing, Status.closed, Status.failed)


class GrowingCluster(GroupingCluster):
    """Grows where its project can pay for it, and shrinks when nothing is lost by it."""

    _wish = 0

    # -- what is asked for -------------------------------------------------------------------------------------------

    def scale(
        self,
        n: int | None = None,
        jobs: int = 0,
        memory: str | None = None,
        cores: int | None = None,
        group: str = MAIN,
    ) -> Any:
        """As dask-jobqueue's; returns once Slurm has taken the workers, and raises NotStarted where it does not.

        With `group`, of the workers in that group (see `add_group`).

        To shrink it waits until no peer-to-peer shuffle goes on; with `asynchronous=True`, what it returns does, and
        the last that was asked counts. Raises NotPlanned to grow beyond what is free to plan or what is left of the
        session, and on a budget that is spent; nothing has changed then.
        """
        inside = self.asynchronous  # also in Dask's own event loop, which nothing may wait in
        wanted = self.counted(n, jobs, memory, cores)
        more = wanted - len(self.names(group))
        if more > 0 and self.status not in _OVER:
            if not inside:
                self.means.read()
            self.means.check(self.plan_of(group), more)
        self._wish += 1
        if self.shuffles and self.status == Status.running and more < 0:
            if inside:
                later = asyncio.ensure_future(self._scale_when_calm(self._wish, n, jobs, memory, cores, group))
                self._futures.add(later)
                return later
            self.sync(self.calm)
        if self.status == Status.running and wanted:
            self.tally.again()
            if not self.adapts:
                self.means.trouble = None
        self.counts_anew(group)
        answer = super().scale(n, jobs, memory=memory, cores=cores, group=group)
        if not inside and self.status == Status.running:
            self.sync(self.settled)
        return answer

    async def _scale_when_calm(self, wish: int, *asked: Any) -> None:
        await self.calm()
        if wish == self._wish and self.status == Status.running:
            self.counts_anew(asked[-1])
            super().scale(*asked)

    def adapt(self, *args: Any, **options: Any) -> Any:
        """As dask-jobqueue's, with patience: see `PatientAdaptive`.

        Priced as if it had `maximum` workers until the session ends; without a `maximum` it chooses one that is free to
        plan. Raises NotPlanned, and goes on as before then.
        """
        if self.status not in _OVER:
            if not self.asynchronous:
                self.means.read()
            least, most = self._bounds(options)
            fits = self.means.adapting(self.first_plan, len(self.names()), least, most)
            if fits < most:
                options["maximum"] = int(fits) * (self.new_spec["options"].get("processes") or 1)
            self.counts_anew(MAIN)
        return super().adapt(*args, **{"Adaptive": PatientAdaptive, **options})

    def _bounds(self, options: Mapping[str, Any]) -> tuple[float, float]:
        """Between how many workers it is to choose, in any of Dask's ways to say so."""
        own = self.new_spec["options"]
        threads, memory, each = own["cores"], parse_bytes(own["memory"]), own.get("processes") or 1
        said = {name: value for name, value in options.items() if value is not None}
        least = [math.ceil(said.get("minimum", 0) / each), said.get("minimum_jobs", 0)]
        least += [math.ceil(said.get("minimum_cores", 0) / threads)]
        least += [math.ceil(parse_bytes(said.get("minimum_memory", 0)) / memory)]
        most = [said["maximum_jobs"] if "maximum_jobs" in said else said.get("maximum", math.inf) / each]
        most += [math.floor(said["maximum_cores"] / threads)] if "maximum_cores" in said else []
        most += [math.floor(parse_bytes(said["maximum_memory"]) / memory)] if "maximum_memory" in said else []
        return max(least), min(most)

    def affordable(self, count: int) -> int:
        """How many of so many workers it may come to by itself; `trouble` says why not all."""
        has, each = len(self.names()), self.new_spec["options"].get("processes") or 1
        more = self.counted(count, 0, None, None) - has
        return each * (has + self.means.affordable(self.first_plan, more)) if more > 0 else count

    def content(self) -> None:
        """It adapts, and wants no more workers than it has."""
        self.means.trouble = None

    def by_hand(self) -> None:
        """From here on it has as many workers as somebody says, and `adapt()` no longer chooses."""
        chooses: Any = self._adaptive
        if chooses is not None:
            chooses.stop()

    @property
    def longest_wait(self) -> timedelta:
        """The longest that a worker of this cluster has waited in Slurm's queue."""
        return self.tally.longest_wait

    @property
    def shuffles(self) -> bool:
        """Whether a peer-to-peer shuffle goes on, which starts anew when a worker goes."""
        plugin = self.scheduler.plugins.get("shuffle") if self.scheduler else None
        return bool(plugin and plugin.active_shuffles)

    async def calm(self) -> None:
        """Returns once no peer-to-peer shuffle goes on, or nobody waits for its end."""
        while self.shuffles and self.status == Status.running:  # noqa: ASYNC110 - Dask gives no event for it
            await asyncio.sleep(0.1)

    # -- what it costs -----------------------------------------------------------------------------------------------

    @property
    def rate(self) -> Fraction:
        """What all planned workers use in an hour."""
        return sum((spec["options"]["price"] for spec in list(self.worker_spec.values())), Fraction())

    @property
    def upper(self) -> Fraction | None:
        """What all of it uses at most, with what it has used; None where nobody can say."""
        left, total, budget = self.means.left, self.tally.spent, self.tally.budget
        chooses: Any = self._adaptive if self.adapts else None
        for name, spec in list(self.worker_spec.items()):
            if not (chooses and self.groups.of(str(name)) == MAIN):
                rest = self._rest(name, spec)
                total += spec["options"]["price"] * _hours(rest if left is None else min(rest, left))
        if chooses and self.first_plan.size.price:
            if left is None or chooses.maximum == math.inf:
                return budget
            total += self.first_plan.size.price * max(chooses.minimum, chooses.maximum) * _hours(left)
        return total if budget is None else min(total, budget)

    def _rest(self, name: Any, spec: Mapping[str, Any]) -> timedelta:
        """For how long the worker of that name may run on, as far as it was seen to run."""
        one = self.workers.get(name)
        allotted: timedelta = spec["options"]["lasts"]
        return allotted - self.tally.ran(one.job_id if one is not None else None)

    # -- keeping it true ---------------------------------------------------------------------------------------------

    async def _correct_state_internal(self) -> None:
        self.arrays.lasts = self.means.longest(None if self.adapts else self.rate)  # once: one script, one array
        await super()._correct_state_internal()

    async def forget(self, over: Mapping[str, Any]) -> None:
        """As before; what takes a worker's place has what is left of its time, so that all cost what was priced."""
        for name in [name for name, one in over.items() if one is not None and self.workers.get(name) is one]:
            if name not in self.worker_spec:
                continue
            spec, time = self.worker_spec[name], self.plan_of(self.groups.of(str(name))).time
            rest = self._rest(name, spec)
            if rest < min(SHORTEST, time / 2):
                self.means.trouble = Sentence(
                    "A worker has run for the {time} that it was asked for, and no other takes its place. "
                    "scale() asks for more.",
                    time=time,
                )
                del self.worker_spec[name]
            elif not self.means.replaces(self.rate):
                del self.worker_spec[name]
            else:
                self.worker_spec[name] = {**spec, "options": {**spec["options"], "lasts": rest}}
        await super().forget(over)


def _hours(length: timedelta) -> Fraction:
    return Fraction(max(0, int(length.total_seconds())), 3600)
