"""With a worker that finds its cluster gone, those of it that still wait end too, where the session's job is over.

Watchdog and hub see to that sooner. Where a session went too abruptly for the one and the other is away, each that
waits would still be given its GPU, and hold it for as long as it looks for its cluster. Slurm says whether the
session's job is over: a node that cannot reach another proves nothing of it.

`python -m aif.scale.left` is run by the job script of a worker that comes late, `end_waiting` by a worker's guard.
Often just one worker runs, and none may start for hours: so each way in which that one ends by itself leads here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import replace

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import run
from aif.core.states import Phase
from aif.core.workers import WorkerJob, labelled, own, own_arrays
from aif.scale.arrays import cancellation

#: What a worker is told in its environment: where Slurm is, its cluster's label, and the job of its session.
BIN, CONF, LABEL, JOB = "AIF_SLURM_BIN", "AIF_SLURM_CONF", "AIF_CLUSTER_LABEL", "AIF_SESSION_JOB"
#: Seconds for each of three commands, and for all that is asked: a worker that asks is paid for meanwhile.
SECONDS, LAST_SECONDS = 5.0, 15.0
#: Seconds until a Slurm that gave no answer is asked again.
_PAUSE = 1.0


def told(cluster: Cluster, label: str, job: int | None) -> dict[str, str]:
    """What a worker's environment says of that; nothing where the session's job is not known."""
    return {} if job is None else {BIN: cluster.slurm_bin, CONF: cluster.slurm_conf, LABEL: label, JOB: str(job)}


def end_waiting(env: Mapping[str, str], seconds: float = LAST_SECONDS) -> list[str]:
    """The ids of those of the cluster that waited and are cancelled; none where its session goes on or nobody knows.

    A Slurm that gives no answer is asked again within these `seconds`, and no longer.
    """
    if not env.get(JOB):
        return []
    until = time.monotonic() + seconds
    while True:
        try:
            return _end_waiting(env, until)
        except SlurmUnreachable:
            if time.monotonic() + _PAUSE >= until:
                return []
        except SlurmError:  # the next one that starts asks again
            return []
        time.sleep(_PAUSE)  # a Slurm that is back tells nobody


def _end_waiting(env: Mapping[str, str], until: float) -> list[str]:
    cluster = Cluster("", env[CONF], env[BIN])
    known: dict[str, str] = run(own_arrays(_time(until)), cluster)
    arrays = labelled(known, env[LABEL])
    if not arrays:
        return []
    found = run(replace(own({*arrays, env[JOB]}), timeout_seconds=_time(until)), cluster)
    if not _over(found.get(env[JOB])):
        return []
    waiting = [one for one, its in found.items() if its.phase is Phase.WAITING and one.partition("_")[0] in arrays]
    if waiting:
        run(replace(cancellation(waiting), timeout_seconds=_time(until)), cluster)
    return waiting


def _time(until: float) -> float:
    return min(SECONDS, max(_PAUSE, until - time.monotonic()))


def _over(session: WorkerJob | None) -> bool:
    """Whether the kernels of a session whose job is this, or is not known any more, are gone and will not come back.

    Slurm is ending what is left of a job that completes, for half a minute or longer: a worker that waited for the end
    of that would be paid for it. One that was put back into the queue begins with other kernels.
    """
    return session is None or session.phase in (Phase.ENDED, Phase.WAITING) or session.state == "COMPLETING"


if __name__ == "__main__":
    if cancelled := end_waiting(os.environ):
        print("Its session is over. Cancelled what waited of it:", *cancelled)
