"""Two hundred windows with widgets in them: Slurm is asked as often as for one, also when it comes back."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from own_hub import OwnHub
from processes import until
from threats import Attempts

from aif_hub.bench.measure import parse_askers
from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo import instance as instances

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240), pytest.mark.threat("T14")]

#: Of forty people, five each.
WINDOWS = 200
#: What windows and widgets of JupyterLab ask, and a person in between.
WIDGETS = ("api/aif/v1/allocations", "api/aif/v1/sessions", "api/aif/v1/events")
PAGES = ("home", "spawn", "aif/estimate?profile=cpu&minutes=60", "aif/sessions")
SECONDS = 6.0
#: Of the site of the tests' own hub: while a session runs it looks once in so long.
LOOK_SECONDS = 2.0
#: Questions of one look, at most; the shared answers about free GPUs, the line, the calendar and estimates, all in all.
A_LOOK, SHARED = 2, 24


def budget(seconds: float) -> float:
    """How many questions Slurm's controller gets in so long at most, however many windows there are."""
    return A_LOOK * (seconds / LOOK_SECONDS + 1) + SHARED


class Crowd:
    """Everybody's tokens, four browsers, and what the controller was asked meanwhile."""

    def __init__(self, hub: OwnHub) -> None:
        self.hub = hub
        people = [hub.token(hub.login(f"class{seat:02d}")) for seat in range(1, 41)]
        self.tokens = [token for token in people for _ in range(WINDOWS // 40)]
        self.browsers = [hub.browser(hub.login(f"class{seat:02d}")) for seat in range(12, 16)]

    def ask(self, seconds: float) -> list[int]:
        """Every window asks at least once, one after the other and on for so long: the statuses of all answers."""
        began = time.monotonic()
        questions = zip(itertools.cycle(WIDGETS), itertools.cycle(self.tokens), strict=False)
        answers: list[int] = []

        def one(_: int) -> None:
            asked = 0
            while asked < WINDOWS / 8 or time.monotonic() < began + seconds:
                path, token = next(questions)
                answers.append(self.hub.get(f"/hub/{path}", token).status)
                asked += 1

        def look(browser: Any) -> None:
            while time.monotonic() < began + seconds:
                answers.extend(browser(f"/hub/{page}").status for page in PAGES)

        with ThreadPoolExecutor(12) as room:
            done = [room.submit(one, number) for number in range(8)]
            done += [room.submit(look, browser) for browser in self.browsers]
            for each in done:
                each.result()
        return answers

    def asked(self) -> int:
        """Questions to the controller until now, of the hub and of people, not of the machine's own daemons."""
        askers = parse_askers(self.hub.slurm("sdiag"))
        return sum(count for one, count in askers.items() if one == self.hub.user or one.startswith(self.hub.name))


@pytest.fixture(scope="module")
def crowd(own_hub: OwnHub) -> Iterator[Crowd]:
    """A session runs all the while, so the hub looks at Slurm by itself."""
    own_hub.start()
    login = own_hub.login("class24")
    own_hub.use_standin(login)
    own_hub.ask_for(login)
    own_hub.await_ready(login)
    yield Crowd(own_hub)
    own_hub.ask_to_stop(login)
    own_hub.await_ended(login)


@pytest.fixture
def controller(instance: dict[str, Any]) -> Iterator[daemons.Daemon]:
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    yield slurm_daemons.slurmctld(inst)
    slurm_daemons.start(inst)


def test_two_hundred_windows_cost_slurm_what_one_does(crowd: Crowd, attempts: Attempts) -> None:
    before, began = crowd.asked(), time.monotonic()
    answers = crowd.ask(SECONDS)
    seconds, questions = time.monotonic() - began, crowd.asked() - before
    print(f"{len(answers)} answers in {seconds:.1f} s, {questions} questions to the controller")
    assert len(answers) > WINDOWS
    assert set(answers) <= {200, 503}  # 503: the accounting has its own pace, and a widget is told so
    assert answers.count(200) > len(answers) / 2
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
