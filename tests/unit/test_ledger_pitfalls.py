"""What sites' accounting does that figures must survive, each pitfall by its name."""

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
    CONFIG,
    ONE_GPU,
    PARTITIONS,
    RECORDS,
    Slurm,
    configured,
    ended,
    queued,
    seconds_ago,
)

from aif.core.errors import SlurmError
from aif.core.ledger.allocation import Allocation, Period, SlurmBinding
from aif.core.ledger.binding import (
    SlurmFacts,
    billing_of_a_gpu,
    bind,
    parse_facts,
    parse_lasting,
    parse_partition_weights,
    records,
    weights_as_billed,
)
from aif.core.ledger.reading import snapshot
from aif.core.ledger.reserved import parse_unused
from aif.core.ledger.slurm import Limits, parse_ended, parse_limits, parse_queued
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance
from aif.core.ledger.zone import local_zone
from aif.core.request import Project
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger import ended as reading
from aif_hub.ledger import told
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.projects import Projects

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
ONE = Allocation("inspect01", "inspect01")
QOS = "QOS=sme-inspect01(8)\n    GrpTRESMins=cpu=N(0),billing=210000(21000),gres/gpu=N(500)\n"
ACCOUNT = (
    "ClusterName=demo Account=inspect01 UserName= Partition= Priority=0 ID=3\n"
    "    GrpTRESMins=cpu=N(0),billing=84000(12),gres/gpu=N(0)\n"
)


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


@pytest.fixture
def amsterdam(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Amsterdam")


def bound(facts: SlurmFacts, text: str, *charged: str, **changed: Any) -> SlurmBinding:
    one = Allocation("inspect01", "inspect01", billing_per_unit=Fraction(7), **changed)
    return bind(one, "demo", facts, parse_limits(text), WEIGHTS, charged=charged)


# Where the limit is, and what Slurm does about it


def test_used_amounts_that_fade_are_named_unless_the_qos_is_left_out() -> None:
    fading = parse_facts(configured(PriorityDecayHalfLife="7-00:00:00"))
    assert bound(fading, ACCOUNT).decays
    assert bound(fading, QOS, "sme-inspect01").decays
    lasting = SlurmFacts(**{**vars(fading), "lasting": parse_lasting("normal|\nsme-inspect01|DenyOnLimit,NoDecay\n")})
    assert not bound(lasting, QOS, "sme-inspect01").decays
    assert not bound(parse_facts(CONFIG), ACCOUNT).decays
    assert bound(parse_facts(configured(PriorityUsageResetPeriod="QUARTERLY")), ACCOUNT).decays


@pytest.mark.parametrize(
    ("enforce", "priority", "held"),
    [
        ("associations,limits,qos,safe", "multifactor", "safe"),
        ("associations,limits,qos", "multifactor", "limits"),
        ("all", "multifactor", "safe"),
        ("associations", "multifactor", ""),
        ("none", "multifactor", ""),
        ("associations,limits,qos,safe", "basic", ""),
    ],
)
def test_whether_slurm_holds_anybody_to_the_limit(enforce: str, priority: str, held: str) -> None:
    text = configured(AccountingStorageEnforce=enforce, PriorityType=f"priority/{priority}")
    assert bound(parse_facts(text), ACCOUNT).enforced == held
    assert bound(parse_facts(text), "").enforced == "", "no limit, so nobody is held to one"


def test_the_limit_is_found_on_the_qos_that_people_charge_else_on_the_account() -> None:
    facts = parse_facts(CONFIG)
    both = bound(facts, ACCOUNT + QOS, "normal", "sme-inspect01")
    assert (both.qos, both.limit_at, both.limit) == ("sme-inspect01", "account", 200)
    alone = bound(facts, QOS, "sme-inspect01")
    assert (alone.qos, alone.limit_at, alone.limit) == ("sme-inspect01", "qos", 500)
    account = bound(facts, ACCOUNT, "normal")
    assert (account.qos, account.limit_at, account.limit) == ("", "account", 200)


async def test_a_limit_on_a_qos_that_accounts_share_is_no_accounts_own(slurm: Slurm) -> None:
    charges = ["ann|inspect01|sme-inspect01", "bob|inspect01|normal", "bob|mobtest01|normal"]
    slurm.says(sacctmgr="".join(f"{line}|x\n" for line in charges))
    site = slurm.site()
    projects = Projects(site, site.clusters[0], AccountingBudget(calls=1000))
    await projects.of("ann")
    assert (projects.charged("inspect01"), projects.charged("mobtest01")) == (["sme-inspect01"], [])


async def test_where_the_limit_is_on_the_account_its_jobs_in_every_qos_count(slurm: Slurm) -> None:
    jobs = [ended(1, seconds_ago(9000), 1, qos="normal"), ended(2, seconds_ago(9000), 1, qos="debug", tres=ONE_GPU)]
    slurm.says(sacct="".join(jobs), assoc_mgr=ACCOUNT)
    usage = (await slurm.source(["normal"]).read([ONE]))["inspect01"]
    assert (usage.settled, usage.limit, usage.limit_at) == (Fraction(8, 7), 200, "account")
    slurm.says(assoc_mgr=QOS)
    usage = (await slurm.source(["normal", "sme-inspect01"]).read([ONE]))["inspect01"]
    assert (usage.settled, usage.limit, usage.limit_at) == (0, 500, "qos")


def test_n_means_that_there_is_no_limit() -> None:
    text = ACCOUNT.replace("84000(12)", "N(12)")
    found = bound(parse_facts(CONFIG), text)
    assert (found.limit, found.limit_at, found.enforced) == (None, "", "")
    zero = bound(parse_facts(CONFIG), ACCOUNT.replace("84000(12)", "0(12)"))
    assert (zero.limit, zero.limit_at) == (0, "account")


def test_a_limit_may_be_in_gpus_nodes_or_cores() -> None:
    rows = {"billing": (None, 0), "gres/gpu": (6000, 0), "node": (120, 0), "cpu": (60, 0)}
    limits = Limits({}, {"inspect01": rows})
    for unit, hours in (("gpu-hour", 100), ("node-hour", 2), ("core-hour", 1), ("billing-hour", None)):
        assert limits.hours("account", "inspect01", unit, None) == hours


def test_what_a_whole_gpu_is_billed_is_read_from_the_partitions(slurm: Slurm) -> None:
    weights = parse_partition_weights(PARTITIONS)
    profiles = slurm.site().profiles
    assert billing_of_a_gpu(weights, profiles) == 7
    assert weights_as_billed(weights) == {"h100": 1, "h100_1g.10gb": Fraction(1, 7)}
    generic = {"mig": {"gres/gpu": Fraction(2)}, "gpu": {"gres/gpu": Fraction(2)}}
    assert billing_of_a_gpu(generic, profiles) is None, "a slice is billed as a whole GPU: no one price"
    assert billing_of_a_gpu({}, profiles) is None
    assert weights_as_billed({}) == {}


async def test_a_limit_in_billing_is_told_in_gpu_hours_without_a_word_in_the_site_file(slurm: Slurm) -> None:
    slurm.says(assoc_mgr=QOS)
    assert (await slurm.source(["sme-inspect01"]).read([ONE]))["inspect01"].limit == 500


async def test_a_resized_limit_is_the_new_one(slurm: Slurm, monkeypatch: pytest.MonkeyPatch) -> None:
    source = slurm.source(["sme-inspect01"])
    slurm.says(assoc_mgr=QOS)
    await source.read([ONE])
    slurm.says(assoc_mgr=QOS.replace("210000", "420000"))
    assert (await source.read([ONE]))["inspect01"].limit == 500
    monkeypatch.setattr("aif_hub.ledger.source.LIMITS_SECONDS", timedelta())
    assert (await source.read([ONE]))["inspect01"].limit == 1000


# What is recorded


def test_gpu_time_is_known_only_where_slurm_records_what_tells_it() -> None:
    assert not records(frozenset({"cpu", "node", "billing"}), "gpu-hour", WEIGHTS)
    assert not records(frozenset({"gres/gpu", "gres/gpu:h100"}), "gpu-hour", WEIGHTS), "a slice looks like a whole GPU"
    assert records(frozenset({"gres/gpu", "gres/gpu:h100_1g.10gb"}), "gpu-hour", WEIGHTS)
    assert records(frozenset({"gres/gpu"}), "gpu-hour", {"h100": Fraction(1)})
    assert records(frozenset(), "node-hour", WEIGHTS)


async def test_without_gpus_in_the_accounting_nothing_is_said_to_be_zero(slurm: Slurm) -> None:
    slurm.says(
        config=configured(AccountingStorageTRES="cpu,mem,energy,node,billing"),
        sacct=ended(1, seconds_ago(9000), 1, tres="billing=0,cpu=2,node=1"),
        squeue=queued(2, seconds_ago(60), tres="billing=0,cpu=2,node=1"),
        assoc_mgr=QOS,
    )
    usage = (await slurm.source(["sme-inspect01"]).read([ONE]))["inspect01"]
    said = told.allocation(Balance(ONE, usage, usage.as_of.date()), "pi", "ann", "Inspection", str)
    unknown = ("settled", "running", "consumed", "committed", "left", "free_to_plan", "rate", "pace", "unattributed")
    assert {name: said[name] for name in unknown} == dict.fromkeys(unknown)
    assert (said["limit"], said["people"], said["days"]) == (500, [], [])


@pytest.mark.parametrize(("level", "known"), [("None", False), ("Operator", True), ("Administrator", True)])
async def test_use_that_private_data_hides_from_the_hub_is_unknown(slurm: Slurm, level: str, known: bool) -> None:
    slurm.says(config=configured(PrivateData="jobs,usage"), user=f"{level}\n")
    usage = (await slurm.source().read([ONE]))["inspect01"]
    assert (usage.settled == 0) is known
    assert (usage.settled is None) is not known


# Which jobs count, when and how much


async def test_each_of_a_persons_accounts_has_only_its_own_jobs(slurm: Slurm) -> None:
    slurm.says(
        sacct=ended(1, seconds_ago(9000), 7) + ended(2, seconds_ago(9000), 14, account="mobtest01", qos="normal"),
        squeue=queued(3, seconds_ago(60), used="1:00", account="mobtest01"),
    )
    other = Allocation("mobtest01", "mobtest01")
    found = await slurm.source().read([ONE, other])
    assert (found["inspect01"].settled, found["inspect01"].running) == (1, 0)
    assert (found["mobtest01"].settled, found["mobtest01"].running) == (2, Fraction(1, 7 * 60))


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
