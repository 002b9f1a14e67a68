"""What a cluster's workers have been: their last states, what they used, and when no more should come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import GPU_HOUR
from aif.core.sentence import Sentence, Unit
from aif.core.states import Phase
from aif.core.workers import WorkerJob
from aif.scale.plan import NotPlanned

#: A worker that ran for less than this did nothing; so many of them in a row, and no more are started.
USEFUL, MOST_USELESS = timedelta(seconds=45), 3
#: How Slurm says that a job was ended, or that its node was lost: that says nothing of the next one.
TAKEN = ("CANCELLED", "PREEMPTED", "NODE_FAIL", "BOOT_FAIL")
#: A job that is in so many looks in a row not to be seen has ended: one cancelled while it waited leaves no trace.
UNSEEN = 2


class Tally:
    """Fed with each look at Slurm's queue. `price` is what a worker uses in an hour; that and `budget` are in `unit`.

    `prices` are those of workers in arrays where they differ, by the array's id.
    """

    def __init__(
        self,
        price: Fraction,
        budget: Fraction | None = None,
        prices: Mapping[str, Fraction] | None = None,
        unit: str = GPU_HOUR,
    ) -> None:
        self._unit = unit
        self._price = price
        self._prices: Mapping[str, Fraction] = {} if prices is None else prices
        self._ran: dict[str, timedelta] = {}
        self._first_seen: dict[str, datetime] = {}
        self._unseen: dict[str, int] = {}
        self._useless = 0
        self._looked: datetime | None = None
        self.budget = budget
        self.jobs: dict[str, WorkerJob] = {}
        self.trouble: Sentence | None = None
        self.longest_wait = timedelta()

    @property
    def spent(self) -> Fraction:
        """What all workers together have used, ended ones included."""
        each = (self.price_of(job_id) * int(ran.total_seconds()) for job_id, ran in self._ran.items())
        return sum(each, Fraction()) / 3600

    def ran(self, job_id: str | None) -> timedelta:
        """For how long that job has run, as far as was seen."""
        return self._ran.get(job_id or "", timedelta())

    def price_of(self, job_id: str | None) -> Fraction:
        """What an hour of that job costs; of one that Slurm has not taken yet, as of the others."""
        return self._prices.get((job_id or "").partition("_")[0], self._price)

    @property
    def over(self) -> bool:
        """Whether the budget is spent."""
        return self.budget is not None and self.spent >= self.budget

    def runs(self, job_id: str) -> bool:
        """Whether the last look has shown that job running."""
        return job_id in self.jobs and self.jobs[job_id].phase is Phase.RUNNING

    @property
    def paused(self) -> bool:
        """Whether the last look has shown one that stands still: it may go on at any moment."""
        return any(job.paused for job in self.jobs.values())

    def again(self) -> None:
        """Somebody asks for workers: what ended the last ones is forgiven. Raises NotPlanned for a spent budget."""
        if self.over:
            raise NotPlanned(
                self._is_spent(),
                Sentence("Its workers have ended, and no more are started on it."),
                Sentence("Close this cluster and make another with a budget of its own."),
            )
        self.trouble, self._useless = None, 0

    def take(self, found: Mapping[str, WorkerJob], wanted: Collection[str], now: datetime | None = None) -> list[str]:
        """Counts what a look has found; the ids in `wanted` whose jobs have ended."""
        now = self._looked = now or datetime.now(UTC)
        self.jobs = dict(found)
        for job_id, job in found.items():
            self._ran[job_id] = max(job.ran, self._ran.get(job_id, timedelta()))
            seen = self._first_seen.setdefault(job_id, now)
            if job.phase is Phase.RUNNING and job.starts is not None:
                self._useless = 0 if job.ran >= USEFUL else self._useless
                self.longest_wait = max(self.longest_wait, job.starts - seen)
        ended = [job_id for job_id in wanted if self._has_ended(job_id, found.get(job_id))]
        for job_id in ended:
            self._judge(found.get(job_id))
        if self.over:
            self.trouble = self._is_spent()
        return ended

    def close(self, now: datetime | None = None) -> None:
        """Counts those that still ran at the last look until now: nobody looks at them again."""
        since = (now or datetime.now(UTC)) - self._looked if self._looked else timedelta()
        for job_id, job in self.jobs.items():
            if job.phase is Phase.RUNNING:
                self._ran[job_id] += max(since, timedelta())
        self._looked = None

    def _is_spent(self) -> Sentence:
        return Sentence(
            "The budget of {budget} {unit} is spent.", budget=f"{float(self.budget or 0):g}", unit=Unit(self._unit)
        )

    def _has_ended(self, job_id: str, job: WorkerJob | None) -> bool:
        if job is not None:
            self._unseen.pop(job_id, None)
            return job.phase is Phase.ENDED
        self._unseen[job_id] = self._unseen.get(job_id, 0) + 1
        return self._unseen[job_id] >= UNSEEN

    def _judge(self, job: WorkerJob | None) -> None:
        """Whether another in its place would do better."""
        if job is None or job.ran >= USEFUL or job.state.startswith(TAKEN):
            return
        self._useless += 1
        if self._useless >= MOST_USELESS:
            self.trouble = Sentence(
                "{count} workers in a row ended within {seconds} s ({state}), so no more are started. "
                "Their logs say why; scale() tries again.",
                count=self._useless,
                seconds=f"{USEFUL.total_seconds():.0f}",
                state=job.state,
            )
