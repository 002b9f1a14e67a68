"""How a cluster learns what its workers are: from the hub by files, and from Slurm itself where the hub is silent."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from aif.core.clusters import ANSWER, BUSY, BUSY_SECONDS, STOP, WANTED, Wanted, busy
from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.workers import WorkerJob
from aif.scale import look as look_module
from aif.scale.again import Again
from aif.scale.look import Look
from aif.scale.question import Question
from aif.server import jobs
from aif.server.hub import Answer

SESSION, OTHER = "0" * 32, "1" * 32
RUNS, WAITS = WorkerJob("12_0", "RUNNING", "gpu01"), WorkerJob("13_0", "PENDING", reason="Priority")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "clusters/abc"
    made.mkdir(parents=True)
    return made


@pytest.fixture
def look(folder: Path) -> Look:
    return Look(Question(folder, SESSION), Cluster("demo", "/etc/slurm/slurm.conf"), Again())


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What Slurm answers to the kernel's own questions, and after it the questions."""
    answers: list[Any] = []

    async def arun(call: Any, _cluster: Cluster) -> Any:
        answer = answers.pop(0)
        answers.append(call.argv)
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(look_module, "arun", arun)
    return answers


class Hub:
    """Answers with `workers`; `status` 0 is a hub that is away."""

    def __init__(self, *workers: WorkerJob) -> None:
        self.workers, self.status, self.fresh = workers, 200, True
        self.end: object = []
        self.asked: list[str] = []

    async def __call__(self, _method: str, path: str, etag: str = "", body: bytes = b"") -> Answer:
        self.asked.append(path)
        told = {"fresh": self.fresh, "jobs": [one.to_json() for one in self.workers], "to_end": self.end}
        return Answer(self.status, json.dumps(told).encode())


async def brought(hub: Hub, above: Path, between: Callable[[float], Awaitable[None]]) -> None:
    """The server's part, until `between`, which is called where it sleeps, ends it."""
    with pytest.raises(asyncio.CancelledError):
        await jobs.bring(hub, SESSION, above, between)


async def test_the_hub_answers_for_the_arrays_that_had_been_submitted(look: Look, folder: Path) -> None:
    assert await look.turn({"12"}, hurried=True) is None
    hub, seen = Hub(RUNS, WAITS), []

    async def once(_seconds: float) -> None:
        seen.append(await look.turn({"12", "14"}, hurried=True))
        raise asyncio.CancelledError

    await brought(hub, folder.parent, once)
    assert seen[0].jobs == {"12_0": RUNS}, "13 is another cluster of the session's"
    assert (seen[0].covers("12_1"), seen[0].covers("14_0")) == (True, False), "14 was submitted after the question"
    assert hub.asked == [f"aif/v1/jobs?session={SESSION}"]
    assert (folder / ANSWER).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("end", "there"), [(["aif-abc"], True), (["aif-other", 7], False), ([], False)])
async def test_a_cluster_finds_that_its_person_asked_the_hub_for_its_end(
    look: Look, folder: Path, end: list[object], there: bool
) -> None:
    await look.turn({"12"}, hurried=True)
    hub = Hub(RUNS)
    hub.end = end

    async def once(_seconds: float) -> None:
        raise asyncio.CancelledError

    await brought(hub, folder.parent, once)
    assert (folder / STOP).exists() is there
    assert (folder / ANSWER).exists()


async def test_a_question_is_answered_once_and_those_of_other_sessions_never(look: Look, folder: Path) -> None:
    other = folder.with_name("other")
    other.mkdir()
    (other / WANTED).write_text(Wanted(OTHER, 1).text())
    (folder.parent / "odd").mkdir()
    (folder.parent / "odd" / WANTED).write_text('{"not": "ours"}')
    await look.turn({"12"}, hurried=True)
    hub, turns = Hub(RUNS), []

    async def thrice(seconds: float) -> None:
        turns.append(seconds)
        if len(turns) == 3:
            raise asyncio.CancelledError

    await brought(hub, folder.parent, thrice)
    assert len(hub.asked) == 1
    assert not (other / ANSWER).exists()


@pytest.mark.parametrize(("status", "fresh"), [(0, True), (404, True), (200, False)])
async def test_what_is_no_answer_is_not_written(look: Look, folder: Path, status: int, fresh: bool) -> None:
    await look.turn({"12"}, hurried=True)
    hub, pauses = Hub(RUNS), []
    hub.status, hub.fresh = status, fresh

    async def once(seconds: float) -> None:
        pauses.append(seconds)
        raise asyncio.CancelledError

    await brought(hub, folder.parent, once)
    assert not (folder / ANSWER).exists()
    assert pauses == [jobs.TROUBLE_SECONDS]


async def test_a_silent_hub_is_done_without(look: Look, own: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    own.append({"12_0": RUNS})
    await look.turn({"12"}, hurried=True)
    assert await look.turn({"12"}, hurried=True) is None
    monkeypatch.setattr(look_module, "HUB_SECONDS", 0.0)
    seen = await look.turn({"12"}, hurried=True)
    assert seen is not None
    assert seen.jobs == {"12_0": RUNS}
    assert own[0][0] == "squeue"


async def test_an_old_answer_is_none(look: Look, folder: Path) -> None:
    (folder / ANSWER).write_text(json.dumps({"number": 0, "jobs": [RUNS.to_json()]}))
    await look.turn({"12"}, hurried=True)
    assert await look.turn({"12"}, hurried=True) is None


async def test_a_controller_that_forgot_the_array_has_ended_it_and_one_that_is_away_has_not(
    look: Look, own: list[Any]
) -> None:
    own.extend([SlurmError("squeue", 1, "slurm_load_jobs error: Invalid job id specified"), "next"])
    seen = await look.now({"12"})
    assert seen is not None
    assert (seen.jobs, seen.covers("12_0")) == ({}, True)
    own[:] = [SlurmUnreachable("squeue", 1, "Unable to contact slurm controller")]
    assert await look.now({"12"}) is None


async def test_nothing_is_asked_before_anything_was_submitted(look: Look, folder: Path) -> None:
    assert await look.turn(set(), hurried=True) is None
    assert not (folder / WANTED).exists()


def test_a_cluster_with_tasks_is_busy_until_a_while_after(folder: Path) -> None:
    above = folder.parent
    assert not busy(above)
    Question(folder, SESSION).touch_busy()
    assert busy(above)
    assert not busy(above, time.time() + BUSY_SECONDS + 1)
    os.utime(folder / BUSY, (0, 0))
    assert not busy(above)
    assert not busy(above / "not there")
