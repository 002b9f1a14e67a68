"""The usage export of one allocation: facts, totals by person and week, and every job, for a Final Report.

The jobs may be many: they are written to a file while they are added up, and read from it after the totals.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from tempfile import SpooledTemporaryFile
from typing import IO

from aif.core.ledger.usage import Balance
from aif_hub.ledger.source import SlurmSource
from aif_hub.ledger.uses import Days, Totals, Use, add_up
from aif_hub.ledger.viewer import Viewer
from aif_hub.workbench import Workbench

#: Up to here the jobs stay in memory.
IN_MEMORY = 4 << 20
CHUNK = 64 << 10
#: How often the jobs are read again when a reading of Slurm came between, and how long one is waited for.
TRIES, PATIENCE_SECONDS = 3, 5.0


@dataclass(frozen=True)
class Line:
    """A person's part of something."""

    login: str
    name: str
    amount: Fraction


@dataclass(frozen=True)
class Week:
    """One week: everybody's use, and the lines that the viewer may see."""

    monday: date
    amount: Fraction
    people: tuple[Line, ...]


@dataclass(frozen=True)
class Export:
    """What one viewer may see of an allocation's use. Amounts are exact; who writes them decides on the digits.

    `amount` is everybody's use in `days`. Of it `unattributed` is nobody's (carried in, or reserved and not used) and
    `not_itemised` is known as a total alone: a source without jobs, or jobs that the hub has not read.
    """

    balance: Balance
    role: str
    title: str
    days: Days
    amount: Fraction | None
    unattributed: Fraction
    not_itemised: Fraction
    people: tuple[Line, ...]
    weeks: tuple[Week, ...]
    rows: IO[bytes]

    def jobs(self) -> Iterator[bytes]:
        """The jobs as they were written, piece by piece."""
        self.rows.seek(0)
        while piece := self.rows.read(CHUNK):
            yield piece


async def export(
    workbench: Workbench, viewer: Viewer, balance: Balance, days: Days, row: Callable[[Use, str], bytes]
) -> Export:
    """The export of the balance's allocation as it stands. `row` writes a job and its person's name."""
    source = workbench.ledger.source(balance.allocation)
    role = viewer.role(balance.allocation.account, workbench.site)
    totals, rows = Totals(), _spool()
    async with workbench.exporting:
        for _ in range(TRIES):
            if not isinstance(source, SlurmSource) or balance.consumed is None:
                break  # it keeps no jobs, or does not record what they use
            await workbench.ledger.at_rest(PATIENCE_SECONDS)
            balance = workbench.ledger.balance(balance.allocation)
            rows.close()
            rows = _spool()
            totals = await asyncio.to_thread(_read, workbench, source, balance, days, role, viewer.login, row, rows)
            if totals.settled == (balance.usage.settled or 0) - balance.usage.unattributed:
                break  # the jobs on record are those of the snapshot: no reading came between
    return _export(workbench, viewer, balance, days, role, totals, rows)


def _read(
    workbench: Workbench,
    source: SlurmSource,
    balance: Balance,
    days: Days,
    role: str,
    login: str,
    row: Callable[[Use, str], bytes],
    rows: IO[bytes],
) -> Totals:
    """In a thread: all jobs of the allocation, those that the viewer may see written to `rows`."""
    one = balance.allocation
    counted, whole = source.counted(one), _whole(balance)

    def take(use: Use) -> None:
        if role != "member" or use.job.login == login:
            rows.write(row(use, workbench.people.of(use.job.login).name))

    sessions = workbench.sessions.book.by_job(one.account)
    return add_up(
        source.ended(one.account), counted.open_jobs, counted.tally, whole if days.all else days, whole, sessions, take
    )


def _export(
    workbench: Workbench, viewer: Viewer, balance: Balance, days: Days, role: str, totals: Totals, rows: IO[bytes]
) -> Export:
    usage = balance.usage
    people = {one.login: one.consumed for one in usage.people} if days.all else totals.people
    unattributed = usage.unattributed if days.all else Fraction()
    amount = balance.consumed if days.all else totals.amount

    def lines(used: dict[str, Fraction]) -> tuple[Line, ...]:
        return tuple(
            Line(login, workbench.people.of(login).name, used[login])
            for login in sorted(used)
            if used[login] and (role != "member" or login == viewer.login)
        )

    return Export(
        balance=balance,
        role=role,
        title=balance.allocation.title or workbench.site.project_title(balance.allocation.account),
        days=days,
        amount=amount,
        unattributed=unattributed,
        not_itemised=Fraction() if amount is None else amount - unattributed - totals.amount,
        people=lines(people),
        weeks=tuple(
            Week(monday, sum(used.values(), Fraction()), lines(used)) for monday, used in sorted(totals.weeks.items())
        ),
        rows=rows,
    )


def _whole(balance: Balance) -> Days:
    """The days whose use its figures are: all, or those of the part that has a limit of its own."""
    period = balance.allocation.period(balance.today)
    return Days(period.start, period.end) if period else Days()


def _spool() -> IO[bytes]:
    return SpooledTemporaryFile(IN_MEMORY)
