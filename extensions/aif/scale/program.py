"""The program that a worker is: dask-cuda's, which holds one GPU, or Dask's own where there is none.

dask-cuda's takes no option for a nanny's preload nor for a lifetime; what it is not told, Dask reads from its
environment (names of `distributed.yaml`, in Dask's form for the environment).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.util import find_spec

from aif.scale import guard
from aif.scale.place import Place, Size

#: A worker ends itself so long before Slurm would, so that its data moves to others: it and at most as much again.
LAST_MINUTE = timedelta(minutes=1)
#: Part of a GPU's memory that is set aside for data frames and arrays; the rest is for what does not ask RMM.
POOL = 0.8
_PLAIN, _CUDA = "distributed.cli.dask_worker", "dask_cuda.cli"
#: No pages, and no port for the HTTP server that Dask always starts. Named, not imported: it takes Dask with it.
_NO_PAGES = ("--no-dashboard", "--worker-class", "aif.scale.worker.PrivateWorker")
_CUDA_ARGS = (
    *("--rmm-pool-size", str(POOL)),
    *("--set-rmm-allocator-for-libs", "cupy"),
    "--enable-cudf-spill",  # data that the GPU cannot hold moves to the node's memory, and back
)


@dataclass(frozen=True)
class Program:
    """`module` is run by Python with `args`, with `threads` threads for tasks, and with `env` in its environment."""

    module: str
    threads: int
    args: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)


def cuda_workers(place: Place) -> bool:
    """Whether workers with a GPU are dask-cuda's: this kernel has it, and the GPUs are real ones."""
    return not place.gpus_emulated and find_spec("dask_cuda") is not None


def program(size: Size, *, cuda: bool) -> Program:
    """The worker of that size; `cuda`: with dask-cuda, where its GPU is a real one."""
    if not (cuda and size.gpus):
        return Program(_PLAIN, size.cpus, (*_NO_PAGES, "--preload-nanny", guard.__name__))
    env = {"DASK_DISTRIBUTED__NANNY__PRELOAD": json.dumps([guard.__name__]), "DASK_CUDF_SPILL_WARNING": "False"}
    return Program(_CUDA, 1, (*_NO_PAGES, *_CUDA_ARGS), env)  # one thread: two would share the GPU's memory


def lifetime(module: str, time: timedelta) -> tuple[tuple[str, ...], dict[str, str]]:
    """Arguments and environment by which the program `module` ends itself before Slurm does, after `time`.

    None for a short one, which would have little time left.
    """
    lives = time - 2 * LAST_MINUTE
    if lives <= 2 * LAST_MINUTE:
        return (), {}
    if module != _CUDA:
        return ("--lifetime", _seconds(lives), "--lifetime-stagger", _seconds(LAST_MINUTE)), {}
    return (), {
        "DASK_DISTRIBUTED__WORKER__LIFETIME__DURATION": _seconds(lives),
        "DASK_DISTRIBUTED__WORKER__LIFETIME__STAGGER": _seconds(LAST_MINUTE),
    }


def _seconds(length: timedelta) -> str:
    return f"{length.total_seconds():.0f}s"
