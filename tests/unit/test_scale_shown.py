"""How a cluster is shown in words: what its workers do and wait for, when they are expected, and of when that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from aif.core.reasons import Reason
from aif.core.workers import WorkerJob
from aif.scale.reasons import why
from aif.scale.shown import MOST_ROWS, Row, Shown
from aif.scale.tally import Tally
from aif.widgets.figures import speech

NOW = datetime(2027, 4, 1, 14, 0, tzinfo=UTC)
RUNS = WorkerJob("12_0", "RUNNING", "gpu01", NOW, timedelta(minutes=30))
WAITS = WorkerJob("12_1", "PENDING", reason="Priority")
#: One of Slurm's words for each.
WORD_OF = {
    Reason.NEW: "None",
    Reason.RESOURCES: "Resources",
    Reason.PRIORITY: "Priority",
    Reason.BUDGET_CLAIMED: "QOSGrpBillingRunMinutes",
    Reason.BUDGET: "AssocGrpBillingMinutes",
    Reason.LENGTH: "PartitionTimeLimit",
    Reason.PERSON: "QOSMaxJobsPerUserLimit",
    Reason.PROJECT: "AssocGrpGRES",
    Reason.RESERVATION_GONE: "ReservationDeleted",
    Reason.RESERVATION: "Reservation",
    Reason.MAINTENANCE: "ReqNodeNotAvail, Reserved for maintenance",
    Reason.AWAY: "ReqNodeNotAvail, UnavailableNodes:gpu01",
    Reason.MOMENT: "BeginTime",
    Reason.NEVER: "DependencyNeverSatisfied",
    Reason.DEPENDENCY: "Dependency",
    Reason.LICENCE: "Licenses",
    Reason.HELD: "JobHeldUser",
    Reason.HELD_BY_OPERATOR: "JobHeldAdmin",
    Reason.HELD_AFTER_FAULT: "launch failed requeued held",
    Reason.TROUBLE: "JobLaunchFailure",
    Reason.OTHER: "SomethingNew",
}


def shown(language: str = "en", **changed: Any) -> Shown:
    rows = (Row("w-0", "12_0", RUNS, True), Row("w-1", "12_1", WAITS, False), Row("w-2", "", None, False))
    made = Shown("aif-w", 3, 3, 1, rows, 3.0, 0.5, 16.0, "", False, language)
    return replace(made, **changed)


def test_a_cluster_says_what_is_planned_asked_for_and_at_work() -> None:
    text = shown().text()
    assert text.startswith("Dask cluster: 3 planned, 3 asked of Slurm, 1 at work")
    assert "w-0: at work" in text
    assert "  1 of 3 here, 1 waiting: others are ahead (Priority)\n" in text
    assert "w-1: waiting, others are ahead (Priority), no estimate of when" in text
    assert "3 GPU-hours an hour, 0.5 of 16 used so far" in text
    assert "w-0: aan het werk, gpu01" in shown("nl").text()
    assert "w-1: wacht, anderen zijn eerder aan de beurt (Priority), geen schatting van wanneer" in shown("nl").text()
    assert "1 van 3 aanwezig, 1 wachtend: anderen zijn eerder aan de beurt (Priority)" in shown("nl").html()


def test_its_price_is_in_the_unit_of_the_budget() -> None:
    assert "3 core-hours an hour, 0.5 of 16 used so far" in shown(unit="core-hour").text()
    assert "3 kernuur per uur, tot nu toe 0,5 van 16 gebruikt" in shown("nl", unit="core-hour").html()
    assert shown(unit="core-hour").figures()["unit"] == "core-hour", "for its widget and the panel"


def test_what_all_wait_for_is_counted_also_of_those_that_are_not_listed() -> None:
    waiting = [Row(f"w-{n}", f"12_{n}", WAITS, False) for n in range(25)]
    limited = replace(WAITS, reason="QOSMaxGRESPerUser")
    rows = (Row("w", "12", RUNS, True), *waiting, *(Row(f"v-{n}", f"13_{n}", limited, False) for n in range(3)))
    many = shown(rows=rows, plan=29, requested=29, observed=1)
    line = (
        "1 of 29 here, 25 waiting: others are ahead (Priority); "
        "3 waiting: you already use as much at once as one person may (QOSMaxGRESPerUser)"
    )
    assert f"  {line}\n" in many.text()
    assert line in many.html()
    assert many.figures()["waits"] == line
    assert shown(rows=(Row("w-0", "12_0", RUNS, True),)).figures()["waits"] == "", "all are at work"


@pytest.mark.parametrize("state", ["SUSPENDED", "STOPPED"])
def test_one_that_stands_still_is_paused_and_not_at_work(state: str) -> None:
    still = replace(RUNS, state=state)
    made = shown(rows=(Row("w-0", "12_0", still, True), Row("w-1", "12_1", RUNS, True)), plan=2, requested=2)
    assert "w-0: paused, gpu01" in made.text()
    assert "1 of 2 here, 1 paused" in made.text()
    assert "‖ paused, gpu01" in made.html()
    assert made.lines()[0]["state"] == "paused"
    tally = Tally(Fraction(1))
    tally.take({"12_0": still}, ["12_0"], NOW)
    assert tally.paused, "it is looked at often: it may go on at any moment"
    tally.take({"12_0": RUNS}, ["12_0"], NOW)
    assert not tally.paused


@pytest.mark.parametrize(
    ("starts", "says"),
    [
        (None, "no estimate of when"),
        (NOW + timedelta(hours=1), "expected at 15:00"),
        (NOW + timedelta(hours=11), "expected at 01:00 tomorrow"),
        (NOW + timedelta(days=30), "expected at 14:00 on Sat 1 May"),
        (NOW - timedelta(minutes=5), "expected any moment"),
    ],
)
def test_when_it_is_expected_is_said_with_the_day_or_that_nobody_knows(starts: datetime | None, says: str) -> None:
    row = Row("w-1", "12_1", replace(WAITS, starts=starts), False)
    assert shown(rows=(row,), at=NOW).lines()[0]["details"] == ["others are ahead (Priority)", says]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_each_reason_of_slurms_has_words_and_keeps_its_term(language: str) -> None:
    said = {reason: why(replace(WAITS, reason=word), speech(language)) for reason, word in WORD_OF.items()}
    assert set(said) == set(Reason)
    assert len(set(said.values())) == len(said)
    without = {reason for reason, word in WORD_OF.items() if not said[reason].endswith(f" ({word})")}
    assert without == {Reason.NEW, Reason.OTHER}
    assert "SomethingNew" in said[Reason.OTHER]


def test_a_display_says_of_when_it_is() -> None:
    assert shown(at=NOW).text().endswith("\nAs of 1 April 2027, 14:00")
    assert "Stand van 1 april 2027, 14.00 uur" in shown("nl", at=NOW).html()


def test_a_long_list_is_cut_and_says_so() -> None:
    rows = tuple(Row(f"w-{n}", f"12_{n}", RUNS, True) for n in range(MOST_ROWS + 5))
    assert "and 5 more" in shown(rows=rows).text()
    assert shown(rows=rows).html().count("<tr>") == MOST_ROWS + 1


def test_what_slurm_says_is_text_and_never_markup() -> None:
    html = shown(trouble="<script>", rows=(Row("<b>", "12_0", RUNS, False),)).html()
    assert "<script>" not in html
    assert "<b>" not in html


def test_a_state_has_a_shape_and_a_word() -> None:
    html = shown().html()
    assert [mark in html for mark in ("● at work", "○ waiting, others are ahead (Priority)", "○ asked for")] == [
        True
    ] * 3
    assert 'aria-label="3 planned, 3 asked of Slurm, 1 at work"' in html
