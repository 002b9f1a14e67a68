"""The one look at Slurm: four answers, and one question for all jobs."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hub_material import UID, ScriptedAccounting, ScriptedSlurm, job, site, until

from aif.core.states import EndCause, Phase
from aif_hub import queue as queues
from aif_hub.queue import JobQueue


@pytest.fixture
def slurm() -> ScriptedSlurm:
    return ScriptedSlurm()


@pytest.fixture
async def queue(slurm: ScriptedSlurm) -> JobQueue:
    made = site()
    return JobQueue(made.clusters[0], made.session, ScriptedAccounting(slurm), slurm.ask)  # type: ignore[arg-type]


@pytest.fixture
def gone_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queues, "GONE_SECONDS", 0.05)


async def after_looks(slurm: ScriptedSlurm, more: int = 2) -> None:
    seen = len(slurm.looks)
    await until(lambda: len(slurm.looks) >= seen + more)
    await asyncio.sleep(0)


async def test_waiting_running_and_ended_are_told_apart(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "PENDING", reason="Priority"), job(2, "RUNNING", "gpu01"), job(3, "TIMEOUT", "gpu01"))
    for job_id in (1, 2, 3):
        queue.watch(job_id, UID)
    assert {queue.phase(job_id) for job_id in (1, 2, 3)} == {Phase.UNKNOWN}
    await queue.first_look(3)
    assert [queue.phase(job_id) for job_id in (1, 2, 3)] == [Phase.WAITING, Phase.RUNNING, Phase.ENDED]
    assert queue.sighting(3).end_cause is EndCause.TIME_LIMIT  # type: ignore[union-attr]
    assert queue.as_of is not None


async def test_one_look_serves_all_jobs_and_everyone_who_waits(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    queue._rules = replace(queue._rules, look_seconds_starting=5.0)  # the next one is not due before all have heard
    slurm.shows(*(job(job_id, "PENDING") for job_id in range(1, 101)))
    for job_id in range(1, 101):
        queue.watch(job_id, UID)
    await asyncio.gather(*(queue.first_look(job_id) for job_id in range(1, 101)))
    assert len(slurm.looks) == 1


async def test_while_slurm_is_away_jobs_are_unknown_and_nothing_ends(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    told: list[str] = []
    slurm.shows(job(1, "RUNNING", "gpu01"))
    queue.watch(1, UID)
    queue.on_end(1, _tells(told))
    await queue.first_look(1)
    slurm.away = True
    await after_looks(slurm)
    assert queue.phase(1) is Phase.UNKNOWN
    assert queue.unknown_since(1) is not None
    assert "Unable to contact" in queue.trouble
    assert queue.sighting(1).state == "RUNNING"  # type: ignore[union-attr]  # the last that was known stays
    slurm.away = False
    await until(lambda: queue.phase(1) is Phase.RUNNING)
    assert (told, queue.trouble, queue.unknown_since(1)) == ([], "", None)


async def test_whoever_waits_for_an_end_is_told_when_the_job_is_put_back_in_the_queue(
    queue: JobQueue, slurm: ScriptedSlurm
) -> None:
    told: list[str] = []
    slurm.shows(job(1, "RUNNING", "gpu01"))
    queue.watch(1, UID)
    queue.on_end(1, _tells(told))
    await after_looks(slurm)
    assert told == []
    slurm.shows(job(1, "PENDING", reason="BeginTime"))
    await until(lambda: told)
    await after_looks(slurm)
    assert len(told) == 1


async def test_whoever_waits_for_an_end_is_told_when_the_job_runs_for_another_time(
    queue: JobQueue, slurm: ScriptedSlurm
) -> None:
    first = job(1, "RUNNING", "gpu01")
    slurm.shows(first)
    queue.watch(1, UID)
    told: list[str] = []
    queue.on_end(1, _tells(told))
    await queue.first_look(1)
    slurm.away = True  # while it waits, nobody can see it
    await after_looks(slurm)
    slurm.shows(replace(first, starts=first.starts and first.starts + timedelta(seconds=9)))
    slurm.away = False
    await until(lambda: told)
    assert queue.put_back(1, first.starts)
    assert not queue.put_back(1, None)


async def test_an_end_that_was_seen_stays_an_end_while_slurm_is_away(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "COMPLETED"))
    queue.watch(1, UID)
    await queue.first_look(1)
    slurm.away = True
    await after_looks(slurm)
    assert queue.phase(1) is Phase.ENDED
    slurm.away = False
    slurm.shows()
    await after_looks(slurm)
    assert queue.phase(1) is Phase.ENDED


async def test_a_job_that_the_queue_forgot_is_looked_up_with_its_cause(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "RUNNING"), job(2, "RUNNING"))
    for job_id in (1, 2):
        queue.watch(job_id, UID)
    await queue.first_look(2)
    slurm.history = {1: job(1, "OUT_OF_MEMORY"), 2: job(2, "CANCELLED by 1003")}
    slurm.shows()
    await until(lambda: queue.phase(1) is Phase.ENDED and queue.phase(2) is Phase.ENDED)
    assert queue.sighting(1).end_cause is EndCause.OUT_OF_MEMORY  # type: ignore[union-attr]
    assert slurm.lookups == ["1,2"]


async def test_a_job_that_nobody_knows_is_unknown_long_before_it_is_gone(
    queue: JobQueue, slurm: ScriptedSlurm, gone_soon: None
) -> None:
    queue.watch(1, UID)
    await until(lambda: slurm.lookups)
    await until(lambda: queue.unknown_since(1))
    assert queue.phase(1) is Phase.UNKNOWN
    await until(lambda: queue.phase(1) is Phase.ENDED)
    assert len(slurm.lookups) >= queues.GONE_ANSWERS
    assert queue.sighting(1).end_cause is EndCause.NOT_RECORDED  # type: ignore[union-attr]


async def test_a_job_is_never_gone_by_silence_of_the_accounting(
    queue: JobQueue, slurm: ScriptedSlurm, gone_soon: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def silent(*_: object) -> None:
        raise queues.SlurmError("sacct", 1, "Connection refused")

    monkeypatch.setattr(queue._accounting, "ask", silent)
    queue.watch(1, UID)
    await asyncio.sleep(0.2)
    assert queue.phase(1) is not Phase.ENDED


async def test_a_job_of_another_person_with_the_same_number_is_not_ours(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "COMPLETED", uid=UID + 1))
    slurm.history = {1: job(1, "COMPLETED", uid=UID + 1)}
    queue.watch(1, UID)
    await until(lambda: slurm.lookups)
    await after_looks(slurm)
    assert queue.phase(1) is Phase.UNKNOWN


async def test_a_word_that_nobody_knows_ends_nothing(queue: JobQueue, slurm: ScriptedSlurm, gone_soon: None) -> None:
    slurm.shows(job(1, "SOMETHING_NEW"))
    slurm.history = {1: job(1, "SOMETHING_NEW")}
    queue.watch(1, UID)
    await asyncio.sleep(0.3)
    assert queue.phase(1) is Phase.UNKNOWN


async def test_the_end_is_told_once_to_each_who_asked(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    told: list[str] = []
    slurm.shows(job(1, "RUNNING"))
    queue.watch(1, UID)
    queue.on_end(1, _tells(told))
    queue.on_end(1, _tells(told))
    await queue.first_look(1)
    slurm.shows(job(1, "COMPLETED"))
    await until(lambda: queue.phase(1) is Phase.ENDED)
    await after_looks(slurm, 4)
    assert len(told) == 2


async def test_a_look_that_began_before_the_question_does_not_answer_it(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "PENDING"))
    slurm.gate = asyncio.Event()
    queue.watch(1, UID)
    await until(lambda: slurm.looks)
    asked = asyncio.ensure_future(queue.look_after_now())
    slurm.shows(job(1, "RUNNING"))
    await asyncio.sleep(0)
    slurm.gate.set()
    await asked
    assert (len(slurm.looks), queue.phase(1)) == (2, Phase.RUNNING)


async def test_a_job_that_was_watched_after_the_look_began_is_not_missing(
    queue: JobQueue, slurm: ScriptedSlurm
) -> None:
    slurm.shows(job(1, "RUNNING"))
    slurm.gate = asyncio.Event()
    queue.watch(1, UID)
    await until(lambda: slurm.looks)
    queue.watch(2, UID)
    slurm.shows(job(1, "RUNNING"), job(2, "PENDING"))
    slurm.gate.set()
    await queue.first_look(2)
    assert (queue.phase(2), slurm.lookups) == (Phase.WAITING, [])


def _tells(told: list[str]):  # type: ignore[no-untyped-def]
    async def tell() -> None:
        told.append("ended")

    return tell
