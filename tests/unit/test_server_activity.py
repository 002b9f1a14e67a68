"""What a session's server says of itself: what counts as something that runs, and when the hub is told."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest

from aif.server.activity import LATEST, LOOK_SECONDS, REPORT_SECONDS, Activity, Seen, tell
from aif.server.api import Gauge
from aif.server.gpu import GpuUse
from aif.server.programs import Programs
from aif.server.report import gpu, terminals_at, works

NEVER = float("-inf")
QUIET = Seen(busy=False, asked_at=NEVER, gpu=0.0)


class Clock:
    def __init__(self):
        self.seconds = 1000.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def activity(clock):
    return Activity(clock)


def after(activity, clock, seconds, seen=QUIET):
    clock.seconds += seconds
    activity.see(seen)
    return activity.report()


def test_before_the_first_look_something_may_run(activity):
    told = activity.report()
    assert (told["busy"], told["gpu"], told["saved_seconds_ago"]) == (True, "unknown", None)


def test_quiet_seconds_count_from_the_last_thing_that_ran(activity, clock):
    assert after(activity, clock, 60)["idle_seconds"] == 60
    told = after(activity, clock, 60, Seen(busy=True, asked_at=NEVER, gpu=0.0))
    assert (told["busy"], told["idle_seconds"], told["gpu_idle_seconds"]) == (True, 0, 120)
    told = after(activity, clock, 30)
    assert (told["busy"], told["idle_seconds"]) == (False, 30)


def test_a_short_cell_between_two_looks_counts(activity, clock):
    asked = clock.seconds + 55
    assert after(activity, clock, 60, Seen(busy=False, asked_at=asked, gpu=0.0))["idle_seconds"] == 5


def test_who_saves_a_file_is_at_work(activity, clock):
    after(activity, clock, 600)
    activity.saved()
    told = after(activity, clock, 20)
    assert (told["idle_seconds"], told["saved_seconds_ago"]) == (20, 20)


@pytest.mark.parametrize(
    ("gpu", "said", "idle"),
    [(0.0, "measured", 120), (1.0, "measured", 60), (None, "unknown", 60), ("none", "none", 60)],
)
def test_a_gpu_that_cannot_be_measured_is_not_idle(activity, clock, gpu, said, idle):
    after(activity, clock, 60, Seen(busy=False, asked_at=NEVER, gpu=gpu))
    told = after(activity, clock, 60, Seen(busy=False, asked_at=NEVER, gpu=0.0 if said == "measured" else gpu))
    assert told["gpu"] == said
    assert told["gpu_idle_seconds"] == (idle if said == "measured" else 0)


class Hub:
    """Answers in turn, and lets the clock go on by what is slept."""

    def __init__(self, clock, *answers):
        self.clock, self.answers, self.reports = clock, list(answers), []

    async def send(self, body):
        self.reports.append((self.clock.seconds, json.loads(body)))
        return self.answers.pop(0)

    async def sleep(self, seconds):
        self.clock.seconds += seconds

    @property
    def pauses(self):
        times = [at for at, _ in self.reports]
        return [later - before for before, later in pairwise(times)]


async def quiet():
    return QUIET


async def test_the_hub_says_when_the_next_report_is_due_and_when_the_session_is_over(activity, clock):
    answers = [(200, b'{"again_seconds": 20}'), (200, b'{"again_seconds": 4}'), (409, b"")]
    hub = Hub(clock, *answers)
    await tell(activity, quiet, hub.send, hub.sleep)
    assert hub.pauses == [20, 4]
    assert hub.reports[0][1].keys() == {"busy", "idle_seconds", "gpu", "gpu_idle_seconds", "saved_seconds_ago"}


async def test_a_save_is_told_with_the_next_look_and_once(activity, clock):
    sent = []

    async def look():
        return QUIET

    async def send(body):
        sent.append((clock.seconds, json.loads(body)["saved_seconds_ago"]))
        return (200, b'{"again_seconds": 60}') if len(sent) < 3 else (409, b"")

    async def sleep(seconds):
        clock.seconds += seconds
        if clock.seconds == 1010.0:
            activity.saved()

    await tell(activity, look, send, sleep)
    assert sent == [(1000.0, None), (1010.0, 0), (1070.0, 60)]


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        ((0, b""), REPORT_SECONDS),
        ((503, b"{}"), REPORT_SECONDS),
        ((200, b"nonsense"), REPORT_SECONDS),
        ((200, b'{"again_seconds": true}'), REPORT_SECONDS),
        ((200, b'{"again_seconds": 0}'), 1),
        ((200, b'{"again_seconds": 1e9}'), LATEST),
        ((403, b""), LATEST),
    ],
)
async def test_whatever_the_hub_answers_it_is_asked_neither_too_often_nor_never(activity, clock, answer, pause):
    hub = Hub(clock, answer, (409, b""))
    await tell(activity, quiet, hub.send, hub.sleep)
    assert hub.pauses == [pytest.approx(pause, abs=LOOK_SECONDS)]


def compute(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        pass


def test_a_program_that_computes_works_and_one_that_waits_does_not():
    busy = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    waiting = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        own = Programs(server=os.getpid())
        own._mine = lambda pid: pid in (busy.pid, waiting.pid)
        assert own.working(), "nothing is known at the first look"
        compute(0.5)  # this process is the server, and does not count
        assert own.working()
        busy.kill()
        busy.wait()
        own.working()
        compute(0.5)
        assert not own.working()
    finally:
        busy.kill()
        waiting.communicate(b"\n")


def test_only_processes_of_the_same_job_count(tmp_path):
    for pid, job in ((1, "job_7"), (2, "job_7"), (3, "job_8")):
        folder = tmp_path / str(pid)
        folder.mkdir()
        (folder / "cgroup").write_text(f"0::/system.slice/slurmstepd.scope/{job}/step_batch/user/task_0\n")
        (folder / "stat").write_text(f"{pid} (a (strange) name) S 1 {'0 ' * 9}5 6 0 0 0 0\n")
    (tmp_path / "self").mkdir()
    assert Programs(tmp_path, server=1)._spent() == {2: 11}


def test_a_terminal_counts_from_what_it_last_said():
    ago = datetime.now(UTC) - timedelta(seconds=90)
    server = SimpleNamespace(web_app=SimpleNamespace(settings={"terminal_last_activity": ago}))
    assert time.monotonic() - terminals_at(server) == pytest.approx(90, abs=2)
    server.web_app.settings.clear()
    assert terminals_at(server) == NEVER


@pytest.mark.parametrize(
    ("kind", "percent", "said"),
    [
        ("measured", 0.0, 0.0),
        ("measured", 1.0, 1.0),
        ("measured", None, None),
        ("emulated", 1.0, 0.0),
        ("emulated", 40.0, 40.0),
        ("emulated", None, None),
    ],
)
async def test_the_use_of_a_gpu_is_what_its_gauge_shows_and_pretended_ones_are_idle_as_kernels_are(kind, percent, said):
    meter = SimpleNamespace(look=lambda: GpuUse(kind, percent, None, None))
    assert await gpu(Gauge(meter)) == said


@pytest.mark.parametrize(("used", "said"), [(25 << 20, 0.0), (500 << 20, None), (None, None)])
async def test_a_part_of_a_gpu_does_nothing_only_while_no_program_has_memory_there(used, said):
    meter = SimpleNamespace(look=lambda: GpuUse("measured", None, used, 10 << 30))
    assert await gpu(Gauge(meter)) == said


async def test_without_a_gpu_there_is_none_and_without_a_driver_nobody_knows():
    assert await gpu(Gauge(None)) == "none"
    assert await gpu(Gauge(SimpleNamespace(look=lambda: None))) is None


@pytest.mark.parametrize(("here", "there"), [(True, False), (False, True), (False, False)])
def test_a_session_whose_workers_compute_works_though_nothing_runs_in_it(tmp_path, here, there):
    (tmp_path / "one").mkdir()
    if there:
        (tmp_path / "one/busy").touch()
    assert works(SimpleNamespace(working=lambda: here), tmp_path) is (here or there)
