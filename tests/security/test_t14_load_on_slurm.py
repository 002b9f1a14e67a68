"""Two hundred people with a window and a widget each: Slurm is asked as often as for one, also when it comes back.

Slurm and its controller, the hub and its proxy are real, and so is one session; who the people are is said in `crowd`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from crowd import ASKED, PEOPLE, Crowd, two_hundred
from own_hub import OwnHub
from processes import until
from threats import Attempts

from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo import instance as instances

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T14")]

SECONDS = 6.0
#: Of the site of the tests' own hub: while a session runs it looks once in so long.
LOOK_SECONDS = 2.0
#: Questions of one look, at most; the shared answers about free GPUs, the line, the calendar and estimates, all in all.
A_LOOK, SHARED = 2, 24


def budget(seconds: float) -> float:
    """How many questions Slurm's controller gets in so long at most, however many windows there are."""
    return A_LOOK * (seconds / LOOK_SECONDS + 1) + SHARED


@pytest.fixture(scope="module")
def crowd(own_hub: OwnHub) -> Iterator[Crowd]:
    """A session runs all the while, so the hub looks at Slurm by itself."""
    with two_hundred(own_hub) as made:
        login = own_hub.login("class24")
        own_hub.use_standin(login)
        own_hub.ask_for(login)
        own_hub.await_ready(login)
        yield made
        own_hub.ask_to_stop(login)
        own_hub.await_ended(login)


@pytest.fixture
def controller(instance: dict[str, Any]) -> Iterator[daemons.Daemon]:
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    yield slurm_daemons.slurmctld(inst)
    slurm_daemons.start(inst)


def test_two_hundred_people_cost_slurm_what_one_does(crowd: Crowd, attempts: Attempts) -> None:
    before, began = crowd.asked(), time.monotonic()
    answers = crowd.ask(SECONDS)
    seconds, questions = time.monotonic() - began, crowd.asked() - before
    print(f"{len(answers)} answers in {seconds:.1f} s, {questions} questions to the controller")
    assert len(answers) >= PEOPLE * len(ASKED)
    assert set(answers) <= {200, 503}  # 503: the accounting has its own pace, and a widget is told so
    assert answers.count(200) > len(answers) / 2
    assert len(crowd.told) == PEOPLE, "everybody's project was read"
    assert questions > 1, "the hub has looked meanwhile"
    attempts.tried(len(answers) - 1)
    attempts.check(questions <= budget(seconds), f"{questions} questions in {seconds:.1f} s")


def test_a_controller_that_comes_back_meets_no_storm(
    crowd: Crowd, controller: daemons.Daemon, attempts: Attempts
) -> None:
    daemons.stop(controller)
    away = crowd.ask(SECONDS)
    assert set(away) <= {200, 503}
    began = time.monotonic()  # its counts begin anew with it
    daemons.start(controller)
    until(lambda: crowd.hub.slurm("sdiag", sure=False), "the controller answers", 30)
    answers = crowd.ask(SECONDS)
    seconds, questions = time.monotonic() - began, crowd.asked()
    print(f"{len(away)} answers while it was away, {len(answers)} in {seconds:.1f} s after, {questions} questions")
    attempts.tried(len(away) + len(answers) - 1)
    attempts.check(questions <= budget(seconds), f"{questions} questions in {seconds:.1f} s")
    login = crowd.hub.login("class24")
    attempts.check((crowd.hub.session(login) or {}).get("step") == "ready", "the session that ran")
