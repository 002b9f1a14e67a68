"""The one reader: snapshots of allocations, read anew when somebody looks, and kept when Slurm is away."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from fractions import Fraction

from aif.core.errors import AifError
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, UsageSnapshot
from aif.core.request import Project
from aif.core.site import Site
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.ledger.source import PartlyRead, Source

log = logging.getLogger("aif.ledger")
#: How old a snapshot may be before somebody's look has it read again.
FRESH_SECONDS = 60.0
#: After a failure the next reading waits twice as long as the last time, up to this.
LONGEST_BACK_OFF_SECONDS = 900.0
#: How long a page waits for the very first snapshot.
PATIENCE_SECONDS = 0.2


class Ledger:
    """Balances of allocations by project. One reading serves everybody; nobody's look costs a query of its own."""

    def __init__(self, site: Site, sources: Mapping[str, Source], kept: Snapshots) -> None:
        self._site = site
        self._sources = sources
        self._kept = kept
        self._snapshots: dict[str, UsageSnapshot] = kept.all()
        #: What the site names is read from the first look on; others join when somebody of them looks.
        self._known: dict[str, Allocation] = {one.name: one for one in site.allocations}
        self._new: set[str] = set()  # sources that have somebody's allocation to read for the first time
        self._trouble: dict[str, str] = {}  # by source
        self._troubled: dict[str, str] = {}  # by allocation, where only some of a source's could not be read
        self._failures: dict[str, int] = {}
        self._read_at: dict[str, float] = {}  # by source, monotonic
        self._reading: asyncio.Task[None] | None = None

    async def of(self, projects: Sequence[Project], patience: float = PATIENCE_SECONDS) -> list[Balance]:
        """The balances of the projects' allocations, as last read; those never read yet are left out.

        Has them read again where that is due; waits up to `patience` seconds, and only for what was never read.
        """
        wanted = [one for project in projects for one in self.allocations_of(project)]
        self._new |= {self._source_of(one) for one in wanted if one.name not in self._known}
        self._known |= {one.name: one for one in wanted}
        deadline = time.monotonic() + patience
        while True:
            if self._reading is None or self._reading.done():
                due = {name for name in map(self._source_of, wanted) if name in self._new or self._is_due(name)}
                if due:
                    self._reading = asyncio.get_running_loop().create_task(self._read(due))
            left = deadline - time.monotonic()
            if self._reading is None or self._reading.done() or left <= 0:
                break
            if all(one.name in self._snapshots for one in wanted):
                break
            await asyncio.wait({self._reading}, timeout=left)  # it may have begun before we were known
        return [self.balance(one) for one in wanted if one.name in self._snapshots]

    async def newest(self, projects: Sequence[Project], patience: float) -> list[Balance]:
        """As `of`, but where a reading is due it is waited for, up to `patience` seconds."""
        await self.of(projects, patience)
        await self.at_rest(patience)
        return await self.of(projects, 0)

    async def at_rest(self, patience: float) -> None:
        """Returns once no reading is under way, or after `patience` seconds."""
        if self._reading is not None and not self._reading.done():
            await asyncio.wait({self._reading}, timeout=patience)

    def source(self, allocation: Allocation) -> Source:
        """Where its figures come from."""
        return self._sources[self._source_of(allocation)]

    def allocations_of(self, project: Project) -> list[Allocation]:
        """What pays for the project's sessions: as the site says, else what Slurm holds for the account."""
        stated = [one for one in self._site.allocations if one.account == project.account]
        return stated or [self._unstated(project)]

    def oldest(self) -> dict[str, datetime]:
        """When the oldest figures of each source were counted."""
        found: dict[str, datetime] = {}
        for one in (self._snapshots[name] for name in self._known if name in self._snapshots):
            found[one.source] = min(one.as_of, found.get(one.source, one.as_of))
        return found

    def _unstated(self, project: Project) -> Allocation:
        name = project.account.lower()
        taken = any(one.name == name for one in self._site.allocations)  # another account's, as a site may name it
        return Allocation(name=f"{name}.slurm" if taken else name, account=project.account)

    def _source_of(self, allocation: Allocation) -> str:
        first = self._site.clusters[0].name
        return allocation.source + (f"@{allocation.cluster}" if allocation.cluster not in ("", first) else "")

    def balance(self, allocation: Allocation) -> Balance:
        """As last read. KeyError for one that was never read."""
        trouble = self._trouble.get(self._source_of(allocation)) or self._troubled.get(allocation.name, "")
        return Balance(allocation, self._snapshots[allocation.name], today(), trouble)

    def _is_due(self, source: str) -> bool:
        wait = min(LONGEST_BACK_OFF_SECONDS, FRESH_SECONDS * 2 ** self._failures.get(source, 0))
        return time.monotonic() - self._read_at.get(source, float("-inf")) >= wait

    async def _read(self, sources: Iterable[str]) -> None:
        for name in sources:
            self._new.discard(name)
            allocations = [one for one in self._known.values() if self._source_of(one) == name]
            try:
                self._take(allocations, await self._sources[name].read(allocations), {})
            except PartlyRead as part:
                log.warning("the ledger can read only a part of %s: %s", name, part)
                self._take(allocations, part.read, part.trouble)
            except AifError as error:
                log.warning("the ledger cannot read %s: %s", name, error)
                self._trouble[name] = str(error)
                self._failures[name] = self._failures.get(name, 0) + 1
            else:
                self._failures.pop(name, None)
            finally:
                self._read_at[name] = time.monotonic()  # also after a fault of ours: no look may ask at once again

    def _take(
        self, allocations: Iterable[Allocation], read: Mapping[str, UsageSnapshot], trouble: Mapping[str, str]
    ) -> None:
        """The snapshots of one source, and which of its allocations stay as they were and why."""
        for one in allocations:
            self._trouble.pop(self._source_of(one), None)
            self._troubled.pop(one.name, None)
        self._troubled |= trouble
        self._snapshots |= read
        self._kept.keep(read.values())


def today() -> date:
    """The site's day."""
    return datetime.now().astimezone().date()


def most_that_fits(free: Fraction, price: Fraction) -> int | None:
    """Minutes that `free` pays for at `price` an hour; None where it costs nothing."""
    return int(free * 60 / price) if price else None
