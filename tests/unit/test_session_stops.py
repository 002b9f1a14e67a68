"""A stop goes on until Slurm says that the job has ended, and says what keeps it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_material import LOGIN, ScriptedLauncher, ScriptedSlurm, job, request, until
from session_desk import FILES, Desk

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif.core.states import EndCause
from aif_hub import stopping as pauses
from aif_hub.handlers import Stopping


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path / "hub.sqlite", ScriptedSlurm(), ScriptedLauncher())


async def test_a_hub_that_dies_as_a_stop_begins_leaves_word_why_the_session_ended(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    workbench: Any = SimpleNamespace(sessions=desk.sessions)
    user = SimpleNamespace(name=LOGIN, spawners={"": SimpleNamespace(pending="stop")})
    await Stopping.stop_session(None, workbench, user, "")  # type: ignore[arg-type]  # it asks nothing of the request
    again = desk.restarted()
    again.slurm.shows(job(7, "FAILED", "gpu01"))
    await again.sessions.known(session)
    assert (await again.sessions.settled(session)).end_cause is EndCause.STOPPED


async def test_a_stop_asks_again_until_slurm_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "TAKEN_SECONDS", 0.05)
    session = await desk.submitted("RUNNING")
    stopping = asyncio.ensure_future(desk.sessions.stop(session))
    await until(lambda: desk.launcher.count("cancel") >= 2)
    assert not stopping.done()
    assert desk.now(session).stop_asked
    desk.slurm.shows(job(7, "CANCELLED", "gpu01"))
    ended = await stopping
    assert (ended.end_cause, ended.open) == (EndCause.STOPPED, False)


async def test_a_stop_that_is_asked_for_many_times_asks_slurm_once(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    stops = [asyncio.ensure_future(desk.sessions.stop(session)) for _ in range(5)]
    await until(lambda: desk.launcher.count("cancel"))
    for given_up in stops[1:]:
        given_up.cancel()
    desk.slurm.shows(job(7, "CANCELLED", "gpu01"))
    assert (await stops[0]).end_cause is EndCause.STOPPED
    assert desk.launcher.count("cancel") == 1
    assert desk.sessions.stops == {}


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (LaunchUnknown("Slurm did not say whether it cancelled: Unable to contact slurm controller"), "unanswered"),
        (LaunchUnknown("The launcher could not be started: Permission denied."), "unanswered"),
        (LaunchRefused("refused", "nobody is not a person of this workbench"), "refused"),
        ((), "refused"),
    ],
)
async def test_a_stop_that_meets_a_no_or_nothing_says_so_and_goes_on(
    desk: Desk, answer: Any, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "CANCEL_AGAIN_SECONDS", 0.01)
    session = await desk.submitted("RUNNING")
    desk.launcher.cancels = [answer] * 3
    stopping = asyncio.ensure_future(desk.sessions.stop(session))
    await until(lambda: session.session in desk.sessions.stops and desk.sessions.stops[session.session].trouble.value)
    assert desk.sessions.stops[session.session].trouble.value == trouble
    assert (desk.now(session).open, desk.now(session).stop_asked) == (True, True)
    await until(lambda: desk.launcher.count("cancel") == 4)
    await until(lambda: not desk.sessions.stops[session.session].trouble.value)
    desk.slurm.shows(job(7, "CANCELLED", "gpu01"))
    assert (await stopping).end_cause is EndCause.STOPPED


async def test_a_stop_goes_on_while_a_job_is_completing_for_long(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "TAKEN_SECONDS", 0.01)
    monkeypatch.setattr(pauses, "SLOW_SECONDS", 0.05)
    session = await desk.submitted("RUNNING")
    desk.launcher.on_cancel = lambda _ids: desk.slurm.shows(job(7, "COMPLETING", "gpu01"))
    stopping = asyncio.ensure_future(desk.sessions.stop(session))
    await until(lambda: session.session in desk.sessions.stops)
    await until(lambda: desk.sessions.stops[session.session].trouble is pauses.Trouble.SLOW)
    assert not stopping.done()
    desk.launcher.on_cancel = tuple  # or the next time that it is asked, the job would be completing anew
    desk.slurm.shows(job(7, "CANCELLED", "gpu01"))
    assert (await stopping).end_cause is EndCause.STOPPED


def test_slurm_is_asked_again_ever_less_often() -> None:
    stop = pauses.Stop()
    waits = []
    for trouble in [pauses.Trouble.UNANSWERED] * 7 + [pauses.Trouble.NONE] * 5 + [pauses.Trouble.REFUSED]:
        stop.met(trouble)
        waits.append(stop.pause)
    assert waits == [2, 4, 8, 16, 32, 60, 60, 10, 20, 40, 60, 60, 2]


async def test_the_first_cause_of_a_stop_stays(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    first = asyncio.ensure_future(desk.sessions.stop(session, EndCause.NEVER_STARTED, "It did not answer."))
    await until(lambda: desk.launcher.count("cancel") >= 1)
    second = asyncio.ensure_future(desk.sessions.stop(session))
    await asyncio.sleep(0)
    desk.slurm.shows(job(7, "CANCELLED"))
    for ended in await asyncio.gather(first, second):
        assert (ended.end_cause, ended.end_note) == (EndCause.NEVER_STARTED, "It did not answer.")


async def test_a_stop_before_the_submission_needs_no_launcher(desk: Desk) -> None:
    session = desk.book.write(LOGIN, "", request())
    ended = await desk.sessions.stop(session)
    assert (ended.end_cause, desk.launcher.calls) == (EndCause.STOPPED, [])


async def test_a_stop_while_the_submission_is_on_its_way_waits_and_cancels_its_job(desk: Desk) -> None:
    desk.ends_when_cancelled()
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    desk.launcher.submits = [answer]
    session = desk.written()
    submitting = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: desk.launcher.calls)
    stopping = asyncio.ensure_future(desk.sessions.stop(session))
    await asyncio.sleep(0.02)
    assert desk.launcher.count("cancel") == 0
    answer.set_result(7)
    assert (await stopping).end_cause is EndCause.STOPPED
    assert ("cancel", (7,)) in desk.launcher.calls
    await submitting


async def test_a_stop_while_slurm_is_away_does_not_wait_for_the_next_try(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("aif_hub.sessions.RETRY_SECONDS", 3600.0)
    desk.launcher.submits = [LaunchRefused("sbatch", "Unable to contact slurm controller")] * 9
    session = desk.written()
    submitting = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: session.session in desk.sessions.delays)
    ended = await desk.sessions.stop(session)
    assert (ended.end_cause, ended.open) == (EndCause.STOPPED, False)
    with pytest.raises(LaunchUnknown):
        await submitting
    assert desk.sessions.delays == {}


async def test_a_stop_after_a_lost_answer_finds_the_job_and_cancels_it(desk: Desk) -> None:
    desk.ends_when_cancelled()
    desk.launcher.submits = [LaunchUnknown("no answer")] * 9
    desk.launcher.finds = [7]
    desk.slurm.shows(job(7, "RUNNING", "gpu01"))
    session = desk.written()
    submitting = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: session.session in desk.sessions.delays)
    ended = await desk.sessions.stop(session)
    assert (ended.job_id, ended.end_cause) == (7, EndCause.STOPPED)
    assert ("cancel", (7,)) in desk.launcher.calls
    assert submitting.done()
    submitting.exception()


async def test_a_stop_stays_open_while_nobody_can_say_whether_there_is_a_job(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pauses, "CANCEL_AGAIN_SECONDS", 0.02)
    desk.launcher.finds = [LaunchUnknown("no answer"), LaunchUnknown("no answer"), None]
    session = desk.written()
    stopping = asyncio.ensure_future(desk.sessions.stop(session))
    await until(lambda: desk.launcher.count("find") == 2)
    assert desk.now(session).open
    assert (await stopping).end_cause is EndCause.STOPPED
    assert desk.revoked == [1, 2]
