"""The place in line: how many people's jobs Slurm ranks above one that waits, asked rarely and only while it is shown.

One query for everybody who waits, without any text that a person can set. Where Slurm hides other people's jobs a count
would be too low, so nothing is said.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aif.core.errors import SlurmError
from aif.core.site import Cluster
from aif.core.slurm import Call, arun
from aif.core.table import below
from aif_hub.private_data import hides

KEEP_SECONDS = 15.0
#: An answer this old says nothing any more: Slurm has been away since.
STALE_SECONDS = 60.0
#: How long a page waits for the first answer; without it, the place is said with the next news.
PATIENCE_SECONDS = 0.3
#: Reasons of jobs that wait for a place. Held, dependent and limited ones are passed by others.
_IN_LINE = ("None", "Priority", "Resources", "ReqNodeNotAvail", "Reserved for maintenance")


@dataclass(frozen=True)
class InLine:
    """A job that waits for a place."""

    job_id: int
    uid: int
    priority: int
    partitions: frozenset[str]


Jobs = Mapping[int, InLine]
Ask = Callable[[Call[Any], Cluster], Awaitable[Any]]


class Line:
    """What waits on one cluster, at most 15 s old while somebody looks; nobody looking means no question."""

    def __init__(self, cluster: Cluster, ask: Ask = arun) -> None:
        self._cluster = cluster
        self._ask = ask
        self._jobs: Jobs = {}
        self._asked = float("-inf")
        self._answered = float("-inf")
        self._hidden: bool | None = None
        self._asking: asyncio.Task[None] | None = None

    def ahead(self, job_id: int) -> int | None:
        """How many people were ahead of that job when last seen; None when that is not known. Sees to newer news."""
        now = time.monotonic()
        if now - self._asked > KEEP_SECONDS and (self._asking is None or self._asking.done()):
            self._asked = now
            self._asking = asyncio.get_running_loop().create_task(self._look())
        return ahead(self._jobs, job_id) if now - self._answered <= STALE_SECONDS else None

    async def looked(self) -> None:
        """Returns when the question that is under way is answered, or after a moment."""
        if self._asking is not None:
            await asyncio.wait({self._asking}, timeout=PATIENCE_SECONDS)

    async def _look(self) -> None:
        try:
            if self._hidden is None:
                self._hidden = await self._ask(hides_jobs(), self._cluster)
            if not self._hidden:
                self._jobs = await self._ask(in_line(), self._cluster)
                self._answered = time.monotonic()
        except SlurmError:
            pass  # what was known grows old


def ahead(jobs: Jobs, job_id: int) -> int | None:
    """How many other people have a job above that one in one of its partitions; None where it is not in line.

    >>> jobs = {1: InLine(1, 10, 50, frozenset({"gpu"})), 2: InLine(2, 11, 50, frozenset({"gpu"}))}
    >>> ahead(jobs, 2), ahead(jobs, 1), ahead(jobs, 3)
    (1, 0, None)
    """
    own = jobs.get(job_id)
    if own is None:
        return None
    return len(
        {
            job.uid
            for job in jobs.values()
            if job.uid != own.uid
            and job.partitions & own.partitions
            and (-job.priority, job.job_id) < (-own.priority, own.job_id)
        }
    )


def in_line() -> Call[Jobs]:
    """The jobs of everyone that wait for a place, in one query; an array that waits is one."""
    argv = ("squeue", "-a", "-t", "PD", "-o", "%A|%U|%Q|%P|%r")
    head = "JOBID|UID|PRIORITY|PARTITION|REASON"
    return Call(argv, lambda out: parse_in_line(below(head, out, "squeue")), timeout_seconds=10)


def parse_in_line(out: str) -> dict[int, InLine]:
    """Jobs in line by id from the rows of `in_line`; left out is what does not fit, and who is passed by others.

    >>> sorted(parse_in_line("7|1003|30000|gpu,mig|Priority\\n8|1004|0|gpu|JobHeldUser"))
    [7]
    """
    found = {}
    for line in out.splitlines():
        parts = line.split("|", maxsplit=4)
        if len(parts) != 5 or not all(part.isascii() and part.isdigit() for part in parts[:3]):
            continue
        job_id, uid, priority = (int(part) for part in parts[:3])
        if priority and parts[4].strip("()").startswith(_IN_LINE):
            found[job_id] = InLine(job_id, uid, priority, frozenset(parts[3].split(",")))
    return found


def hides_jobs() -> Call[bool]:
    """Whether this Slurm shows people only jobs of their own."""
    return hides("jobs")
