"""The ledger's arithmetic: what a job counts for, when, and that the parts add up to the whole."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aif.core.ledger.allocation import Allocation, Period
from aif.core.ledger.binding import SlurmFacts, bind
from aif.core.ledger.job import JobRecord, rate, runs_on
from aif.core.ledger.reading import limit_of, snapshot
from aif.core.ledger.slurm import parse_limits
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance, UsageSnapshot

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
SLICE = {"gres/gpu": 1, "gres/gpu:h100_1g.10gb": 1, "billing": 1, "cpu": 2, "node": 1}
WHOLE = {"gres/gpu": 1, "gres/gpu:h100": 1, "billing": 7, "cpu": 8, "node": 1}
START = datetime(2026, 10, 20, 9, 0, tzinfo=UTC)
INSPECTION = Allocation("inspect01", "inspect01", billing_per_unit=Fraction(7), limit=Fraction(500))


def job(
    number: int = 1, *, hours: float = 1, tres: dict[str, int] = SLICE, login: str = "ann", **more: object
) -> JobRecord:
    seconds = int(hours * 3600)
    values = {"account": "inspect01", "qos": "sme-inspect01", "state": "COMPLETED", "start": START}
    values["end"] = START + timedelta(seconds=seconds)
    return JobRecord(number, login, tres=tres, elapsed_seconds=seconds, **{**values, **more})  # type: ignore[arg-type]


def tally(allocation: Allocation = INSPECTION, zone: ZoneInfo = AMSTERDAM) -> Tally:
    return Tally(allocation, WEIGHTS, zone)


@pytest.mark.parametrize(
    ("unit", "hours"), [("gpu-hour", Fraction(1, 7)), ("node-hour", 1), ("core-hour", 2), ("billing-hour", 1)]
)
def test_each_unit_reads_its_own_resource(unit: str, hours: Fraction) -> None:
    assert rate(SLICE, unit, WEIGHTS) == hours


def test_a_typed_gpu_counts_once_although_slurm_lists_it_twice() -> None:
    assert rate(WHOLE, "gpu-hour", WEIGHTS) == 1
    assert rate({"gres/gpu": 4, "gres/gpu:h100": 3}, "gpu-hour", WEIGHTS) == 4


def test_3500_slice_hours_are_500_gpu_hours() -> None:
    counted = tally()
    counted.add(job(number, hours=7) for number in range(500))
    assert counted.total == 500


def test_a_job_counts_only_inside_the_allocations_days() -> None:
    counted = tally(Allocation("a", "inspect01", start=date(2026, 10, 20), compute_end=date(2026, 10, 20)))
    counted.add([job(hours=48, start=datetime(2026, 10, 19, 12, 0, tzinfo=UTC))])
    assert counted.total == Fraction(24, 7)
    assert list(counted.days()) == [date(2026, 10, 20)]


def test_a_day_on_which_the_clocks_go_back_has_25_hours() -> None:
    parts = dict(runs_on(datetime(2026, 10, 25, 0, 0, tzinfo=AMSTERDAM), 26 * 3600))
    assert list(parts.values()) == [25 * 3600, 3600]


def test_a_job_that_is_told_again_replaces_itself_and_each_run_of_a_requeued_one_counts() -> None:
    counted = tally()
    counted.add([job(hours=1)])
    counted.add([job(hours=2)])
    counted.add([job(hours=1, start=START + timedelta(hours=5))])
    assert counted.total == Fraction(3, 7)


def test_between_queue_and_accounting_no_job_is_lost_or_counted_twice() -> None:
    counted = tally()
    counted.add([job(1, hours=7)])
    queued = [
        job(1, hours=7),
        job(2, hours=7),
        job(3, hours=7, state="RUNNING", end=None, left_seconds=7 * 3600),
        job(4, hours=0, state="PENDING", start=None, end=None, left_seconds=14 * 3600),
        job(5, hours=0, state="PENDING", start=None, end=None, left_seconds=70 * 3600, reason="JobHeldUser"),
    ]
    usage = snapshot(counted, queued, None, START + timedelta(hours=8))
    assert (usage.settled, usage.running, usage.committed, usage.rate) == (1, 2, 3, Fraction(1, 7))
    balance = Balance(INSPECTION, usage, date(2026, 10, 20))
    assert (balance.consumed, balance.left, balance.free_to_plan) == (3, 497, 494)


JOBS = st.lists(
    st.builds(
        job,
        st.integers(1, 40),
        hours=st.integers(0, 200).map(lambda tenths: tenths / 10),
        tres=st.sampled_from([SLICE, WHOLE, {"cpu": 2, "node": 1}]),
        login=st.sampled_from(["ann", "bob", "cleo"]),
        start=st.integers(0, 90 * 24 * 60).map(lambda minutes: START - timedelta(days=30) + timedelta(minutes=minutes)),
        state=st.sampled_from(["COMPLETED", "RUNNING"]),
    ),
    max_size=30,
)


@given(JOBS, st.integers(0, 30))
def test_people_days_and_weeks_add_up_to_the_total(jobs: list[JobRecord], settled: int) -> None:
    counted = tally(Allocation("a", "inspect01", start=date(2026, 10, 10), compute_end=date(2026, 11, 20)))
    counted.add(jobs[:settled])
    for parts in (counted.people(), counted.days(), counted.weeks()):
        assert sum(parts.values(), Fraction()) == counted.total
    usage = snapshot(counted, jobs[settled:], None, START + timedelta(days=60), reserved=Fraction(5))
    assert usage.settled == sum((person.settled for person in usage.people), usage.unattributed)
    assert usage.running == sum((person.running for person in usage.people), Fraction())
    assert usage.committed == sum((person.committed for person in usage.people), Fraction())


LIMITS = """Current Association Manager state

Association Records

ClusterName=demo Account=inspect01 UserName= Partition= Priority=0 ID=3
    GrpTRESMins=cpu=N(0),mem=N(0),billing=84000(12),gres/gpu=N(0)
ClusterName=demo Account=inspect01 UserName=ann(1050) Partition= Priority=0 ID=8
    GrpTRESMins=cpu=N(0),billing=7(3)

QOS Records

QOS=sme-inspect01(8)
    GrpTRESMins=cpu=N(0),mem=N(0),billing=210000(21000),gres/gpu=N(500)
QOS=normal(1)
    GrpTRESMins=cpu=N(0),billing=N(0)
"""


def test_limits_are_read_of_the_qos_and_of_the_accounts_own_row() -> None:
    limits = parse_limits(LIMITS)
    assert limits.billing("qos", "sme-inspect01") == (3500, 350)
    assert limits.billing("account", "inspect01") == (1400, Fraction(1, 5))
    assert limits.billing("qos", "normal") == (None, 0)
    assert limits.billing("qos", "other") == (None, 0)


def test_the_limit_is_the_sub_periods_then_the_sites_then_the_tightest_of_slurm() -> None:
    limits, today = parse_limits(LIMITS), date(2026, 10, 20)

    def limit(one: Allocation) -> Fraction | None:
        return limit_of(one, bind(one, "demo", SlurmFacts(frozenset()), limits, WEIGHTS), today)

    assert limit(Allocation("a", "inspect01", qos="sme-inspect01", billing_per_unit=Fraction(7))) == 200
    assert limit(INSPECTION) == 500
    quarter = Period(date(2026, 10, 1), date(2026, 12, 31), Fraction(120))
    assert limit(Allocation("a", "inspect01", periods=(quarter,))) == 120
    assert limit(Allocation("a", "other")) is None


def test_what_is_not_recorded_is_unknown_and_never_zero() -> None:
    usage = UsageSnapshot("a", "slurm", START, Fraction(500), None)
    balance = Balance(INSPECTION, usage, date(2026, 10, 20))
    assert (balance.consumed, balance.left, balance.free_to_plan, balance.pace) == (None, None, None, None)
    assert balance.state == "active"


def test_the_researchers_figures_of_the_journey() -> None:
    """Journey B, step 1: 20,000 GPU-hours from 1 March 2027 to 28 February 2028, seen on 1 October."""
    regular = Allocation("m", "m", limit=Fraction(20000), start=date(2027, 3, 1), compute_end=date(2028, 2, 28))
    usage = UsageSnapshot("m", "slurm", START, Fraction(20000), Fraction(12288), Fraction(12), Fraction(100))
    balance = Balance(regular, usage, date(2027, 10, 1))
    assert (balance.consumed, balance.free_to_plan) == (12300, 7600)
    assert (round(float(balance.used_share or 0), 3), round(float(regular.time_share(balance.today) or 0), 3)) == (
        0.615,
        0.586,
    )
    assert balance.pace is not None
    assert 1 < balance.pace < Fraction(11, 10)


def test_how_long_it_lasts_is_said_after_three_days_of_use() -> None:
    today = date(2026, 10, 20)

    def lasting(used: list[int]) -> date | None:
        days = tuple((today - timedelta(days=len(used) - at), Fraction(amount)) for at, amount in enumerate(used))
        usage = UsageSnapshot("a", "slurm", START, Fraction(500), Fraction(400), days=(*days, (today, Fraction(90))))
        return Balance(INSPECTION, usage, today).lasts_until

    assert lasting([0, 0, 10, 10]) is None
    assert lasting([0, 0, 10, 20, 0]) == today + timedelta(days=10)


@pytest.mark.parametrize(
    ("settled", "committed", "day", "state"),
    [
        (0, 0, date(2026, 10, 1), "pending"),
        (0, 0, date(2026, 10, 20), "active"),
        (450, 0, date(2026, 10, 20), "low"),
        (450, 50, date(2026, 10, 20), "full_commit"),
        (500, 0, date(2026, 10, 20), "exhausted"),
        (500, 0, date(2026, 11, 2), "compute_ended"),
        (500, 0, date(2026, 12, 2), "data_removed"),
    ],
)
def test_the_states_in_their_order(settled: int, committed: int, day: date, state: str) -> None:
    one = Allocation(
        "a",
        "a",
        start=date(2026, 10, 10),
        compute_end=date(2026, 11, 1),
        data_end=date(2026, 12, 1),
        limit=Fraction(500),
    )
    usage = UsageSnapshot("a", "slurm", START, Fraction(500), Fraction(settled), committed=Fraction(committed))
    assert Balance(one, usage, day).state == state
