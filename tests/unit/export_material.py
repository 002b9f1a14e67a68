"""A ledger with a history of its own choice: real tables and tallies, and nobody's Slurm behind them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
from hypothesis import strategies as st

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import JobRecord
from aif.core.ledger.reading import snapshot, unsettled
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance
from aif.core.ledger.zone import local_zone
from aif_hub.book import SessionBook
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.ledger.source import Counted, SlurmSource
from aif_hub.people import Person

START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
AS_OF = datetime(2026, 11, 24, 9, 2, tzinfo=UTC)
SLICE = {"gres/gpu": 1, "gres/gpu:h100_1g.10gb": 1, "billing": 1, "cpu": 2, "node": 1}
WHOLE = {"gres/gpu": 2, "gres/gpu:h100": 2, "billing": 14, "cpu": 8, "node": 1}
GRANT = Allocation(
    "inspect01",
    "inspect01",
    reference="EHPC-AIF-2026PG01-123",
    limit=Fraction(500),
    start=date(2026, 10, 1),
    compute_end=date(2027, 1, 31),
    carried_in=Fraction(1, 3),
)
NAMES = {"ann": "Ann Ørsted", "bob": "=HYPERLINK(0)", "cleo": 'Cleo, van de "Hoek"'}


def job(number: int, seconds: int, login: str = "ann", **more: Any) -> JobRecord:
    """A job of the grant's project; ended, unless `more` says otherwise."""
    start = more.pop("start", START)
    values = {"account": "inspect01", "qos": "q", "state": "COMPLETED", "tres": SLICE}
    values["end"] = start + timedelta(seconds=seconds)
    return JobRecord(number, login, start=start, elapsed_seconds=seconds, **{**values, **more})


JOBS = st.lists(
    st.builds(
        job,
        st.integers(1, 10**6),
        st.integers(0, 3 * 86400),
        login=st.sampled_from(sorted(NAMES)),
        tres=st.sampled_from([SLICE, WHOLE, {"cpu": 2, "node": 1}]),
        start=st.integers(0, 60 * 86400).map(lambda seconds: START - timedelta(days=30) + timedelta(seconds=seconds)),
        account=st.sampled_from(["inspect01", "inspect01", "other"]),
    ),
    max_size=40,
    unique_by=lambda one: one.job_id,
)


class Bench(SimpleNamespace):
    """What an export asks of a workbench, after one reading of `ended` and `queued`."""

    def __init__(
        self, folder: Path, ended: Sequence[JobRecord], queued: Sequence[JobRecord] = (), grant: Allocation = GRANT
    ) -> None:
        database = material.database(folder / "hub.sqlite")
        site = material.site(
            project=[{"account": "inspect01", "title": "Inspection pilot", "kind": "sme", "pi": ["cleo"]}]
        )
        records = JobRecords(database, "demo")
        records.keep(ended, ["inspect01"], AS_OF)
        accounting: Any = None  # nobody asks Slurm
        reserved = ReservedTime(site.clusters[0], accounting, database)
        source = SlurmSource(site, site.clusters[0], accounting, records, reserved)
        tally = Tally(grant, site.gpu_weights, local_zone())
        tally.add(ended)
        source._counted[grant.name] = Counted(tally, [*unsettled(tally, queued)])
        kept = Snapshots(database)
        kept.keep([snapshot(tally, queued, None, AS_OF)])
        super().__init__(
            site=replace(site, allocations=(grant,)),
            ledger=Ledger(site, {"slurm": source}, kept),
            exporting=asyncio.Semaphore(1),
            sessions=SimpleNamespace(book=SessionBook(database)),
            people=SimpleNamespace(of=lambda login: Person(login, NAMES.get(login, login))),
            source=source,
            grant=grant,
        )

    @property
    def balance(self) -> Balance:
        return self.ledger.balance(self.grant)  # type: ignore[no-any-return]
