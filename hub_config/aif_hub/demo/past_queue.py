"""When and where the played-in jobs ran: first come, first served, on the GPUs that the demo's nodes have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from aif_hub.demo.history import HOUR, Wish

#: The GPUs of each node, by type; what asks for none runs on the slice node, as Slurm would have it.
_NODES = {"h100": {"gpu01": 4, "gpu02": 4, "gpu03": 4}, "h100_1g.10gb": {"mig01": 49}, "": {"mig01": 0}}
#: Slurm's way from a submission to a first line, in seconds.
_STARTING = 2
_EARLIER = 12 * HOUR


@dataclass(frozen=True)
class PastJob:
    """A job that is over. Times in seconds since 1970."""

    job_id: int
    wish: Wish
    node: str
    start: int

    @property
    def end(self) -> int:
        return self.start + self.wish.seconds


def run_through(wishes: Iterable[Wish], until: int) -> list[PastJob]:
    """All jobs, numbered as they were submitted, none ending after `until`.

    What a full machine would have kept beyond that was submitted half a day earlier.
    """
    queue = list(wishes)
    while True:
        queue.sort(key=lambda wish: wish.submitted)
        jobs = _run(queue)
        late = {job.job_id - 1 for job in jobs if job.end > until}
        if not late:
            return jobs
        queue = [
            replace(wish, submitted=wish.submitted - _EARLIER) if at in late else wish for at, wish in enumerate(queue)
        ]


def _run(queue: list[Wish]) -> list[PastJob]:
    free_at = {node: [0] * gpus for nodes in _NODES.values() for node, gpus in nodes.items() if gpus}
    jobs = []
    for job_id, wish in enumerate(queue, 1):
        ready, gpus = wish.submitted + _STARTING, wish.size.gpus
        able = [node for node, has in _NODES[wish.size.gpu_type].items() if has >= gpus]
        starts = {node: max(ready, sorted(free_at[node])[gpus - 1] if gpus else 0) for node in able}
        node = min(starts, key=lambda node: starts[node])
        job = PastJob(job_id, wish, node, starts[node])
        jobs.append(job)
        if gpus:
            free_at[node] = sorted(free_at[node])
            free_at[node][:gpus] = [job.end] * gpus
    return jobs
