"""One worker as dask-jobqueue's cluster handles it; many of them are one job array."""

from __future__ import annotations

import os
import pwd
import shlex
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

from dask_jobqueue.slurm import SLURMJob
from distributed.deploy.spec import ProcessInterface

from aif.core.errors import SlurmError
from aif.core.workers import JOB_NAME
from aif.scale.arrays import FREE, NAME, NAMES_LINE, Arrays
from aif.scale.packed import PYTHON, seen_out, unpacking
from aif.scale.place import Place
from aif.scale.plan import Plan
from aif.scale.program import program

#: What a worker needs of its environment beside what Slurm and the script set: nothing of the kernel's leaks in.
_WORKER_ENV = {
    "DASK_DISTRIBUTED__WORKER__HTTP__ROUTES": "[]",  # there is no HTTP server to serve them
    "LANG": "C.UTF-8",
}


class ArrayJob(SLURMJob):
    """A worker. `refused` is what Slurm said where it did not take it."""

    def __init__(
        self,
        scheduler: str | None = None,
        name: str | None = None,
        *,
        arrays: Arrays,
        price: Fraction = FREE,
        packed: bool = False,
        **options: Any,
    ) -> None:
        before = [*prologue(scheduler or ""), *(options.pop("job_script_prologue", None) or ())]
        super().__init__(scheduler, NAME, job_script_prologue=before, **options)
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


def prologue(address: str, patience_seconds: int = 20) -> list[str]:
    """What each worker does before Python starts: takes its name, and goes no further where its cluster is gone.

    `address` is the scheduler's, ``tls://host:port``.
    """
    host, _, port = address.rpartition("://")[2].rpartition(":")
    person = pwd.getpwuid(os.getuid())
    env = {"HOME": person.pw_dir, "USER": person.pw_name, "LOGNAME": person.pw_name, **_WORKER_ENV}
    reach = shlex.quote(f"exec 3<>/dev/tcp/{host.strip('[]')}/{port}")
    return [
        NAMES_LINE,
        *(f"export {name}={shlex.quote(value)}" for name, value in env.items()),
        "unset SLURM_TIME_FORMAT",
        f"until timeout 5 bash -c {reach} 2>/dev/null",
        f'do [ "$SECONDS" -lt {patience_seconds} ] || {{ echo "The cluster of this worker is gone."; exit 0; }}',
        "   sleep 1",
        "done",
    ]


def options_of(
    place: Place, plan: Plan, folder: Path, *, cuda: bool = False, packed: Path | None = None
) -> dict[str, Any]:
    """What dask-jobqueue is told of a worker.

    `cuda`: it is dask-cuda's where the size has a GPU; `packed`: the file with the environment that it unpacks.
    """
    size, minutes = plan.size, max(1, int(plan.time.total_seconds() // 60))
    directives = [f"--qos={place.qos}"] if place.qos else []
    directives += [f"--gres=gpu:{size.gpu_type}:{size.gpus}"] if size.gpus else []
    worker = program(size, plan.time, cuda=cuda)
    return {
        "price": size.price,
        "packed": packed is not None,
        "queue": size.partition,
        "account": place.account,
        "walltime": str(minutes),
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
            *(f"export {name}={shlex.quote(value)}" for name, value in worker.env.items()),
            *(unpacking(packed) if packed else ()),
        ],
    }
