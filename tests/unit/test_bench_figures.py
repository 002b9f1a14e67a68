"""The figures that `aif bench sessions` and `aif bench front` print for programs: by these names, and no others."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from aif_hub.bench import front, sessions

SESSIONS = {
    *("storm_over_sbatch", "stock_storm_over_sbatch", "waiting_rpcs_over_stock", "waiting_cpu_over_stock"),
    *("waiting_api_p95_ms", "steady_rpcs_per_minute", "lab_ready_over_bare", "lab_ready_over_tuned_bare"),
    "hub_worst_lag_ms",
}
FRONT = {
    *("pages", "axe_violations", "untranslated", "estimates_tried", "estimates_within_2_min"),
    "slurm_calls_per_page_view",
}
ROOM = SimpleNamespace(people=tuple(f"class{number:02d}" for number in range(1, 45)), inst=None)


def later(value: Any) -> Callable[..., Any]:
    async def answer(*_: Any) -> Any:
        return value

    return answer


def at_once(value: Any = None) -> Callable[..., Any]:
    return lambda *_: value


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing is started and everything is measured at once, with figures that are nobody's."""
    hub = SimpleNamespace(url="http://127.0.0.1:1/hub/api", know=later(None))
    for place in (sessions, front):
        monkeypatch.setattr(place.ours, "prepare", at_once())
        monkeypatch.setattr(place.ours, "start", at_once(hub))
        monkeypatch.setattr(place.ours, "hub", at_once())
        monkeypatch.setattr(place.daemons, "pid", at_once(1))
    for name in ("write_site", "stop"):
        monkeypatch.setattr(sessions.ours, name, at_once())
    monkeypatch.setattr(sessions.stock, "start", at_once(hub))
    for name in ("stop", "hub"):
        monkeypatch.setattr(sessions.stock, name, at_once())
    return monkeypatch


async def test_the_figures_of_sessions(measured: pytest.MonkeyPatch) -> None:
    one = SimpleNamespace(seconds=2.0, rpcs={"A": 10}, processor_seconds=1.0, api_ms=[20.0, 30.0])
    measured.setattr(sessions, "_warm", later(None))
    measured.setattr(sessions, "_worst_lag", later(12.34))
    measured.setattr(sessions.storm, "rounds", later(([one], [one], [one])))
    measured.setattr(sessions.waiting, "fill", at_once())
    measured.setattr(sessions.waiting, "wait", later(one))
    measured.setattr(sessions.waiting, "steady", later({"A": 12.0}))
    measured.setattr(sessions.opening, "split", later({"whole": 2.0} | dict.fromkeys(sessions.opening.PARTS, 0.5)))
    measured.setattr(sessions.lab, "medians", at_once({"ours": 1.0, "bare": 2.0, "tuned": 1.0}))
    figures = await sessions._run(ROOM, sessions._parser().parse_args([]))  # type: ignore[arg-type]  # a stand-in's room
    assert set(figures) == SESSIONS
    assert all(isinstance(value, float) for value in figures.values())
    assert (figures["waiting_rpcs_over_stock"], figures["lab_ready_over_bare"]) == (1, 0.5)


@pytest.mark.parametrize("browser", [True, False])
async def test_the_figures_of_the_front_door(measured: pytest.MonkeyPatch, browser: bool) -> None:
    seen = {"html_kb": 9.0, "requests": 5, "ready_ms": [40.0, 41.0], "all_kb": 60.0, "violations": []}
    clicks = SimpleNamespace(pages={"home": [30.0, 40.0]}, views=2, seconds=60.0, slurm_calls=3)
    measured.setattr(front, "Visitor", lambda url, login: SimpleNamespace(login=login, sign_in=later(None)))
    measured.setattr(front, "untranslated", at_once([]))
    measured.setattr(front, "_expectations", later((5, 3)))
    for name in ("_places", "_rooms"):
        measured.setattr(front, name, later({}) if name == "_places" else at_once({}))
    measured.setattr(front.clicking, "idle", later(0.0))
    measured.setattr(front.clicking, "click", later(clicks))
    measured.setattr(front.measure, "processor_seconds", at_once(1.0))
    measured.setattr(front, "_browser", at_once({"home": seen} if browser else None))
    options: argparse.Namespace = front._parser().parse_args([])
    figures = await front._run(ROOM, dict.fromkeys(ROOM.people, ""), options)  # type: ignore[arg-type]  # a stand-in's room
    assert set(figures) == FRONT
    assert {name: set(page) for name, page in figures["pages"].items()} == {
        "home": {"html_kb", "requests", "ready_ms_p95"}
    }
    assert figures["axe_violations"] == (0 if browser else None)
    assert (figures["estimates_tried"], figures["slurm_calls_per_page_view"]) == (5, 1.5)
