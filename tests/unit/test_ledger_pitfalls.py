"""What jobs and their record do that figures must survive, each pitfall by its name."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hub_material import database
from ledger_material import (
    ACCOUNT,
    ONE_GPU,
    RECORDS,
    Slurm,
    ended,
    queued,
    seconds_ago,
)
from ledger_material import slurm as slurm

from aif.core.errors import SlurmError
from aif.core.ledger.allocation import Allocation, Period
from aif.core.ledger.reading import snapshot
from aif.core.ledger.reserved import parse_unused
from aif.core.ledger.slurm import parse_ended, parse_limits, parse_queued
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance
from aif.core.ledger.zone import local_zone
from aif.core.request import Project
from aif_hub.ledger import ended as reading
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.snapshots import Snapshots

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
ONE = Allocation("inspect01", "inspect01")


@pytest.fixture
def amsterdam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


def test_a_job_across_the_start_of_a_period_counts_for_each_with_its_own_part() -> None:
    first = Period(date(2026, 7, 1), date(2026, 9, 30), Fraction(100))
    second = Period(date(2026, 10, 1), date(2026, 12, 31), Fraction(120))
    one = Allocation("a", "inspect01", start=date(2026, 7, 1), periods=(first, second), carried_in=Fraction(5))
    tally = Tally(one, WEIGHTS, AMSTERDAM)
    across = datetime(2026, 9, 30, 20, 0, tzinfo=AMSTERDAM)
    tally.add(parse_ended(ended(1, across, 14) + ended(2, datetime(2026, 7, 1, 12, 0, tzinfo=AMSTERDAM), 7)))
    autumn = snapshot(tally, [], None, datetime(2026, 10, 2, tzinfo=UTC))
    assert (autumn.settled, autumn.limit, autumn.since) == (Fraction(10, 7), 120, date(2026, 10, 1))
    summer = snapshot(tally, [], None, datetime(2026, 9, 30, 21, 30, tzinfo=UTC))
    assert (summer.settled, summer.limit, summer.unattributed) == (1 + Fraction(4, 7) + 5, 100, 5)


def test_a_running_job_longer_than_the_rest_of_the_budget_leaves_nothing_to_plan() -> None:
    one = Allocation("a", "inspect01", limit=Fraction(10))
    tally = Tally(one, WEIGHTS, AMSTERDAM)
    start = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
    running = queued(1, start, used="4:00:00", left="20:00:00", limit="1-00:00:00", tres=ONE_GPU)
    usage = snapshot(tally, parse_queued(running), None, start + timedelta(hours=4))
    balance = Balance(one, usage, date(2026, 10, 20))
    assert (balance.left, balance.free_to_plan, balance.state) == (6, 0, "full_commit")
    assert usage.committed == 20


def test_a_job_whose_time_limit_was_changed_promises_what_it_may_still_use() -> None:
    tally = Tally(ONE, WEIGHTS, AMSTERDAM)
    start = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
    for left, promised in (("7:00:00", 1), ("14:00:00", 2)):
        jobs = parse_queued(queued(1, start, used="7:00:00", left=left, limit="21:00:00"))
        usage = snapshot(tally, jobs, None, start + timedelta(hours=7))
        assert (usage.running, usage.committed) == (1, promised)


def test_a_job_that_was_resized_while_it_runs_is_recorded_in_parts_and_counted_once() -> None:
    tally = Tally(ONE, WEIGHTS, AMSTERDAM)
    start = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
    tally.add(parse_ended(ended(1, start, 2, tres=ONE_GPU, state="RESIZING")))
    usage = snapshot(tally, parse_queued(queued(1, start, used="9:00:00")), None, start + timedelta(hours=9))
    assert (usage.settled, usage.running) == (2, 1)


def test_each_run_of_a_requeued_job_counts_and_its_waiting_does_not() -> None:
    tally = Tally(ONE, WEIGHTS, AMSTERDAM)
    first, second = seconds_ago(40000), seconds_ago(7200)
    tally.add(parse_ended(ended(5, first, 7, state="NODE_FAIL")))
    waiting = parse_queued(queued(5, None, limit="7:00:00", state="REQUEUED"))
    assert snapshot(tally, waiting, None, seconds_ago(8000)).committed == 1
    running = parse_queued(queued(5, second, used="2:00:00", left="5:00:00"))
    usage = snapshot(tally, running, None, seconds_ago(0))
    assert (usage.settled, usage.running, usage.committed) == (1, Fraction(2, 7), Fraction(5, 7))
    held = parse_queued(queued(5, None, limit="7:00:00", state="SPECIAL_EXIT"))
    assert snapshot(tally, held, None, seconds_ago(0)).committed == 0


def test_a_job_that_is_completing_promises_nothing_more() -> None:
    jobs = parse_queued(queued(1, seconds_ago(25200), used="7:00:00", left="7:00:00", state="COMPLETING"))
    usage = snapshot(Tally(ONE, WEIGHTS, AMSTERDAM), jobs, None, seconds_ago(0))
    assert (usage.running, usage.committed, usage.rate) == (1, 0, 0)


@pytest.mark.usefixtures("amsterdam")
def test_days_begin_at_the_sites_midnight_in_summer_and_in_winter() -> None:
    zone = local_zone()
    assert datetime(2026, 7, 1, tzinfo=zone).utcoffset() == timedelta(hours=2)
    assert datetime(2026, 12, 1, tzinfo=zone).utcoffset() == timedelta(hours=1)
    summer = Allocation("a", "inspect01", start=date(2026, 7, 1), compute_end=date(2026, 12, 1))
    tally = Tally(summer, WEIGHTS, zone)
    tally.add(parse_ended(ended(1, datetime(2026, 6, 30, 21, 0, tzinfo=UTC), 7)))  # 23:00 in Groningen
    assert tally.days() == {date(2026, 7, 1): Fraction(6, 7)}
    spring = Tally(Allocation("a", "inspect01"), WEIGHTS, zone)
    spring.add(parse_ended(ended(1, datetime(2027, 3, 27, 23, 0, tzinfo=UTC), 24)))
    assert spring.days() == {date(2027, 3, 28): Fraction(23, 7), date(2027, 3, 29): Fraction(1, 7)}


def test_a_machine_without_a_time_zone_has_days_of_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    assert local_zone(tmp_path / "none") is UTC
    monkeypatch.setenv("TZ", "Nowhere/Atlantis")
    assert local_zone(tmp_path / "none") is UTC


def test_account_names_may_be_longer_than_slurms_columns() -> None:
    long = "ehpc-aif-2026pg01-123-packaging-inspection-drachten"
    start = seconds_ago(36000)
    assert parse_ended(ended(1, start, 1, account=long))[0].account == long
    assert parse_queued(queued(1, start, account=long, login="a" * 64))[0].account == long
    text = ACCOUNT.replace("inspect01", long)
    assert parse_limits(text).billing("account", long) == (1400, Fraction(1, 5))


# The record outlives what Slurm forgets


async def test_history_that_slurm_purged_stays_in_the_figures(slurm: Slurm) -> None:
    slurm.says(sacct=ended(1, seconds_ago(90000), 7))
    assert (await slurm.source().read([ONE]))["inspect01"].settled == 1
    slurm.says(sacct=ended(2, seconds_ago(36000), 7))
    assert (await slurm.source().read([ONE]))["inspect01"].settled == 2, "by another hub process, from the record"


async def test_an_account_that_joins_has_its_own_history_read_and_nobody_elses(slurm: Slurm) -> None:
    source = slurm.source()
    await source.read([ONE])
    await source.read([ONE, Allocation("late", "late01", start=date(2026, 10, 1))])
    whole, again, late = slurm.asked("sacct")
    assert ("-A inspect01 " in whole, "-A inspect01 " in again, "-A late01 " in late) == (True, True, True)
    since = [int(call.partition("-S uts")[2].split()[0]) for call in (whole, again, late)]
    assert since[1] - since[0] > 300 * 86400, "what is on record is not asked for again"
    assert since[2] < since[1] - 86400
    await source.read([ONE, Allocation("late", "late01", start=date(2026, 10, 1))])
    assert len(slurm.asked("sacct")) == 4, "from then on one query is for all"
    assert "-A inspect01,late01 " in slurm.asked("sacct")[-1]


async def test_a_job_that_left_the_queue_and_is_not_settled_yet_is_counted_as_last_seen(slurm: Slurm) -> None:
    source, start = slurm.source(), seconds_ago(25200)
    slurm.says(squeue=queued(1, start, used="7:00:00"))
    assert (await source.read([ONE]))["inspect01"].running == 1
    slurm.says(squeue="")
    usage = (await source.read([ONE]))["inspect01"]
    assert (usage.settled, usage.running, usage.committed, usage.rate) == (0, 1, 0, 0)
    slurm.says(sacct=ended(1, start, 7))
    usage = (await source.read([ONE]))["inspect01"]
    assert (usage.settled, usage.running) == (1, 0)


async def test_a_reading_of_other_accounts_says_nothing_of_these_jobs(slurm: Slurm) -> None:
    source, start, other = slurm.source(), seconds_ago(25200), Allocation("mob", "mobility01")
    slurm.says(squeue=queued(1, start, used="7:00:00"))
    await source.read([ONE])
    slurm.says(squeue=queued(2, start, used="7:00:00", account="mobility01"))
    assert (await source.read([other]))["mob"].running == 1
    marks = source._records.read_until()
    assert marks["mobility01"] >= seconds_ago(30), "another account's job that runs on holds nobody up"
    slurm.says(squeue="")
    assert (await source.read([other]))["mob"].running == 1
    assert source._ended._gone == {(2, start)}
    assert (await source.read([ONE]))["inspect01"].running == 1
    assert source._ended._gone == {(1, start), (2, start)}


async def test_while_slurmdbd_is_down_the_last_snapshot_is_shown_as_old(slurm: Slurm, tmp_path: Path) -> None:
    ledger = Ledger(slurm.site(), {"slurm": slurm.source()}, Snapshots(database(tmp_path / "hub.sqlite")))
    project = [Project("inspect01", "Inspection pilot", "sme-inspect01")]
    slurm.says(sacct=ended(1, seconds_ago(90000), 7))
    (before,) = await ledger.of(project, patience=20)
    assert (before.consumed, before.trouble) == (1, "")

    slurm.fails("sacct", "sacct: error: Problem talking to the database: Connection refused\n")
    later = Ledger(slurm.site(), {"slurm": slurm.source()}, Snapshots(database(tmp_path / "hub.sqlite")))
    await later.of(project)
    assert later._reading is not None
    await later._reading
    (after,) = await later.of(project)
    assert (after.consumed, after.usage.as_of) == (1, before.usage.as_of)
    assert "Connection refused" in after.trouble
    calls = len(slurm.asked("sacct"))
    await later.of(project)
    assert len(slurm.asked("sacct")) == calls, "a source that is away is left alone for longer and longer"


async def test_a_fault_of_ours_does_not_have_slurm_asked_at_every_look(slurm: Slurm, tmp_path: Path) -> None:
    class Broken:
        asked = 0

        async def read(self, allocations: object) -> dict[str, Any]:
            self.asked += 1
            raise KeyError("a fault")

    broken = Broken()
    ledger = Ledger(slurm.site(), {"slurm": broken}, Snapshots(database(tmp_path / "hub.sqlite")))
    for _ in range(3):
        assert await ledger.of([Project("inspect01", "Inspection pilot")], patience=1) == []
    assert broken.asked == 1
    with pytest.raises(KeyError):
        await ledger._reading  # type: ignore[misc]  # its fault is told where tasks' faults are


async def test_an_answer_that_takes_too_long_is_asked_for_in_parts(
    slurm: Slurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = reading.ended_jobs
    monkeypatch.setattr(reading, "ended_jobs", lambda *asked: _impatient(whole(*asked), *asked))
    slurm.says(sacct=ended(1, seconds_ago(90000), 7))
    assert (await slurm.source().read([ONE]))["inspect01"].settled == 1
    assert len(slurm.asked("sacct")) >= 4


def _impatient(call: Any, accounts: object, since: datetime, until: datetime | None = None) -> Any:
    """A sacct that needs a second for a hundred days."""
    long = (until or datetime.now(UTC)) - since > timedelta(days=130)
    return replace(call, timeout_seconds=1e-9 if long else 20.0)


async def test_a_controller_that_is_away_is_an_error_and_no_zero(slurm: Slurm) -> None:
    slurm.fails("squeue", "slurm_load_jobs error: Unable to contact slurm controller (connect failure)\n")
    with pytest.raises(SlurmError):
        await slurm.source().read([ONE])


def test_reserved_time_that_nobody_used_is_nobodys_and_in_the_total() -> None:
    tally = Tally(ONE, WEIGHTS, AMSTERDAM)
    tally.add(parse_ended(ended(1, seconds_ago(90000), 7)))
    usage = snapshot(tally, [], None, seconds_ago(0), reserved=Fraction(3))
    assert (usage.settled, usage.unattributed, [person.settled for person in usage.people]) == (4, 3, [1])


# What a real Slurm printed


def record(name: str) -> str:
    return (RECORDS / f"ledger-{name}-22.05.txt").read_text()


def test_a_real_record_of_jobs_of_every_kind_is_read_to_the_last() -> None:
    jobs = parse_ended(record("sacct"))
    assert [job.job_id for job in jobs] == [2, 3, 4, 5, 5, 6, 10, 11], "all but the one that runs"
    assert [job.elapsed_seconds for job in jobs if job.job_id == 5] == [2, 2], "both runs"
    waiting = [job for job in parse_queued(record("squeue")) if job.phase.value == "waiting"]
    assert {job.job_id: job.held for job in waiting} == {11: False, 8: True, 9: False}
    assert [job.left_seconds for job in waiting if job.job_id == 9] == [600, 600], (
        "an array that waits, element by element"
    )
    (running,) = (job for job in parse_queued(record("squeue")) if job.phase.value == "running")
    assert (running.elapsed_seconds, running.left_seconds) == (5, 1795)
    tally = Tally(Allocation("a", "mobtest01"), WEIGHTS, AMSTERDAM)
    tally.add(jobs)
    usage = snapshot(tally, parse_queued(record("squeue")), None, datetime(2026, 11, 24, 14, 2, 8, tzinfo=UTC))
    assert usage.settled == (Fraction(45 + 1, 7) + 4) / 3600
    assert usage.running == Fraction(5 * 2, 7) / 3600
    assert usage.committed == (Fraction(1795 * 2 + 1200, 7) + 3600) / 3600


def test_real_limits_and_real_reserved_time_are_read() -> None:
    limits = parse_limits(record("assoc_mgr"))
    assert limits.billing("qos", "sme-inspect01") == (3500, 0)
    assert limits.billing("account", "inspect01") == (None, 0)
    assert parse_unused(record("sreport")) == {"trn0007": {"cpu": 12672}}
