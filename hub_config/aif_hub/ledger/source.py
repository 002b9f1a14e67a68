"""Where figures come from: one interface, and Slurm behind it. Each source answers for many allocations at once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Protocol

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.reading import snapshot
from aif.core.ledger.slurm import Limits, ended_jobs, limits, queued_jobs
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import UsageSnapshot
from aif.core.site import Cluster, Site
from aif.core.slurm import Call, T, arun
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.record import JobRecords

Ask = Callable[[Call[T], Cluster], Awaitable[T]]
#: Ended jobs are read again from so long before the last reading: slurmdbd may hear of an end late.
OVERLAP = timedelta(minutes=10)
#: The record of an allocation without a start begins here.
LONG_AGO = timedelta(days=400)
#: Limits change by hand and seldom.
LIMITS_SECONDS = timedelta(minutes=5)


class Source(Protocol):
    """Where the figures of some allocations come from."""

    async def read(self, allocations: Sequence[Allocation]) -> dict[str, UsageSnapshot]:
        """A snapshot of each by name; one that the source does not know is left out.

        Raises AifError when the source is away: what was known before then stays.
        """


class SlurmSource:
    """One cluster's own record: ended jobs by sacct, step by step; the queue and the limits by the controller."""

    def __init__(self, site: Site, cluster: Cluster, accounting: AccountingBudget, records: JobRecords) -> None:
        self._cluster = cluster
        self._accounting = accounting
        self._records = records
        self._weights = site.gpu_weights
        self._tallies: dict[str, Tally] = {}
        self._limits: Limits | None = None
        self._limits_at: datetime | None = None

    async def read(self, allocations: Sequence[Allocation]) -> dict[str, UsageSnapshot]:
        """Raises SlurmError when the controller or the accounting does not answer."""
        accounts = sorted({one.account for one in allocations})
        zone = datetime.now().astimezone().tzinfo
        await self._settle(accounts, allocations, zone)
        as_of = datetime.now(UTC)
        queued = await arun(queued_jobs(accounts), self._cluster)
        if self._limits is None or self._limits_at is None or as_of - self._limits_at > LIMITS_SECONDS:
            at_account = [one.account for one in allocations if not one.qos]
            self._limits, self._limits_at = await arun(limits(at_account), self._cluster), as_of
        return {one.name: snapshot(self._tallies[one.name], queued, self._limits, as_of) for one in allocations}

    async def _settle(self, accounts: Sequence[str], allocations: Sequence[Allocation], zone: tzinfo | None) -> None:
        """Brings the tallies up to now with what ended since the last reading."""
        began = datetime.now(UTC)
        until = self._records.read_until(accounts)
        since = until - OVERLAP if until else began - LONG_AGO
        ended = await self._accounting.ask(ended_jobs(accounts, since), self._cluster)
        self._records.keep(ended, accounts, began)
        fresh = [one for one in allocations if one.name not in self._tallies]
        for one in allocations:
            if one not in fresh:
                self._tallies[one.name].add(ended)
        if fresh:
            self._tallies |= await asyncio.to_thread(self._begun, fresh, zone or UTC)

    def _begun(self, allocations: Sequence[Allocation], zone: tzinfo) -> dict[str, Tally]:
        """Tallies of all that is on record: seconds of work for a site with years of jobs, so not on the event loop."""
        known = self._records.all()
        tallies = {one.name: Tally(one, self._weights, zone) for one in allocations}
        for tally in tallies.values():
            tally.add(known)
        return tallies
