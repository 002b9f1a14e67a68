"""Reserved time that nobody used, kept by account and stretch of time, and read once an hour for all accounts."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

from sqlalchemy import BigInteger, Column, String, Table, Text, delete, insert, select
from sqlalchemy.orm import Session as Database

from aif.core.errors import SlurmError
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import parse_tres, rate
from aif.core.ledger.reserved import unused
from aif.core.ledger.tally import HOUR, midnight
from aif.core.ledger.zone import local_zone
from aif.core.site import Cluster
from aif_hub.accounting import AccountingBudget
from aif_hub.book import Base

log = logging.getLogger("aif.ledger")
#: The stretches that were read: for each, what was nobody's by account, and a row without an account that it was read.
_STRETCHES = Table(
    "aif_unused_reserved",
    Base.metadata,
    Column("cluster", String(64), primary_key=True),
    Column("begin", BigInteger, primary_key=True, autoincrement=False),
    Column("account", String(255), primary_key=True),
    Column("end", BigInteger, nullable=False),
    Column("tres_seconds", Text, nullable=False),
)
#: slurmdbd sums up each hour after it is over; a stretch that ended so long ago is not read again.
SETTLED = timedelta(hours=6)
AGAIN_SECONDS = timedelta(hours=1)
#: The same after a question that had no answer.
FAILED_SECONDS = timedelta(minutes=5)
#: Everybody else's questions go first.
PATIENCE_SECONDS = 300.0


@dataclass(frozen=True)
class Stretch:
    """What was reserved and nobody's between two moments: TRES-seconds by account."""

    begin: datetime
    end: datetime
    unused: Mapping[str, Mapping[str, int]]


class ReservedTime:
    """One cluster's. A stretch begins where an allocation or a part of it does, and at midnight."""

    def __init__(self, cluster: Cluster, accounting: AccountingBudget, database: Callable[[], Database]) -> None:
        self._cluster = cluster
        self._accounting = accounting
        self._bind = database().get_bind()
        Base.metadata.create_all(self._bind, tables=[_STRETCHES])
        self._stretches = {stretch.begin: stretch for stretch in self._kept()}
        self._asked = datetime.min.replace(tzinfo=UTC)
        self._reading: asyncio.Task[None] | None = None

    def of(self, allocation: Allocation, weights: Mapping[str, Fraction], today: date) -> Fraction:
        """What of it the allocation, or the part of it that `today` is in, was charged, in its unit."""
        period, zone = allocation.period(today), local_zone()
        first = period.start if period else allocation.start
        last = period.end if period else allocation.compute_end
        begin = midnight(first, zone) if first else datetime.min.replace(tzinfo=UTC)
        end = midnight(last + timedelta(days=1), zone) if last else datetime.max.replace(tzinfo=UTC)
        inside = (stretch for stretch in self._stretches.values() if begin <= stretch.begin < end)
        amounts = (rate(stretch.unused.get(allocation.account, {}), allocation.unit, weights) for stretch in inside)
        return sum(amounts, Fraction()) / HOUR

    def refresh(self, allocations: Sequence[Allocation], recorded: Iterable[str], now: datetime) -> None:
        """Has what is new read beside everything else, once an hour."""
        if now - self._asked < AGAIN_SECONDS or (self._reading and not self._reading.done()):
            return
        self._asked = now
        starts = [one.start for one in allocations] + [part.start for one in allocations for part in one.periods]
        begins = {midnight(start, local_zone()) for start in starts if start is not None}
        if begins:
            self._reading = asyncio.get_running_loop().create_task(self._read(begins, sorted(recorded), now))

    async def _read(self, begins: set[datetime], recorded: Sequence[str], now: datetime) -> None:
        for begin, end in self._due(begins, now):
            try:
                found = await self._accounting.ask(unused(recorded, begin, end), self._cluster, PATIENCE_SECONDS)
            except SlurmError as error:
                log.warning("reserved time that nobody used cannot be read: %s", error)
                self._asked = now - AGAIN_SECONDS + FAILED_SECONDS
                return
            self._stretches[begin] = Stretch(begin, end, found)
            await asyncio.to_thread(self._keep, self._stretches[begin])

    def _due(self, begins: set[datetime], now: datetime) -> list[tuple[datetime, datetime]]:
        """The stretches to read, from the first begin to the last full hour, less those that are settled."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        day = midnight((now - SETTLED).astimezone(local_zone()).date(), local_zone())
        bounds = sorted({one for one in begins if one < hour} | {day} | set(self._stretches))
        due = []
        at = min((one for one in begins if one < hour), default=hour)
        while at < hour:
            known = self._stretches.get(at)
            end = min((one for one in bounds if one > at), default=hour)
            if known is not None and known.end == end and now - end > SETTLED:
                at = known.end
                continue
            due.append((at, end))
            at = end
        return due

    def _kept(self) -> list[Stretch]:
        found: dict[int, tuple[int, dict[str, dict[str, int]]]] = {}
        with Database(self._bind) as database:
            for row in database.execute(select(_STRETCHES).where(_STRETCHES.c.cluster == self._cluster.name)):
                unused_then = found.setdefault(row.begin, (row.end, {}))[1]
                if row.account:
                    unused_then[row.account] = parse_tres(row.tres_seconds)
        return [
            Stretch(datetime.fromtimestamp(begin, UTC), datetime.fromtimestamp(end, UTC), unused_then)
            for begin, (end, unused_then) in found.items()
        ]

    def _keep(self, stretch: Stretch) -> None:
        begin, end = int(stretch.begin.timestamp()), int(stretch.end.timestamp())
        same = {"cluster": self._cluster.name, "begin": begin, "end": end}
        rows = [same | {"account": "", "tres_seconds": ""}]
        rows += [
            same
            | {
                "account": account,
                "tres_seconds": ",".join(f"{name}={seconds}" for name, seconds in sorted(tres.items())),
            }
            for account, tres in stretch.unused.items()
        ]
        with Database(self._bind) as database:
            database.execute(
                delete(_STRETCHES).where(_STRETCHES.c.cluster == self._cluster.name, _STRETCHES.c.begin == begin)
            )
            database.execute(insert(_STRETCHES), rows)
            database.commit()
