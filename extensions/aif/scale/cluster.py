"""The cluster itself: dask-jobqueue's, with workers that are what Slurm says, one submission a step, and an end."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from distributed import Security
from distributed.core import Status
from tornado.ioloop import PeriodicCallback

from aif.refusals import said_in
from aif.scale import left
from aif.scale.again import Again
from aif.scale.arrays import Arrays
from aif.scale.asking import NotStarted
from aif.scale.groups import Groups
from aif.scale.growing import GrowingCluster
from aif.scale.home import Home
from aif.scale.job import ArrayJob
from aif.scale.look import HURRIED_SECONDS, Look, Seen
from aif.scale.means import Means
from aif.scale.options import merged
from aif.scale.packed import pack
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.question import Question
from aif.scale.scheduler import PrivateScheduler
from aif.scale.shown import Row, Shown
from aif.scale.signs import Signs
from aif.scale.tally import Tally
from aif.scale.told import Told, uses
from aif.scale.work import work_of
from aif.widgets.figures import speech

__all__ = ["GpuCluster", "NotStarted"]


class GpuCluster(GrowingCluster):
    """One worker a GPU, beside the session in `place`, as `plan` says. Made by `gpu_cluster()`.

    The plan's budget ends all workers when it is spent; None: what the project has is the only limit. `packed` has
    workers unpack the kernel's environment on their node in place of reading it from where the kernel has it.
    """

    job_cls = ArrayJob

    def __init__(
        self,
        place: Place,
        plan: Plan,
        *,
        packed: bool = False,
        **options: Any,
    ) -> None:
        merged({}, options)  # refused before anything is made
        self.place, self.first_plan = place, plan
        self.home = Home(place.cluster)
        self.again = Again(place.language)
        self.arrays = Arrays(place.cluster, self.home.label, self.again, place.session)
        self.arrays.env = left.told(place.cluster, self.home.label, place.job)
        self.question = Question(self.home.folder, place.session)
        self.tally = Tally(plan.size.price, plan.budget, self.arrays.prices, place.unit)
        self.means = Means(place, self.tally)
        self.means.read()
        self.arrays.runs = self.tally.runs
        self._watching: PeriodicCallback | None = None
        self._asked_again = float("-inf")
        self._worked = False  # a second ago there were tasks
        self.look = Look(self.question, place.cluster, self.again)
        self.signs = Signs()
        self.told = Told(self)
        self.packed = self.home.kept(pack) if packed else None
        ours = {
            "name": f"aif-{self.home.folder.name.lower()}",
            "security": Security.temporary(),
            "shared_temp_directory": str(self.home.folder),
            "scheduler_cls": PrivateScheduler,
            "scheduler_options": {
                "host": place.address,
                "port": 0,
                "dashboard_address": str(self.home.socket),
                # In the cluster's own folder, where nobody else writes: modules are imported from there, too.
                "local_directory": str(self.home.folder),
            },
            **self._options_of(plan),
            "arrays": self.arrays,
        }
        made = merged(ours, options)
        self.groups = Groups(made["name"])
        super().__init__(**made)

    # -- what there is -----------------------------------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why there are fewer workers than were asked for, and whether more will come; empty where there is none."""
        known = self.tally.trouble or self.means.trouble
        ours = said_in(known, self.place.language) if known else ""
        return " ".join(filter(None, [ours, self.again.trouble]))

    @property
    def spent(self) -> float:
        """What its workers have used, in the unit of the budget that pays: GPU-hours of whole GPUs, as a rule."""
        return float(self.tally.spent)

    @property
    def dashboard_link(self) -> str:
        """Dask's pages, through the session's own server and the hub's sign-in: there is no port to open."""
        return self.home.dashboard(self.place.prefix)

    def shown(self) -> Shown:
        """All of it at this moment, for showing."""
        jobs, here, used = self.tally.jobs, {str(name) for name in self.observed}, uses(self.scheduler)
        rows = [
            Row(str(name), one.job_id or "", jobs.get(one.job_id), str(name) in here, used.get(str(name)))
            for name, one in sorted(self.workers.items(), key=lambda item: _number(str(item[0])))
        ]
        budget, closed = self.tally.budget, self.status in (Status.closing, Status.closed)
        return Shown(
            name=str(self.name),
            plan=len(self.plan),
            requested=len(self.requested),
            observed=len(here - {one.name for one in rows if one.state == "paused"}),
            rows=tuple(rows),
            price=float(sum(self.tally.price_of(one.job_id) for one in rows)),
            spent=self.spent,
            budget=None if budget is None else float(budget),
            trouble=self.trouble,
            closed=closed,
            language=self.place.language,
            unit=self.place.unit,
            work=work_of(self.scheduler) if self.status == Status.running else (),
            upper=self.means.said(None if closed else self.upper, self.rate, speech(self.place.language)),
        )

    def __repr__(self) -> str:
        return self.shown().text()

    def _repr_html_(self, cluster_status: str | None = None) -> str:
        return self.shown().html()

    def _ipython_display_(self, **_: object) -> None:
        """Live where widgets are; the same, readable, in a saved notebook."""
        self.told.display()

    # -- keeping it true ---------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        await super()._start()
        self._watching = PeriodicCallback(self._tick, 1000)
        self._watching.start()

    async def _correct_state_internal(self) -> None:
        await super()._correct_state_internal()
        self.home.tell(self.arrays.bases)
        self.told.soon()

    def _update_worker_status(self, op: str, msg: Any) -> None:
        super()._update_worker_status(op, msg)
        self.told.soon()

    async def _tick(self) -> None:
        """About once a second: whether there are tasks is told, and what was seen is followed."""
        if self.status != Status.running:
            return
        busy = any(worker.processing for worker in self.scheduler.workers.values())
        if busy:
            self.question.touch_busy()
        if busy or self._worked:
            self.told.soon()
        self._worked = busy
        if time.monotonic() - self._asked_again >= HURRIED_SECONDS:
            self._asked_again = time.monotonic()
            await self.ask_again()
            await self.told.look()
        missed = self.signs.miss(self.scheduler) or self.tally.paused
        hurried = self.plan != self.observed or self.again.waits or missed
        await self._follow(await self.look.turn(self.arrays.bases, hurried=hurried))

    async def observe(self) -> None:
        """Asks Slurm now what its workers are; replaces those that ended, and ends all when the budget is spent."""
        if self.status != Status.running:
            return
        await self.ask_again()
        if self.arrays.bases:
            await self._follow(await self.look.now(self.arrays.bases))

    async def _follow(self, seen: Seen | None) -> None:
        if seen is None:
            return
        try:
            wanted = {one.job_id: name for name, one in self.workers.items() if one.job_id and seen.covers(one.job_id)}
            ended = self.tally.take(seen.jobs, wanted)
            over = {wanted[job_id]: self.workers[wanted[job_id]] for job_id in ended}
            if self.tally.over:
                await self.forget(over)
                await self._end_all()
            elif over:
                await self.replace(over)
        finally:
            self.told.tell()

    async def _end_all(self) -> None:
        self.worker_spec.clear()
        await self._correct_state()

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.stop()
        self.tally.close()
        already = self.status == Status.closed
        await super()._close()
        self.told.tell()
        if not already:
            for keys in [one for name, one in vars(self).items() if name.startswith("_job_") and hasattr(one, "close")]:
                keys.close()  # dask-jobqueue's files in the folder that goes: later they would complain
            await asyncio.to_thread(self.home.close, self.arrays.leaving)


def _number(name: str) -> tuple[int, str]:
    last = name.rpartition("-")[2]
    return (int(last) if last.isdigit() else 0, name)
