"""Random histories as sacct and squeue write them: whatever happened, the parts add up to what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledger_material import ONE_GPU, ONE_SLICE, ended, queued

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.reading import snapshot
from aif.core.ledger.slurm import parse_ended, parse_queued
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance

AMSTERDAM = ZoneInfo("Europe/Amsterdam")
WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
FOUR = "billing=28,cpu=32,gres/gpu:h100=4,gres/gpu=4,mem=128G,node=1"
NO_GPU = "billing=0,cpu=2,mem=4G,node=1"
UNTYPED = "billing=7,cpu=8,gres/gpu=1,mem=32G,node=1"
#: What one hour of each costs, written down and not computed.
PRICE = {ONE_SLICE: Fraction(1, 7), ONE_GPU: Fraction(1), FOUR: Fraction(4), NO_GPU: Fraction(0), UNTYPED: Fraction(1)}
#: The clocks go back on 25 October 2026.
BEGIN = datetime(2026, 10, 12, tzinfo=UTC)
HOURS = 24 * 30
FIRST, LAST = date(2026, 10, 15), date(2026, 11, 5)
#: Midnight at the site: in summer two hours before UTC's, in winter one.
FROM = datetime(2026, 10, 14, 22, 0, tzinfo=UTC)
TO = datetime(2026, 11, 5, 23, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Run:
    """One run of a job: when it starts, how long it runs if nothing stops it, how long it may, and whose it is."""

    job: int
    start: datetime
    minutes: int
    most: int
    login: str
    account: str
    qos: str
    tres: str
    state: str


RUNS = st.lists(
    st.builds(
        Run,
        job=st.integers(1, 25),  # few ids: jobs are requeued
        start=st.integers(0, HOURS * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
        minutes=st.integers(0, 60 * 72),
        most=st.integers(1, 60 * 96),
        login=st.sampled_from(["ann", "bob", "cleo-with-a-login-of-more-than-twenty-characters"]),
        account=st.sampled_from(["inspect01", "inspect01", "mobtest01"]),
        qos=st.sampled_from(["sme-inspect01", "sme-inspect01", "debug"]),
        tres=st.sampled_from(list(PRICE)),
        state=st.sampled_from(["COMPLETED", "CANCELLED by 0", "NODE_FAIL", "TIMEOUT", "REQUEUED", "PREEMPTED"]),
    ),
    max_size=40,
    unique_by=lambda run: (run.job, run.start),
)


def told(runs: list[Run], now: datetime, late: int) -> tuple[str, str]:
    """What sacct and squeue print at `now`, when slurmdbd hears of each end `late` minutes after the controller."""
    book, queue = "", ""
    for run in runs:
        end = run.start + timedelta(minutes=run.minutes)
        facts = {"login": run.login, "account": run.account, "qos": run.qos, "tres": run.tres}
        if end + timedelta(minutes=late) <= now:
            book += ended(run.job, run.start, run.minutes / 60, state=run.state, **facts)
        if run.start > now:
            queue += queued(run.job, None, limit=f"{run.most}:00", state="PENDING", reason="Priority", **facts)
        elif end > now:
            used = int((now - run.start).total_seconds()) // 60
            left = f"{max(0, run.most - used)}:00"
            queue += queued(run.job, run.start, used=f"{used}:00", left=left, limit=f"{run.most}:00", **facts)
        elif end + timedelta(minutes=5) > now:
            queue += queued(run.job, run.start, used=f"{run.minutes}:00", left="0:00", state="COMPLETED", **facts)
    return book, queue


def oracle(runs: list[Run], now: datetime, qos: str) -> tuple[Fraction, Fraction]:
    """Used and promised, straight from what happened."""
    used, promised = Fraction(), Fraction()
    for run in runs:
        if run.account != "inspect01" or (qos and run.qos != qos):
            continue
        price, end = PRICE[run.tres], run.start + timedelta(minutes=run.minutes)
        seconds = (min(end, now, TO) - max(run.start, FROM)).total_seconds()
        used += price * Fraction(max(0, int(seconds)), 3600)
        if run.start > now:
            promised += price * Fraction(run.most, 60)
        elif end > now:
            ran = int((now - run.start).total_seconds()) // 60
            promised += price * Fraction(max(0, run.most - ran), 60)
    return used, promised


HISTORY = given(
    RUNS,
    st.integers(0, HOURS * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes)),
    st.integers(0, 5),
    st.sampled_from(["", "sme-inspect01"]),
    st.integers(0, 50),
    st.integers(1, 4),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@HISTORY
def test_a_history_sums_to_what_happened(
    runs: list[Run], now: datetime, late: int, qos: str, carried: int, parts: int
) -> None:
    adds_up(runs, now, late, qos, carried, parts)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@HISTORY
def test_a_thousand_histories_sum_to_what_happened(
    runs: list[Run], now: datetime, late: int, qos: str, carried: int, parts: int
) -> None:
    adds_up(runs, now, late, qos, carried, parts)


def adds_up(runs: list[Run], now: datetime, late: int, qos: str, carried: int, parts: int) -> None:
    """Fails where the figures of that history, seen at `now`, differ from the oracle's or do not add up."""
    one = Allocation(
        "a", "inspect01", qos=qos, limit=Fraction(500), start=FIRST, compute_end=LAST, carried_in=Fraction(carried)
    )
    book, queue = told(runs, now, late)
    tally = Tally(one, WEIGHTS, AMSTERDAM)
    lines = book.splitlines(keepends=True)
    for part in range(parts):  # the record comes in pieces, some of it twice
        tally.add(parse_ended("".join(lines[part::parts])))
        tally.add(parse_ended("".join(lines[:part])))
    usage = snapshot(tally, parse_queued(queue), None, now, reserved=Fraction(2))
    used, promised = oracle(runs, now, qos)
    assert usage.settled is not None
    assert usage.settled + usage.running == used + carried + 2
    assert usage.committed == promised
    assert usage.settled == usage.unattributed + sum(person.settled for person in usage.people)
    assert usage.running == sum(person.running for person in usage.people)
    assert usage.committed == sum(person.committed for person in usage.people)
    for sums in (tally.people(), tally.days(), tally.weeks()):
        assert sum(sums.values(), Fraction()) == tally.total
    shown = {day for day, _ in usage.days}
    before = sum((amount for day, amount in tally.days().items() if day not in shown), Fraction())
    assert before + sum(amount for _, amount in usage.days) == used
    balance = Balance(one, usage, now.date())
    assert balance.consumed == used + carried + 2
    assert balance.left == max(Fraction(), 500 - (balance.consumed or 0))
