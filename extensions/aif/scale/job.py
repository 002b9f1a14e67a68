"""One worker as dask-jobqueue's cluster handles it; many of them are one job array."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from dask_jobqueue.slurm import SLURMJob
from distributed.deploy.spec import ProcessInterface

from aif.core.errors import SlurmError
from aif.core.units import read_time
from aif.core.workers import JOB_NAME
from aif.scale.arrays import FREE, NAME, Arrays
from aif.scale.packed import PYTHON, seen_out, unpacking
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.program import lifetime, program
from aif.scale.prologue import exports, prologue


class ArrayJob(SLURMJob):
    """A worker, which runs for `lasts` at most, and no longer than `arrays.lasts` when it is made.

    `refused` is what Slurm said where it did not take it.
    """

    def __init__(
        self,
        scheduler: str | None = None,
        name: str | None = None,
        *,
        arrays: Arrays,
        lasts: timedelta,
        price: Fraction = FREE,
        packed: bool = False,
        walltime: str | None = None,
        worker_extra_args: Sequence[str] = (),
        job_script_prologue: Sequence[str] = (),
        **options: Any,
    ) -> None:
        self.lasts, limit = _time(lasts, arrays.lasts, walltime)
        args, env = lifetime(options["worker_command"], self.lasts)
        super().__init__(
            scheduler,
            NAME,
            walltime=limit,
            worker_extra_args=[*args, *worker_extra_args],  # theirs come last, and hold
            job_script_prologue=[*prologue(scheduler or "", arrays.env), *exports(env), *job_script_prologue],
            **options,
        )
        self.name = name
        self.refused: SlurmError | None = None
        self._arrays, self._price, self._packed = arrays, price, packed

    def job_script(self) -> str:
        """What Slurm is given."""
        script = str(super().job_script())
        return seen_out(script) if self._packed else script

    async def start(self) -> None:
        """Asks Slurm for it, together with all that start in this moment.

        A refusal is kept: raised here it would leave the cluster between two states.
        """
        try:
            self.job_id = await self._arrays.submit(self.job_script(), str(self.name), self._price)
        except SlurmError as error:
            self.refused = error
        await ProcessInterface.start(self)

    async def close(self) -> None:
        """Ends it, waiting or running."""
        if self.job_id:
            await (self._arrays.leave if self._packed else self._arrays.cancel)(self.job_id)
        await ProcessInterface.close(self)


def _time(lasts: timedelta, left: timedelta | None, walltime: str | None) -> tuple[timedelta, str]:
    """How long a worker runs at most, in whole minutes, and how Slurm is told; `walltime` is its person's own.

    >>> _time(timedelta(hours=2), timedelta(minutes=40, seconds=50), None)
    (datetime.timedelta(seconds=2400), '40')
    >>> _time(timedelta(hours=2), None, "00:02:00"), _time(timedelta(hours=2), None, "soon")[1]
    ((datetime.timedelta(seconds=120), '00:02:00'), 'soon')
    """
    most = lasts if left is None else min(lasts, left)
    asked = read_time(walltime or "")
    if walltime and (asked is None or timedelta() < asked <= most):  # what is no time Slurm says itself
        return asked or most, walltime
    minutes = max(1, int(most.total_seconds() // 60))
    return timedelta(minutes=minutes), str(minutes)


def options_of(
    place: Place, plan: Plan, folder: Path, *, cuda: bool = False, packed: Path | None = None
) -> dict[str, Any]:
    """What dask-jobqueue is told of a worker.

    `cuda`: it is dask-cuda's where the size has a GPU; `packed`: the file with the environment that it unpacks.
    """
    size = plan.size
    directives = [f"--qos={place.qos}"] if place.qos else []
    directives += [f"--gres=gpu:{size.gpu_type}:{size.gpus}"] if size.gpus else []
    worker = program(size, cuda=cuda)
    return {
        "price": size.price,
        "lasts": plan.time,
        "packed": packed is not None,
        "queue": size.partition,
        "account": place.account,
        "walltime": None,  # made for each when it is asked for: a late one has less time
        "cores": worker.threads,
        "processes": 1,
        "memory": f"{size.memory_mb}MiB",
        "job_cpu": size.cpus,
        "job_mem": f"{size.memory_mb}M",
        "job_name": JOB_NAME,
        "job_extra_directives": [*directives, "--no-requeue"],
        "log_directory": str(folder / "logs"),
        "local_directory": str(folder / "spill"),
        "python": PYTHON if packed else sys.executable,
        "shebang": "#!/bin/bash",
        "worker_command": worker.module,
        "worker_extra_args": list(worker.args),
        "job_script_prologue": [
            *exports(worker.env),
            *(unpacking(packed) if packed else ()),
        ],
    }
