"""Where figures come from: one interface, and Slurm behind it. Each source answers for many allocations at once."""

from __future__ import annotations

import asyncio
import getpass
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Protocol

from aif.core.errors import AifError
from aif.core.ledger.allocation import Allocation, SlurmBinding
from aif.core.ledger.binding import (
    HIDES_USE,
    SlurmFacts,
    admin_level,
    bind,
    facts,
    lasting_qos,
    partition_weights,
)
from aif.core.ledger.job import JobRecord
from aif.core.ledger.outside import OutsideUse, on_top, since
from aif.core.ledger.reading import snapshot, unsettled
from aif.core.ledger.reserved import bears_reserved
from aif.core.ledger.slurm import Limits, limits, queued_jobs
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import UsageSnapshot
from aif.core.ledger.zone import local_zone
from aif.core.site import Cluster, Site
from aif.core.slurm import Call, arun
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.ended import PATIENCE_SECONDS, EndedJobs
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime

log = logging.getLogger("aif.ledger")
#: Limits change by hand and seldom; how a Slurm is configured still more seldom.
LIMITS_SECONDS, FACTS_SECONDS = timedelta(minutes=5), timedelta(hours=6)


class Source(Protocol):
    """Where the figures of some allocations come from."""

    async def read(self, allocations: Sequence[Allocation]) -> dict[str, UsageSnapshot]:
        """A snapshot of each by name; one that the source does not know is left out.

        Raises AifError when the source is away: what was known before then stays.
        """


class PartlyRead(AifError):
    """Some allocations could be read and some not: `read` as `Source.read` gives it, `trouble` by allocation."""

    def __init__(self, read: dict[str, UsageSnapshot], trouble: dict[str, str]) -> None:
        self.read = read
        self.trouble = trouble
        super().__init__(*trouble.values())


@dataclass(frozen=True)
class Look:
    """What one reading saw: allocations with the QOS that counts, where their limits are, queued jobs by account."""

    allocations: Sequence[Allocation]
    bindings: Mapping[str, SlurmBinding]
    jobs: Mapping[str, Sequence[JobRecord]]
    as_of: datetime

    def of(self, allocation: Allocation) -> Sequence[JobRecord]:
        """The queued jobs of its account."""
        return self.jobs.get(allocation.account, ())


@dataclass(frozen=True)
class Counted:
    """What a snapshot was counted from, beside the jobs on record: how each counts, and what is still open."""

    tally: Tally
    open_jobs: Sequence[JobRecord] = ()


class SlurmSource:
    """One cluster's own record: ended jobs by sacct, step by step; the queue and the limits by the controller.

    `charged` gives the QOS by which people charge an account, likeliest first.
    """

    def __init__(
        self,
        site: Site,
        cluster: Cluster,
        accounting: AccountingBudget,
        records: JobRecords,
        reserved: ReservedTime,
        charged: Callable[[str], Iterable[str]] = lambda account: (),
    ) -> None:
        self._cluster = cluster
        self._accounting = accounting
        self._records = records
        self._reserved = reserved
        self._charged = charged
        self._weights = site.gpu_weights
        self._profiles = [profile for profile in site.profiles if profile.cluster == cluster.name]
        self._ended = EndedJobs(cluster, accounting, records)
        self._tallies: dict[str, Tally] = {}
        self._counted: dict[str, Counted] = {}  # by allocation, of its last snapshot
        self._facts: SlurmFacts | None = None
        self._facts_at = self._limits_at = datetime.min.replace(tzinfo=UTC)
        self._limits = Limits({}, {})
        self._limited: set[str] = set()  # the accounts whose limits were asked for

    async def read(self, allocations: Sequence[Allocation]) -> dict[str, UsageSnapshot]:
        """Raises SlurmError when the controller or the accounting does not answer."""
        look = await self._look(allocations)
        if self._facts is not None:
            self._reserved.refresh(look.allocations, self._facts.recorded, look.as_of)
        for one in look.allocations:
            tally = self._tallies[one.name]
            self._counted[one.name] = Counted(tally, [*unsettled(tally, look.of(one))])
        return {one.name: self._snapshot(one, look) for one in look.allocations}

    def counted(self, allocation: Allocation) -> Counted:
        """What its last snapshot was counted from; after a restart nothing is known of open jobs until the next."""
        return self._counted.get(allocation.name) or Counted(Tally(allocation, self._weights, local_zone()))

    def ended(self, account: str) -> Iterator[JobRecord]:
        """The account's ended jobs that are on record. For a thread."""
        return self._records.of(account)

    async def read_beside(
        self, allocations: Sequence[Allocation], uses: Mapping[str, OutsideUse], has_running: bool
    ) -> dict[str, UsageSnapshot]:
        """The figures of another source, with what Slurm knows beyond them. Raises SlurmError."""
        look = await self._look(allocations)
        found = {}
        for one in look.allocations:
            use = uses[one.name]
            later = await asyncio.to_thread(self._records.all, {one.account}, use.as_of)
            jobs = since([*look.of(one), *later], use, has_running)
            live = snapshot(Tally(one, self._weights, local_zone()), jobs, look.bindings[one.name], look.as_of)
            live = replace(live, days=self._snapshot(one, look).days)
            found[one.name] = on_top(use, live, one, one.source)
        return found

    def _snapshot(self, one: Allocation, look: Look) -> UsageSnapshot:
        today = look.as_of.astimezone(local_zone()).date()
        bears = bears_reserved(one, look.allocations)
        reserved = self._reserved.of(one, self._weights, today) if bears else Fraction()
        return snapshot(self._tallies[one.name], look.of(one), look.bindings[one.name], look.as_of, reserved)

    async def _look(self, allocations: Sequence[Allocation]) -> Look:
        """Brings the tallies up to now, then asks the queue."""
        bindings = await self._bindings(allocations)
        bound = [replace(one, qos=bindings[one.name].qos) for one in allocations]
        ended = await self._ended.catch_up(bound)
        for one in bound:
            if self._is_current(one):
                self._tallies[one.name].add(ended)
        fresh = [one for one in bound if not self._is_current(one)]
        if fresh:
            self._tallies |= await asyncio.to_thread(self._begun, fresh)
        as_of = datetime.now(UTC)
        accounts = {one.account for one in bound}
        call = queued_jobs(accounts)
        said = await arun(Call(call.argv, str, timeout_seconds=call.timeout_seconds), self._cluster)
        queued = await asyncio.to_thread(call.parse, said)
        jobs: dict[str, list[JobRecord]] = {}
        for job in self._ended.watched(queued, accounts, as_of):
            jobs.setdefault(job.account, []).append(job)
        return Look(bound, bindings, jobs, as_of)

    async def _bindings(self, allocations: Sequence[Allocation]) -> Mapping[str, SlurmBinding]:
        """Where each allocation's limit is, by its name."""
        now = datetime.now(UTC)
        if self._facts is None or now - self._facts_at > FACTS_SECONDS:
            self._facts, self._facts_at = await self._asked_facts(), now
        accounts = {one.account for one in allocations}
        if not accounts <= self._limited or now - self._limits_at > LIMITS_SECONDS:
            limited = self._limited | accounts
            self._limits, self._limits_at = await arun(limits(limited), self._cluster), now
            self._limited = limited
        return {
            one.name: bind(
                one,
                self._cluster.name,
                self._facts,
                self._limits,
                self._weights,
                self._profiles,
                self._charged(one.account),
            )
            for one in allocations
        }

    async def _asked_facts(self) -> SlurmFacts:
        """What bears on budgets; the accounting is asked only where the answer could matter."""
        found = replace(await arun(facts(), self._cluster), weights=await arun(partition_weights(), self._cluster))
        if found.fades:
            found = replace(found, lasting=await self._accounting.ask(lasting_qos(), self._cluster, PATIENCE_SECONDS))
        if found.private & HIDES_USE:
            found = replace(found, hidden=await self._is_hidden(found))
        return found

    async def _is_hidden(self, found: SlurmFacts) -> bool:
        """Whether Slurm keeps other people's use from the hub's user, so that it could count only nothing."""
        user = getpass.getuser()
        level = await self._accounting.ask(admin_level(user), self._cluster, PATIENCE_SECONDS)
        if level in ("Operator", "Administrator"):
            return False
        log.warning(
            "PrivateData=%s keeps people's use from %s, so it is not recorded here; make it an operator: "
            "sacctmgr modify user %s set adminlevel=operator",
            ",".join(sorted(found.private)),
            user,
            user,
        )
        return True

    def _is_current(self, allocation: Allocation) -> bool:
        tally = self._tallies.get(allocation.name)
        return tally is not None and tally.allocation == allocation

    def _begun(self, allocations: Sequence[Allocation]) -> dict[str, Tally]:
        """Tallies of all that is on record: seconds of work for a site with years of jobs, so not on the event loop."""
        known = self._records.all({one.account for one in allocations})
        tallies = {one.name: Tally(one, self._weights, local_zone()) for one in allocations}
        for tally in tallies.values():
            tally.add(known)
        return tallies
