"""When a cluster's workers are looked at, and who asks Slurm: the hub once for all clusters, or this kernel itself."""

from __future__ import annotations

import logging
import time
from collections.abc import Collection
from dataclasses import dataclass

from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import arun
from aif.core.workers import WorkerJob, own
from aif.scale.again import Again
from aif.scale.question import Question

log = logging.getLogger("aif.scale")

#: Between two looks: while some workers are not at work, and otherwise.
HURRIED_SECONDS, QUIET_SECONDS = 5.0, 30.0
#: A hub that has no answer within this is done without.
HUB_SECONDS = 8.0
#: What squeue says where it knows no job of the only id that it was asked for.
NO_SUCH_JOB = "Invalid job id"


@dataclass(frozen=True)
class Seen:
    """The workers of `arrays` by id, at a time when all of these had been submitted."""

    arrays: frozenset[str]
    jobs: dict[str, WorkerJob]

    def covers(self, job_id: str) -> bool:
        """Whether the job was there to be seen: one that is not shown then has ended."""
        return _array(job_id) in self.arrays


class Look:
    """The looks of one cluster. `turn` is called about once a second; `again` hears whether Slurm answers."""

    def __init__(self, question: Question, cluster: Cluster, again: Again) -> None:
        self._question = question
        self._cluster = cluster
        self._again = again
        self._asked_for: frozenset[str] | None = None
        self._at = float("-inf")  # of the last question

    async def turn(self, arrays: Collection[str], *, hurried: bool) -> Seen | None:
        """What was seen, where something was; otherwise None, also while Slurm cannot say."""
        now = time.monotonic()
        if self._asked_for is None:
            if arrays and now - self._at >= (HURRIED_SECONDS if hurried else QUIET_SECONDS):
                self._at, self._asked_for = now, frozenset(arrays)
                self._question.ask()
            return None
        if (jobs := self._question.answer()) is not None:
            return self._seen({job_id: job for job_id, job in jobs.items() if _array(job_id) in self._asked_for})
        return await self.now(self._asked_for) if now - self._at >= HUB_SECONDS else None

    async def now(self, arrays: Collection[str]) -> Seen | None:
        """What Slurm says to this kernel's own question; None while it cannot say."""
        self._at, self._asked_for = time.monotonic(), frozenset(arrays)
        try:
            return self._seen(await arun(own(arrays), self._cluster))
        except SlurmError as error:
            if NO_SUCH_JOB in error.said:  # the controller has forgotten the only array there was
                return self._seen({})
            log.debug("cannot look at the workers: %s", error)  # they stay as last seen
            self._asked_for = None
            if isinstance(error, SlurmUnreachable):
                self._again.silent()
            return None

    def _seen(self, jobs: dict[str, WorkerJob]) -> Seen:
        arrays, self._asked_for = self._asked_for or frozenset(), None
        self._again.heard()
        return Seen(arrays, jobs)


def _array(job_id: str) -> str:
    return job_id.partition("_")[0]
