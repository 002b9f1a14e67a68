"""Reserved time that nobody used: from Slurm's hourly sums, once an hour, kept, and in the right allocation."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from hub_material import database
from ledger_material import ONE_SLICE, Slurm, ended, seconds_ago

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.reserved import parse_unused
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.reserved import ReservedTime

#: Two accounts below one; the course's account was charged for seven hours of a slice that nobody used.
REPORT = """\
 root||gres/gpu|100800
 root||gres/gpu:h100_1g.10gb|100800
  inspect01||gres/gpu|50400
  inspect01||gres/gpu:h100_1g.10gb|50400
  inspect01|ann|gres/gpu|25200
  inspect01|ann|gres/gpu:h100_1g.10gb|25200
   course||gres/gpu|25200
   course||gres/gpu:h100_1g.10gb|25200
   course|bob|gres/gpu|25200
   course|bob|gres/gpu:h100_1g.10gb|25200
  trn0007||gres/gpu|50400
  trn0007||gres/gpu:h100_1g.10gb|50400
  trn0007|cleo|gres/gpu|25200
  trn0007|cleo|gres/gpu:h100_1g.10gb|25200
"""


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    made = Slurm(tmp_path)
    made.says(sreport=REPORT)
    return made


def reserved(slurm: Slurm) -> ReservedTime:
    cluster = slurm.site().clusters[0]
    return ReservedTime(cluster, AccountingBudget(calls=1000), database(slurm.folder / "hub.sqlite"))


async def read(one: ReservedTime, allocations: list[Allocation], now: datetime) -> None:
    one.refresh(allocations, ["cpu", "gres/gpu", "gres/gpu:h100_1g.10gb"], now)
    if one._reading:
        await one._reading


def test_what_is_no_persons_and_no_account_belows_is_nobodys() -> None:
    hours = 7 * 3600
    assert parse_unused(REPORT) == {"trn0007": {"gres/gpu": hours, "gres/gpu:h100_1g.10gb": hours}}
    assert parse_unused("not a line\n") == {}


async def test_it_is_read_once_an_hour_and_kept(slurm: Slurm) -> None:
    course = Allocation("trn0007", "trn0007", start=date(2026, 11, 24))
    now, weights = datetime(2026, 11, 24, 12, 20, tzinfo=UTC), {"h100_1g.10gb": Fraction(1, 7)}
    one = reserved(slurm)
    await read(one, [course], now)
    await read(one, [course], now + timedelta(minutes=30))
    assert len(slurm.asked("sreport")) == 1
    assert "Start=uts" in slurm.asked("sreport")[0]
    assert one.of(course, weights, now.date()) == 1
    assert one.of(Allocation("i", "inspect01"), weights, now.date()) == 0
    again = reserved(slurm)
    assert again.of(course, weights, now.date()) == 1, "by another hub process, from the record"


async def test_yesterday_is_settled_and_an_allocation_that_begins_later_bears_only_its_own(slurm: Slurm) -> None:
    old = Allocation("old", "trn0007", start=date(2026, 11, 20), compute_end=date(2026, 11, 21))
    new = Allocation("new", "trn0007", start=date(2026, 11, 22))
    now, weights = datetime(2026, 11, 24, 12, 20, tzinfo=UTC), {"h100_1g.10gb": Fraction(1, 7)}
    one = reserved(slurm)
    await read(one, [old, new], now)
    assert len(slurm.asked("sreport")) == 3, "to the new one's first day, to today, and today"
    assert (one.of(old, weights, now.date()), one.of(new, weights, now.date())) == (1, 2)
    await read(one, [old, new], now + timedelta(hours=1))
    assert len(slurm.asked("sreport")) == 4, "then today alone"
    assert one.of(new, weights, now.date()) == 2


async def test_an_accounting_that_is_down_leaves_what_was_known(slurm: Slurm) -> None:
    course = Allocation("trn0007", "trn0007", start=date(2026, 11, 24))
    now, one = datetime(2026, 11, 24, 12, 20, tzinfo=UTC), reserved(slurm)
    await read(one, [course], now)
    slurm.fails("sreport", "sreport: error: Connection refused\n")
    await read(one, [course], now + timedelta(hours=2))
    assert one.of(course, {"h100_1g.10gb": Fraction(1, 7)}, now.date()) == 1


async def test_two_allocations_of_one_account_are_not_both_charged(slurm: Slurm) -> None:
    start = date.today() - timedelta(days=3)
    both = [Allocation("a", "trn0007", qos="q1", start=start), Allocation("b", "trn0007", qos="q2", start=start)]
    slurm.says(sacct=ended(1, seconds_ago(90000), 7, account="trn0007", qos="q2", tres=ONE_SLICE))
    source = slurm.source()
    await source.read(both)
    assert source._reserved._reading is not None
    await source._reserved._reading
    found = await source.read(both)
    assert found["a"].unattributed > 0
    assert found["a"].settled == found["a"].unattributed
    assert (found["b"].unattributed, found["b"].settled) == (0, 1)
