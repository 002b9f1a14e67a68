"""The lanes of `aif bench chaos`: what becomes of an event that could not be injected."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from chaos_material import WHO, books

from aif_hub.bench.chaos import on_hub, on_sessions
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.lanes import TRIES, Lanes
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import Event, Plan
from aif_hub.bench.chaos.scene import NotAgain, Scene
from aif_hub.bench.chaos.stage import Stage
from aif_hub.demo.errors import DemoError

TO_HUB = Plan([Event(1, "proxy-restarted", 0, 0.5)], [], [])
TO_A_PERSON = Plan([], [], [[Event(1, "job-suspended", 3, 0.5, 0)]])


@pytest.fixture
def scene() -> Scene:
    """Nothing on it but what lanes ask, and an auditor that agrees with everything from now on."""
    subject = SimpleNamespace(without=frozenset())
    stage = SimpleNamespace(over=threading.Event(), pause=lambda seconds: None, subject=subject, real=())
    auditor = Auditor()
    auditor.seen(books(float("inf")))
    return Scene(cast(Stage, stage), auditor)


class Tried:
    """An injection that fails as often as it has errors, and then is done."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.times = 0

    def __call__(self, *_: Any) -> str:
        self.times += 1
        if self._errors:
            raise self._errors.pop(0)
        return "done at last"


def ended() -> DemoError:
    return DemoError("the job is over")


def test_an_event_that_met_a_job_at_its_end_happens_when_it_is_tried_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tried = Tried(ended(), OSError("no such process"))
    waits: list[float] = []
    story: list[str] = []
    monkeypatch.setattr(on_sessions, "inject", tried)
    person = SimpleNamespace(login=WHO, sees_ends=lambda since: waits.append(since), tell=story.append)
    assert Lanes(scene, [cast(Person, person)]).run(TO_A_PERSON) == 1
    assert (tried.times, len(waits)) == (3, 2)
    said = capsys.readouterr().err
    assert f"event 1, job-suspended to {WHO}: could not be injected and is tried again: the job is over" in said
    assert "events could not be injected" not in said
    assert story == ["job-suspended (done at last), the books agree after 0 s"]


def test_a_person_whose_session_does_not_end_gets_the_event_all_the_same(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sees_ends(since: float) -> None:
        raise DemoError("it did not end")

    monkeypatch.setattr(on_sessions, "inject", Tried(ended()))
    person = SimpleNamespace(login=WHO, sees_ends=sees_ends, tell=lambda line: None)
    assert Lanes(scene, [cast(Person, person)]).run(TO_A_PERSON) == 1


@pytest.mark.parametrize(("error", "tries"), [(ended, TRIES), (lambda: NotAgain("its address has changed"), 1)])
def test_what_still_could_not_be_injected_or_went_wrong_is_no_event(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Callable[[], Exception],
    tries: int,
) -> None:
    tried = Tried(*(error() for _ in range(TRIES)))
    monkeypatch.setattr(on_hub, "inject", tried)
    assert Lanes(scene, []).run(TO_HUB) == 0
    assert tried.times == tries
    assert "1 of 1 events could not be injected: proxy-restarted (1)" in capsys.readouterr().err


def test_nothing_is_tried_again_in_a_run_that_was_broken_off(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken_off(*_: Any) -> str:
        scene.stage.over.set()
        raise ended()

    monkeypatch.setattr(on_hub, "inject", broken_off)
    assert Lanes(scene, []).run(TO_HUB) == 0
