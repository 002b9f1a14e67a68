"""How often Slurm is looked at: after who is in a hurry, how slow it is, and whether it answers at all."""

from __future__ import annotations

import asyncio

import pytest
from hub_material import UID, ScriptedAccounting, ScriptedSlurm, job, site, until
from test_queue import after_looks, queue, slurm

from aif_hub import queue as queues
from aif_hub.queue import JobQueue

__all__ = ["queue", "slurm"]


async def test_looks_are_quick_while_somebody_is_in_a_hurry_and_slow_after(
    queue: JobQueue, slurm: ScriptedSlurm
) -> None:
    slurm.shows(job(1, "RUNNING"))
    queue.watch(1, UID, hurried=True)
    await after_looks(slurm, 5)
    queue.watch(1, UID, hurried=False)
    await after_looks(slurm, 4)
    gaps = [after - before for before, after in zip(slurm.looks, slurm.looks[1:], strict=False)]
    assert min(gaps[:4]) < 0.045  # one of them, since the machine may be busy
    assert gaps[-1] >= 0.045


async def test_no_look_is_made_while_no_job_is_watched(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    queue.watch(1, UID)
    await after_looks(slurm, 1)
    queue.forget(1)
    await asyncio.sleep(0.1)
    seen = len(slurm.looks)
    await asyncio.sleep(0.1)
    assert len(slurm.looks) == seen
    queue.watch(2, UID)
    await after_looks(slurm, 1)


async def test_an_absent_slurm_is_asked_less_and_less(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.away = True
    queue.watch(1, UID)
    await after_looks(slurm, 5)
    gaps = [after - before for before, after in zip(slurm.looks, slurm.looks[1:], strict=False)]
    fast = queue._rules.look_seconds_starting
    assert all(gap >= 0.9 * fast * 2**fault for fault, gap in enumerate(gaps, 1))


async def test_a_slurm_that_was_away_is_asked_again_within_the_bound(
    queue: JobQueue, slurm: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MOST_SECONDS", 0.05)
    slurm.shows(job(1, "RUNNING"))
    slurm.away = True
    queue.watch(1, UID)
    await until(lambda: len(slurm.looks) >= 8)
    pauses = [later - sooner for sooner, later in zip(slurm.looks[5:], slurm.looks[6:], strict=False)]
    assert min(pauses) >= 0.045  # less often than while it answers
    assert queue._due() <= queue._last_began + 0.05  # and not ever less


async def test_a_slow_slurm_is_asked_at_most_a_tenth_of_the_time(queue: JobQueue, slurm: ScriptedSlurm) -> None:
    slurm.shows(job(1, "RUNNING"))
    slurm.gate = asyncio.Event()
    queue.watch(1, UID)
    await until(lambda: slurm.looks)
    await asyncio.sleep(0.05)
    slurm.gate.set()
    await after_looks(slurm, 1)
    assert slurm.looks[1] - slurm.looks[0] >= 0.5


async def test_one_look_that_waited_for_slurm_to_come_back_delays_the_next_no_longer_than_the_bound(
    queue: JobQueue, slurm: ScriptedSlurm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "MOST_SECONDS", 0.1)
    slurm.shows(job(1, "RUNNING"))
    slurm.gate = asyncio.Event()
    queue.watch(1, UID)
    await until(lambda: slurm.looks)
    await asyncio.sleep(0.2)  # ten times as long would be two seconds
    slurm.gate.set()
    await queue.first_look(1)
    assert queue._due() <= queue._last_began + 0.1


async def test_a_look_for_somebody_does_not_wait_for_the_slow_rhythm(
    slurm: ScriptedSlurm,
) -> None:
    made = site(session={"look_seconds_starting": 0.01, "look_seconds_idle": 60})
    queue = JobQueue(made.clusters[0], made.session, ScriptedAccounting(slurm), slurm.ask)  # type: ignore[arg-type]
    slurm.shows(job(1, "RUNNING"))
    queue.watch(1, UID, hurried=False)
    await queue.first_look(1)
    async with asyncio.timeout(2):
        await queue.look_after_now()
