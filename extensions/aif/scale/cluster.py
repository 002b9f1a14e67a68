"""The cluster itself: dask-jobqueue's, with workers that are what Slurm says, one submission a step, and an end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping, Sequence
from datetime import timedelta
from fractions import Fraction
from typing import Any

from dask_jobqueue import SLURMCluster
from distributed import Security
from distributed.core import Status
from distributed.deploy.spec import ProcessInterface
from tornado.ioloop import PeriodicCallback

from aif.core.errors import AifError, SlurmError
from aif.core.slurm import arun
from aif.scale.adapt import PatientAdaptive
from aif.scale.arrays import Arrays
from aif.scale.home import Home
from aif.scale.job import ArrayJob, options_of
from aif.scale.look import WorkerJob, look
from aif.scale.options import merged
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.scheduler import PrivateScheduler
from aif.scale.shown import Row, Shown
from aif.scale.tally import Tally
from aif.scale.told import Told, uses

log = logging.getLogger("aif.scale")
#: How often Slurm is asked, for all workers at once: while some of them are not at work, and otherwise.
LOOK_SECONDS, QUIET_SECONDS = 5.0, 30.0
#: What squeue says where it knows no job of the only id that it was asked for.
NO_SUCH_JOB = "Invalid job id"


class NotStarted(AifError):
    """Slurm did not take the workers: what it said, and what to do."""


class GpuCluster(SLURMCluster):
    """One worker a GPU, beside the session in `place`, as `plan` says. Made by `gpu_cluster()`.

    `budget`, in GPU-hours, ends all workers when it is spent; None: what the project has is the only limit.
    """

    job_cls = ArrayJob

    def __init__(self, place: Place, plan: Plan, *, budget: Fraction | None = None, **options: Any) -> None:
        merged({}, options)  # refused before anything is made
        self.place, self.first_plan = place, plan
        self.home = Home(place.cluster)
        self.arrays = Arrays(place.cluster)
        self.tally = Tally(plan.size.price, budget)
        self._watching: PeriodicCallback | None = None
        self._looked_at = float("-inf")
        self.told = Told(self)
        ours = {
            "name": f"aif-{self.home.folder.name.lower()}",
            "security": Security.temporary(),
            "shared_temp_directory": str(self.home.folder),
            "scheduler_cls": PrivateScheduler,
            "scheduler_options": {"host": place.address, "port": 0, "dashboard_address": str(self.home.socket)},
            **options_of(place, plan, self.home.folder),
            "arrays": self.arrays,
        }
        super().__init__(**merged(ours, options))

    # -- what there is -----------------------------------------------------------------------------------------------

    @property
    def trouble(self) -> str:
        """Why there are fewer workers than were asked for and no more will come; empty where there is no reason."""
        return self.tally.trouble

    @property
    def longest_wait(self) -> timedelta:
        """The longest that a worker of this cluster has waited in Slurm's queue."""
        return self.tally.longest_wait

    @property
    def spent(self) -> float:
        """GPU-hours of whole GPUs that its workers have used."""
        return float(self.tally.spent)

    @property
    def shuffles(self) -> bool:
        """Whether a peer-to-peer shuffle goes on, which starts anew when a worker goes."""
        plugin = self.scheduler.plugins.get("shuffle") if self.scheduler else None
        return bool(plugin and plugin.active_shuffles)

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
        budget = self.tally.budget
        return Shown(
            name=str(self.name),
            plan=len(self.plan),
            requested=len(self.requested),
            observed=len(here),
            rows=tuple(rows),
            price=float(self.first_plan.size.price) * len(rows),
            spent=self.spent,
            budget=None if budget is None else float(budget),
            trouble=self.trouble,
            closed=self.status in (Status.closing, Status.closed),
            language=self.place.language,
        )

    def __repr__(self) -> str:
        return self.shown().text()

    def _repr_html_(self, cluster_status: str | None = None) -> str:
        return self.shown().html()

    def _ipython_display_(self, **_: object) -> None:
        """Live where widgets are; the same, readable, in a saved notebook."""
        self.told.display()

    # -- what is asked for -------------------------------------------------------------------------------------------

    def scale(self, n: int | None = None, jobs: int = 0, memory: str | None = None, cores: int | None = None) -> Any:
        """As dask-jobqueue's; returns once Slurm has taken the workers, and raises NotStarted where it does not.

        To shrink it waits until no peer-to-peer shuffle goes on. Raises NotPlanned to grow on a budget that is spent.
        """
        inside = self.asynchronous  # also in Dask's own event loop, which nothing may wait in
        wanted = n if n is not None else jobs
        if not inside and self.shuffles and wanted < len(self.worker_spec):
            self.sync(self.calm)
        if self.status == Status.running and (wanted or memory or cores):
            self.tally.again()
        answer = super().scale(n, jobs, memory=memory, cores=cores)
        if not inside and self.status == Status.running:
            self.sync(self.settled)
        return answer

    def adapt(self, *args: Any, **options: Any) -> Any:
        """As dask-jobqueue's, with patience: see `PatientAdaptive`."""
        return super().adapt(*args, **{"Adaptive": PatientAdaptive, **options})

    def by_hand(self) -> None:
        """From here on it has as many workers as somebody says, and `adapt()` no longer chooses."""
        chooses: Any = self._adaptive
        if chooses is not None:
            chooses.stop()

    async def calm(self) -> None:
        """Returns once no peer-to-peer shuffle goes on."""
        while self.shuffles:  # noqa: ASYNC110 - Dask gives no event for it
            await asyncio.sleep(0.1)

    async def settled(self) -> None:
        """Returns once Slurm has taken what was asked for. Raises NotStarted."""
        await self._correct_state()
        refusal = await self._drop_refused()
        if refusal is not None:
            raise NotStarted(
                f"Slurm did not take the workers: {refusal.said or refusal}.",
                "Those that run or wait already stay as they are.",
                "Ask for fewer, for a shorter time, or for another size.",
            )

    # -- keeping it true ---------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        await super()._start()
        self._watching = PeriodicCallback(self._observe_if_due, LOOK_SECONDS * 1000)
        self._watching.start()

    async def _correct_state_internal(self) -> None:
        await super()._correct_state_internal()
        self.home.tell(self.arrays.bases)
        self.told.soon()

    def _update_worker_status(self, op: str, msg: Any) -> None:
        super()._update_worker_status(op, msg)
        self.told.soon()

    async def _observe_if_due(self) -> None:
        if self.requested != self.observed or time.monotonic() - self._looked_at >= QUIET_SECONDS:
            await self.observe()
        await self.told.look()

    async def observe(self) -> None:
        """Asks Slurm once what its workers are; replaces those that ended, and ends all when the budget is spent."""
        if self.status != Status.running or not self.arrays.bases:
            return
        self._looked_at = time.monotonic()
        try:
            found = await arun(look(self.arrays.bases), self.place.cluster)
        except SlurmError as error:
            if NO_SUCH_JOB not in error.said:
                log.debug("cannot look at the workers: %s", error)  # they stay as last seen
                return
            found = {}  # the controller has forgotten the only array there was
        try:
            await self._follow(found)
        finally:
            self.told.tell()

    async def _follow(self, found: Mapping[str, WorkerJob]) -> None:
        wanted = {one.job_id: name for name, one in self.workers.items() if one.job_id}
        ended = self.tally.take(found, wanted)
        await self._forget([wanted[job_id] for job_id in ended])
        if self.tally.over:
            await self._end_all()
        elif ended:
            await self._correct_state()
            await self._drop_refused()

    async def _forget(self, names: Sequence[str]) -> None:
        """Their jobs are over: they are to be replaced, or no longer wanted.

        Each is cancelled all the same: one that Slurm did not show may still be there, and would be two.
        """
        async with self._lock:
            for name in names:
                if self.tally.trouble:
                    self.worker_spec.pop(name, None)
            over = [one for name in names if (one := self.workers.pop(name, None)) is not None]
            await asyncio.gather(*(one.close() for one in over))

    async def _drop_refused(self) -> SlurmError | None:
        """Takes back the wish for workers that Slurm refused; what it said of them."""
        refused = [name for name, one in self.workers.items() if one.refused is not None]
        last = None
        for name in refused:
            last = self.workers[name].refused
            self.worker_spec.pop(name, None)
            await ProcessInterface.close(self.workers.pop(name))
        if last is not None:
            self.tally.trouble = f"Slurm did not take the workers: {last.said or last}."
        return last

    async def _end_all(self) -> None:
        self.worker_spec.clear()
        await self._correct_state()

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.stop()
        already = self.status == Status.closed
        await super()._close()
        self.told.tell()
        if not already:
            await asyncio.to_thread(self.home.close)


def _number(name: str) -> tuple[int, str]:
    last = name.rpartition("-")[2]
    return (int(last) if last.isdigit() else 0, name)
