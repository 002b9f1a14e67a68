"""The receipt of a session: what it used and how that is computed, as a page and as facts for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import hub_material as material
import pytest
from budget_material import PILOT, balance
from test_waiting_pages import ASKED, ENDED, NOW, PATHS, RUNS, SITE, rendered, text

from aif.core.ledger.job import JobRecord, rate
from aif.core.states import EndCause
from aif_hub.book import Session
from aif_hub.ledger.record import JobRecords
from aif_hub.recorded import timed
from aif_hub.speech import speak
from aif_hub.views_receipt import facts, receipt


def page(session: Session, *, own: bool = True) -> str:
    shown = receipt(session, NOW, SITE, PATHS)
    return text(rendered("receipt.html", {"site": SITE}, receipt=shown, own=own))


def test_a_receipt_says_how_its_gpu_hours_are_computed() -> None:
    shown = receipt(ENDED, NOW, SITE, PATHS)
    assert (shown.sum, shown.used) == ("1 × 1/7 × 1 hours = 0.14 GPU-hours", "0.14 GPU-hours")
    assert (shown.waited, shown.ran, shown.limit) == ("under a minute", "1 h", "2 h")
    assert shown.ended == "1 April 2027, 14:30 UTC"


def test_the_facts_multiply_to_the_gpu_hours() -> None:
    told = facts(replace(ENDED, started_at=NOW - timedelta(minutes=95)), NOW, SITE)
    assert told["seconds_ran"] == 95 * 60
    assert told["gpu_weight"] == "1/7"
    assert told["gpu_hours"] == pytest.approx(told["gpus"] * (1 / 7) * told["seconds_ran"] / 3600, abs=1e-6)
    assert told["end_cause"] == "time limit"


def test_a_session_that_never_started_waited_until_its_end_and_used_nothing() -> None:
    ended = replace(ASKED, step="ended", ended_at=NOW, end_cause=EndCause.STOPPED)
    shown = receipt(ended, NOW, SITE, PATHS)
    assert (shown.waited, shown.ran, shown.used) == ("10 min", "", "No GPU-hours")
    assert "waiting costs nothing" in shown.sum
    assert facts(ended, NOW, SITE)["started"] is None


def test_a_size_without_a_gpu_costs_none_however_long_it_runs() -> None:
    ended = replace(ENDED, request=material.request(profile="cpu", minutes=60))
    assert receipt(ended, NOW, SITE, PATHS).used == "No GPU-hours"
    assert facts(ended, NOW, SITE)["gpu_hours"] == 0


def test_an_open_session_has_figures_up_to_now_and_no_end() -> None:
    stopping = replace(RUNS, stop_asked=True, end_cause=EndCause.STOPPED)
    assert facts(stopping, NOW, SITE)["end_cause"] is None
    assert "It has not ended yet" in page(stopping)
    assert "Start again" not in page(stopping)


def test_the_facts_hold_no_secret() -> None:
    told = facts(replace(ENDED, oauth_secret="hash-of-it", token_ids=(41234,), host="10.0.0.9", port=41234), NOW, SITE)  # noqa: S106
    assert not {"hash-of-it", 41234, "10.0.0.9"} & set(told.values())


def test_only_the_person_it_belongs_to_starts_the_same_again() -> None:
    assert "Start again with the same choice" in page(ENDED)
    assert "Start again with the same choice" not in page(ENDED, own=False)


def test_a_receipt_speaks_dutch() -> None:
    speak("nl")
    try:
        assert "1 × 1/7 × 1 uur = 0,14 GPU-uur" in page(ENDED)
        assert "1 april 2027, 14.30 uur UTC" in page(ENDED)
    finally:
        speak("en")


# What the budget says of it -------------------------------------------------------------------------------------------


def test_a_receipt_says_what_is_left_and_until_when_files_are_kept() -> None:
    """Journey A, step 12: 55 minutes on a seventh of a GPU."""
    ended = replace(ENDED, started_at=NOW - timedelta(minutes=55), ended_at=NOW)
    paid = balance(PILOT, NOW, settled=Fraction(55, 60) / 7)
    shown = receipt(ended, NOW, SITE, PATHS, paid, recorded=True)
    assert shown.used == "0.13 GPU-hours"
    assert shown.left == "499.87 GPU-hours of Inspection pilot, as counted at 14:30"
    assert shown.files_until == "31 August 2027"
    assert shown.counted == "From start to end as Slurm recorded them, which is how the budget counts."
    told = facts(ended, NOW, SITE, paid, recorded=True)
    assert (told["settled"], told["left"], told["files_until"]) == (True, 499.869, "2027-08-31")
    assert "Files kept until" in text(rendered("receipt.html", {"site": SITE}, receipt=shown, own=True))


@pytest.mark.parametrize(
    ("unit", "said", "sum"),
    [
        ("core-hour", "6 core-hours", "4 × 1.5 hours = 6 core-hours"),
        ("node-hour", "1.5 node-hours", "1 × 1.5 hours = 1.5 node-hours"),
    ],
)
def test_a_receipt_is_in_the_unit_of_the_budget(unit: str, said: str, sum: str) -> None:
    """As the start page promised it: above all of a size without a GPU, which costs no GPU-hours."""
    ended = replace(without_gpu(), started_at=NOW - timedelta(minutes=90), ended_at=NOW)
    paid = balance(replace(PILOT, unit=unit), NOW)
    shown = receipt(ended, NOW, SITE, PATHS, paid, recorded=True)
    assert (shown.used, shown.sum, shown.charged) == (said, sum, "")
    assert shown.counted.startswith("From start to end as Slurm recorded them")
    html = text(rendered("receipt.html", {"site": SITE}, receipt=shown, own=True))
    assert f"{unit.capitalize()}s are" in html
    assert "GPU-hour" not in html
    told = facts(ended, NOW, SITE, paid)
    assert (told["cost"], told["cost_unit"], told["gpu_hours"]) == (float(said.split()[0]), unit, 0)
    assert "waiting costs nothing" in receipt(replace(ended, started_at=None), NOW, SITE, PATHS, paid).sum


def test_what_slurm_alone_works_out_is_not_made_up() -> None:
    paid = balance(replace(PILOT, unit="billing-hour"), NOW)
    shown = receipt(without_gpu(), NOW, SITE, PATHS, paid)
    assert (shown.used, shown.sum, shown.counted) == ("What Slurm works out", "", "")
    assert (facts(without_gpu(), NOW, SITE, paid)["cost"], paid.allocation.unit) == (None, "billing-hour")
    shown = receipt(ENDED, NOW, SITE, PATHS, paid)
    assert (shown.used, shown.charged) == ("0.14 GPU-hours", "Billing hours, which Slurm works out")


def without_gpu() -> Session:
    return replace(ENDED, request=replace(material.request(profile="cpu", minutes=120), cpus=4))


def test_until_slurms_record_is_read_it_says_by_whose_clock() -> None:
    shown = receipt(ENDED, NOW, SITE, PATHS)
    assert shown.counted.startswith("By the hub's clock for now.")
    assert (shown.left, shown.files_until) == ("", "")


def test_an_ended_session_takes_the_times_by_which_the_budget_counts_it(tmp_path: Path) -> None:
    records = JobRecords(material.database(tmp_path / "hub.sqlite"), "demo")
    start = NOW - timedelta(minutes=57)
    ended = replace(
        ENDED, written_at=NOW - timedelta(minutes=58), started_at=start - timedelta(seconds=3), ended_at=NOW
    )
    run = JobRecord(
        job_id=ended.job_id or 0,
        login=ended.login,
        account="inspect01",
        qos="",
        state="COMPLETED",
        tres={"gres/gpu": 1, "gres/gpu:h100_1g.10gb": 1},
        start=start,
        end=start + timedelta(seconds=3300),
        elapsed_seconds=3300,
    )
    records.keep([run], ["inspect01"], NOW)
    found = records.of_jobs([run.job_id, 999_999])
    exact = timed(ended, found)
    counted = rate(run.tres, "gpu-hour", SITE.gpu_weights) * Fraction(run.elapsed_seconds, 3600)
    assert facts(exact, NOW, SITE)["gpu_hours"] == round(float(counted), 6)
    assert timed(replace(ended, step="ready"), found).started_at == ended.started_at, "only what has ended"
    assert timed(replace(ended, login="somebody"), found) == replace(ended, login="somebody")
    later = replace(ended, written_at=NOW + timedelta(days=900))
    assert timed(later, found) == later, "another job of the same number"
    waited = replace(ended, started_at=None)
    at_once = {run.job_id: replace(run, end=start, elapsed_seconds=0)}
    assert "waiting costs nothing" in receipt(timed(waited, at_once), NOW, SITE, PATHS).sum, "cancelled in the queue"
