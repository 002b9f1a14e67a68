"""From which releases something runs: processes of this host, and jobs that Slurm has not ended."""

from __future__ import annotations

import contextlib
import math
import os
from collections.abc import Iterator
from pathlib import Path

from aif.core.errors import SlurmError
from aif.core.site import Cluster
from aif.core.slurm import environment
from aif.core.table import below
from aif_hub.demo.commands import outcome
from aif_hub.demo.errors import CommandFailed
from aif_hub.operate.releases import Releases


def oldest_job(cluster: Cluster) -> float:
    """When the oldest of our jobs that has not ended was submitted; infinite with none, 0 where Slurm did not say."""
    argv = [f"{cluster.slurm_bin}/squeue", "--format=%V", f"--name={cluster.job_name}"]
    try:
        done = outcome(argv, env={**environment(cluster), "SLURM_TIME_FORMAT": "%s"}, timeout=60)
        if done.returncode:
            return 0
        rows = below("SUBMIT_TIME", done.stdout, "squeue")
        return min((float(line) for line in rows.split()), default=math.inf)
    except (CommandFailed, SlurmError, ValueError):
        return 0


def running(releases: Releases, processes: Path = Path("/proc")) -> set[str]:
    """Those from which a process of this host runs, such as a proxy that outlived an upgrade."""
    places = {name: f"{releases.place(name)}/" for name in releases.names}
    words = [word for process in processes.glob("[0-9]*") for word in _words(process)]
    return {name for name, place in places.items() if any(word.startswith(place) for word in words)}


def _words(process: Path) -> Iterator[str]:
    """What a process was started from and with; nothing of one that is gone."""
    with contextlib.suppress(OSError):  # a thread of the kernel's, or gone meanwhile
        yield os.readlink(process / "exe")
    with contextlib.suppress(OSError):
        yield from (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
