"""The receipt of a session: what it used and how that is computed, as a page and as facts for programs."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import hub_material as material
import pytest
from test_waiting_pages import ASKED, ENDED, NOW, PATHS, RUNS, SITE, rendered, text

from aif.core.states import EndCause
from aif_hub.book import Session
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
