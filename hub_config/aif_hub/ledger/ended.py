"""Ended jobs of one cluster's accounts, read from its accounting step by step and without a gap."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence, Set
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from aif.core.errors import SlurmUnreachable
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import JobRecord
from aif.core.ledger.slurm import answered, ended_jobs
from aif.core.ledger.tally import midnight
from aif.core.ledger.zone import local_zone
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif.core.states import Phase
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.record import JobRecords

log = logging.getLogger("aif.ledger")
#: Ended jobs are read again from so long before the last reading: slurmdbd may hear of an end late.
OVERLAP = timedelta(minutes=10)
#: The record of an allocation without a start begins here.
LONG_AGO = timedelta(days=400)
#: Accounts that were read so lately are read together.
RECENT = timedelta(days=1)
#: An answer that takes too long is asked for in parts, but in none shorter than this.
SHORTEST_STEP = timedelta(days=1)
#: A run that left the queue and that the accounting does not settle is given up after this.
GIVEN_UP = timedelta(days=1)
#: How a job ended is asked before what it cost.
PATIENCE_SECONDS = 45.0


class EndedJobs:
    """Reads what ended since the last time, and keeps an eye on runs between the queue and the accounting.

    While slurmdbd is away the controller keeps its news for it, and may forget the jobs themselves. A run that was seen
    in the queue and is in neither place is shown as it was last seen, and the accounting is read again from then.
    """

    def __init__(self, cluster: Cluster, accounting: AccountingBudget, records: JobRecords) -> None:
        self._cluster = cluster
        self._accounting = accounting
        self._records = records
        self._step = 2 * LONG_AGO
        self._open: dict[tuple[int, datetime], tuple[JobRecord, datetime]] = {}  # as last seen, and when
        self._gone: set[tuple[int, datetime]] = set()  # of these, the runs that left the queue

    async def catch_up(self, allocations: Sequence[Allocation]) -> list[JobRecord]:
        """What ended of the allocations' accounts since the last reading, on record now. Raises SlurmError."""
        now = datetime.now(UTC)
        marks = await asyncio.to_thread(self._records.read_until)
        accounts = {one.account for one in allocations}
        gone = (self._open[key] for key in self._gone)
        missed = min((seen for job, seen in gone if job.account in accounts), default=now)
        # The minute's query is one for all; whoever is new, or was not looked at for long, is caught up with apart.
        recent = {account: mark for account, mark in marks.items() if now - mark < RECENT}
        begins = {one.account: _begin(one.account, allocations, now) for one in allocations} | marks
        known: dict[str, datetime] = {}
        others: dict[str, datetime] = {}
        for account in accounts:
            group = known if account in recent else others
            group[account] = min(begins[account], missed) - OVERLAP
        ended: list[JobRecord] = []
        for group in filter(None, (known, others)):
            ended += await self._read(set(group), min(group.values()), now, missed)
        for job in ended:
            if job.start is not None:
                self._open.pop((job.job_id, job.start), None)
                self._gone.discard((job.job_id, job.start))
        return ended

    def watched(self, queued: Iterable[JobRecord], accounts: Set[str], seen: datetime) -> list[JobRecord]:
        """The accounts' jobs in the queue, and runs that left it and are not settled: as they were, using no more."""
        jobs = list(queued)
        runs = {
            (job.job_id, job.start): job
            for job in jobs
            if job.start is not None and job.elapsed_seconds and job.phase in (Phase.RUNNING, Phase.ENDED)
        }
        others = {key for key, (job, _) in self._open.items() if job.account not in accounts}
        self._open |= {key: (job, seen) for key, job in runs.items()}
        self._open = {key: kept for key, kept in self._open.items() if seen - kept[1] < GIVEN_UP}
        gone = set(self._open) - set(runs) - others
        self._gone = gone | (self._gone & others & set(self._open))
        return [*jobs, *(replace(self._open[key][0], state="COMPLETING", left_seconds=0) for key in gone)]

    async def _read(self, accounts: set[str], since: datetime, now: datetime, missed: datetime) -> list[JobRecord]:
        """In as many steps as it takes; each is on record before the next. From `missed` on it is not all there yet."""
        ended: list[JobRecord] = []
        while since < now:
            until = min(now, since + self._step)
            call = ended_jobs(accounts, since, until if until < now else None)
            try:
                unread = Call(call.argv, answered, timeout_seconds=call.timeout_seconds)
                said = await self._accounting.ask(unread, self._cluster, PATIENCE_SECONDS)
            except SlurmUnreachable as error:
                if error.status != -1 or until - since <= SHORTEST_STEP:
                    raise
                self._step = max(SHORTEST_STEP, (until - since) / 2)
                log.warning("sacct took too long over %s; it is asked for half of that", until - since)
                continue
            part = await asyncio.to_thread(call.parse, said)
            await asyncio.to_thread(self._records.keep, part, accounts, min(until, missed))
            ended += part
            since = until
        return ended


def _begin(account: str, allocations: Sequence[Allocation], now: datetime) -> datetime:
    """Where the record of an account that was never read begins: at the first day of its first allocation."""
    starts = [one.start for one in allocations if one.account == account]
    first = min((start for start in starts if start is not None), default=None)
    if first is None or None in starts:
        return now - LONG_AGO
    return midnight(first, local_zone())
