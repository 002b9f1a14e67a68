"""The cluster itself: dask-jobqueue's, with workers that are what Slurm says, one submission a step, and an end."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from datetime import timedelta
from fractions import Fraction
from typing import Any

from distributed import Security
from distributed.core import Status
from tornado.ioloop import PeriodicCallback

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.slurm import arun
from aif.scale.adapt import PatientAdaptive
from aif.scale.again import Again
from aif.scale.arrays import Arrays
from aif.scale.asking import AskingCluster, NotStarted
from aif.scale.home import Home
from aif.scale.job import ArrayJob, options_of
from aif.scale.look import WorkerJob, look
from aif.scale.options import merged
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.scheduler import PrivateScheduler
from aif.scale.shown import Row, Shown
from aif.scale.tally import Tally

__all__ = ["GpuCluster", "NotStarted"]

log = logging.getLogger("aif.scale")
#: How often Slurm is asked, for all workers at once: while some of them are not at work, and otherwise.
LOOK_SECONDS, QUIET_SECONDS = 5.0, 30.0
#: What squeue says where it knows no job of the only id that it was asked for.
NO_SUCH_JOB = "Invalid job id"


class GpuCluster(AskingCluster):
    """One worker a GPU, beside the session in `place`, as `plan` says. Made by `gpu_cluster()`.

    `budget`, in GPU-hours, ends all workers when it is spent; None: what the project has is the only limit.
    """

    job_cls = ArrayJob

    def __init__(self, place: Place, plan: Plan, *, budget: Fraction | None = None, **options: Any) -> None:
        merged({}, options)  # refused before anything is made
        self.place, self.first_plan = place, plan
        self.home = Home(place.cluster)
        self.again = Again(place.language)
        self.arrays = Arrays(place.cluster, self.home.label, self.again)
        self.tally = Tally(plan.size.price, budget)
        self._watching: PeriodicCallback | None = None
        self._looked_at = float("-inf")
        self._live: Any = None  # the widget, once shown
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
        """Why there are fewer workers than were asked for, and whether more will come; empty where there is none."""
        return " ".join(filter(None, [self.tally.trouble, self.again.trouble]))

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

    def shown(self) -> Shown:
        """All of it at this moment, for showing."""
        jobs, here = self.tally.jobs, {str(name) for name in self.observed}
        rows = [
            Row(str(name), one.job_id or "", jobs.get(one.job_id), str(name) in here)
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
        from IPython.display import publish_display_data

        display: Any = publish_display_data  # IPython has no types for it

        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        try:
            from ipywidgets import HTML
        except ImportError:
            display(static)
            return
        if self._live is None:
            self._live = HTML()
        self._live.value = static["text/html"]
        display({**(self._live._repr_mimebundle_() or {}), **static})

    # -- what is asked for -------------------------------------------------------------------------------------------

    def scale(self, n: int | None = None, jobs: int = 0, memory: str | None = None, cores: int | None = None) -> Any:
        """As dask-jobqueue's; returns once Slurm has taken the workers, and raises NotStarted where it does not.

        To shrink it waits until no peer-to-peer shuffle goes on. Raises NotPlanned to grow on a budget that is spent.
        """
        inside = self.asynchronous  # also in Dask's own event loop, which nothing may wait in
        wanted = n if n is not None else jobs
        if not inside and self.shuffles and wanted < len(self.worker_spec):
            self.sync(self._calm)
        if self.status == Status.running and (wanted or memory or cores):
            self.tally.again()
        answer = super().scale(n, jobs, memory=memory, cores=cores)
        if not inside and self.status == Status.running:
            self.sync(self.settled)
        return answer

    def adapt(self, *args: Any, **options: Any) -> Any:
        """As dask-jobqueue's, with patience: see `PatientAdaptive`."""
        return super().adapt(*args, **{"Adaptive": PatientAdaptive, **options})

    # -- keeping it true ---------------------------------------------------------------------------------------------

    async def _start(self) -> None:
        await super()._start()
        self._watching = PeriodicCallback(self._observe_if_due, LOOK_SECONDS * 1000)
        self._watching.start()

    async def _correct_state_internal(self) -> None:
        await super()._correct_state_internal()
        self.home.tell(self.arrays.bases)

    async def _observe_if_due(self) -> None:
        quiet = time.monotonic() - self._looked_at < QUIET_SECONDS
        if not quiet or self.plan != self.observed or self.again.waits:
            await self.observe()

    async def observe(self) -> None:
        """Asks Slurm once what its workers are; replaces those that ended, and ends all when the budget is spent."""
        if self.status != Status.running:
            return
        await self.ask_again()
        if not self.arrays.bases:
            return
        self._looked_at = time.monotonic()
        try:
            found = await arun(look(self.arrays.bases), self.place.cluster)
        except SlurmError as error:
            if isinstance(error, SlurmUnreachable):
                self.again.silent()
            if NO_SUCH_JOB not in error.said:
                log.debug("cannot look at the workers: %s", error)  # they stay as last seen
                return
            found = {}  # the controller has forgotten the only array there was
        self.again.heard()
        try:
            await self._follow(found)
        finally:
            if self._live is not None:
                self._live.value = self._repr_html_()

    async def _follow(self, found: Mapping[str, WorkerJob]) -> None:
        wanted = {one.job_id: name for name, one in self.workers.items() if one.job_id}
        ended = self.tally.take(found, wanted)
        over = {wanted[job_id]: self.workers[wanted[job_id]] for job_id in ended}
        if self.tally.over:
            await self.forget(over)
            await self._end_all()
        elif over:
            await self.replace(over)

    async def _end_all(self) -> None:
        self.worker_spec.clear()
        await self._correct_state()

    async def _calm(self) -> None:
        while self.shuffles:  # noqa: ASYNC110 - Dask gives no event for it
            await asyncio.sleep(0.1)

    async def _close(self) -> None:
        if self._watching is not None:
            self._watching.stop()
        already = self.status == Status.closed
        await super()._close()
        if not already:
            for keys in [one for name, one in vars(self).items() if name.startswith("_job_") and hasattr(one, "close")]:
                keys.close()  # dask-jobqueue's files in the folder that goes: later they would complain
            await asyncio.to_thread(self.home.close)


def _number(name: str) -> tuple[int, str]:
    last = name.rpartition("-")[2]
    return (int(last) if last.isdigit() else 0, name)
