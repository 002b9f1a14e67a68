"""With a worker that finds its cluster gone, those of it that still wait end too, where the session's job is over.

Watchdog and hub see to that sooner. Where a session went too abruptly for the one and the other is away, each that
waits would still be given its GPU, and hold it for as long as it looks for its cluster. Slurm says whether the
session's job is over: a node that cannot reach another proves nothing of it.

`python -m aif.scale.left` is run by the job script of a worker that comes late, `end_waiting` by a worker's guard.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from aif.core.errors import SlurmError
from aif.core.site import Cluster
from aif.core.slurm import run
from aif.core.states import Phase
from aif.core.workers import labelled, own, own_arrays
from aif.scale.arrays import cancellation

#: What a worker is told in its environment: where Slurm is, its cluster's label, and the job of its session.
BIN, CONF, LABEL, JOB = "AIF_SLURM_BIN", "AIF_SLURM_CONF", "AIF_CLUSTER_LABEL", "AIF_SESSION_JOB"
#: Seconds for each of three commands: a worker that asks is paid for meanwhile.
SECONDS = 5.0
#: A session's job in one of these is over, and so is one that was put back into the queue: its kernels are gone.
_OVER = (Phase.ENDED, Phase.WAITING)


def told(cluster: Cluster, label: str, job: int | None) -> dict[str, str]:
    """What a worker's environment says of that; nothing where the session's job is not known."""
    return {} if job is None else {BIN: cluster.slurm_bin, CONF: cluster.slurm_conf, LABEL: label, JOB: str(job)}


def end_waiting(env: Mapping[str, str]) -> list[str]:
    """The ids of those of the cluster that waited and are cancelled; none where its session goes on or nobody knows."""
    job = env.get(JOB, "")
    if not job:
        return []
    cluster = Cluster("", env[CONF], env[BIN])
    try:
        known: dict[str, str] = run(own_arrays(SECONDS), cluster)
        arrays = labelled(known, env[LABEL])
        if not arrays:
            return []
        found = run(replace(own({*arrays, job}), timeout_seconds=SECONDS), cluster)
        if job in found and found[job].phase not in _OVER:
            return []
        waiting = [one for one, its in found.items() if its.phase is Phase.WAITING and one.partition("_")[0] in arrays]
        if waiting:
            run(replace(cancellation(waiting), timeout_seconds=SECONDS), cluster)
        return waiting
    except SlurmError:  # the next one that starts asks again
        return []


if __name__ == "__main__":
    end_waiting(os.environ)
