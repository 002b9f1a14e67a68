"""A session's life with a scripted launcher and Slurm: never lost, never doubled, ended only by proof."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hub_material import ScriptedLauncher, ScriptedSlurm, job, request, until
from session_desk import FILES, Desk

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif.core.states import EndCause, Phase
from aif_hub import sessions as module
from aif_hub.book import SessionEnded
from aif_hub.notes import is_known


@pytest.fixture
async def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    return Desk(tmp_path / "hub.sqlite", ScriptedSlurm(), ScriptedLauncher())


async def test_a_submission_goes_on_when_its_caller_is_cancelled(desk: Desk) -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    desk.launcher.submits = [answer]
    session = desk.written()
    caller = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: desk.launcher.calls)
    caller.cancel()
    await asyncio.wait({caller})
    answer.set_result(7)
    await until(lambda: desk.now(session).job_id == 7)
    assert desk.now(session).step == "submitted"


async def test_asking_twice_submits_once(desk: Desk) -> None:
    session = desk.written()
    both = await asyncio.gather(desk.sessions.submit(session, FILES), desk.sessions.submit(session, FILES))
    assert [one.job_id for one in both] == [7, 7]
    assert desk.launcher.count("submit") == 1


@pytest.mark.parametrize(
    "fault",
    [
        LaunchUnknown("The launcher had no answer within 160 s."),
        LaunchRefused("sbatch", "Unable to contact slurm controller (connect failure)"),
    ],
)
async def test_while_slurm_is_away_the_submission_is_tried_again_and_says_why(
    desk: Desk, fault: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.01)
    desk.launcher.submits = [fault, fault, 9]
    session = desk.written()
    submitting = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: desk.sessions.delays.get(session.session) == str(fault))
    assert (await submitting).job_id == 9
    assert desk.launcher.count("submit") == 3
    assert desk.sessions.delays == {}


async def test_a_clear_no_closes_the_session_with_its_words_and_takes_the_tokens(desk: Desk) -> None:
    desk.launcher.submits = [LaunchRefused("sbatch", "Invalid account or account/partition combination specified")]
    session = desk.written()
    with pytest.raises(LaunchRefused):
        await desk.sessions.submit(session, FILES)
    ended = desk.now(session)
    assert (ended.open, ended.end_cause, ended.end_note) == (
        *(False, EndCause.NEVER_STARTED),
        "Invalid account or account/partition combination specified",
    )
    assert desk.revoked == [1, 2]


async def test_waiting_in_the_queue_has_no_limit(desk: Desk) -> None:
    session = await desk.submitted("PENDING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await asyncio.sleep(0.6)  # twice the start time-out
    assert not waiting.done()
    assert desk.now(session).step == "waiting"
    assert desk.launcher.count("cancel") == 0
    waiting.cancel()


async def test_the_start_time_out_runs_from_running_and_gives_up_with_words(desk: Desk) -> None:
    desk.ends_when_cancelled()
    session = await desk.submitted("PENDING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await asyncio.sleep(0.2)
    desk.slurm.shows(job(7, "RUNNING", "gpu01"))
    with pytest.raises(SessionEnded) as caught:
        await waiting
    ended = caught.value.session
    assert (ended.end_cause, ended.step) == (EndCause.NEVER_STARTED, "ended")
    assert "did not answer within" in ended.end_note
    assert ended.log_tail == ("the last line",)


async def test_a_server_has_the_whole_start_time_out_again_once_slurm_can_be_asked_again(desk: Desk) -> None:
    """No call-back is accepted while Slurm cannot be asked: a healthy server would be cancelled when it comes back."""
    session = await desk.submitted("RUNNING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await until(lambda: desk.now(session).step == "starting")
    desk.slurm.away = True
    await asyncio.sleep(0.6)  # twice the start time-out
    desk.starts_within(60)  # what it has from now on, so that a busy machine is not taken for a silent server
    desk.slurm.away = False
    await until(lambda: desk.sessions.phase(session) is Phase.RUNNING)
    looks = len(desk.slurm.looks)
    await until(lambda: len(desk.slurm.looks) > looks + 1)
    assert not waiting.done()
    assert desk.launcher.count("cancel") == 0
    desk.sessions.accept(session, "127.9.1.1", 40001, 1, "")
    assert (await waiting).port == 40001


async def test_a_session_whose_job_was_put_back_in_the_queue_ends_with_its_job(desk: Desk) -> None:
    desk.ends_when_cancelled()
    ready = await desk.ready()
    desk.slurm.shows(job(7, "PENDING"))
    await until(lambda: desk.sessions.phase(ready) is Phase.WAITING)
    ended = await desk.sessions.settled(ready)
    assert (ended.end_cause, ended.end_note) == (EndCause.CANCELLED, "Its job was put back in the queue.")
    assert is_known(ended.end_note)
    assert desk.launcher.count("cancel") == 1


async def test_a_session_whose_job_runs_for_another_time_ends_also_where_nobody_saw_it_wait(desk: Desk) -> None:
    desk.ends_when_cancelled()
    ready = await desk.ready()
    assert (await desk.sessions.settled(ready)).open
    again = desk.restarted()
    again.ends_when_cancelled()
    first = job(7, "RUNNING", "gpu01")
    again.slurm.shows(replace(first, starts=first.starts and first.starts + timedelta(seconds=40)))
    await again.sessions.known(ready)
    with pytest.raises(SessionEnded) as raised:
        await again.sessions.ready(ready)
    assert raised.value.session.end_note == "Its job was put back in the queue."


async def test_the_start_time_out_concludes_nothing_while_slurm_cannot_be_asked(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await until(lambda: desk.now(session).step == "starting")
    desk.slurm.away = True
    await asyncio.sleep(0.6)
    assert not waiting.done()
    assert desk.launcher.count("cancel") == 0
    waiting.cancel()


async def test_a_call_back_wakes_who_waits_and_only_its_own_token_stays(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await until(lambda: desk.now(session).step == "starting")
    desk.sessions.accept(session, "127.9.1.1", 40123, token_id=2, oauth_secret="hash")  # noqa: S106
    ready = await waiting
    assert (ready.step, ready.host, ready.port, ready.token_ids) == ("ready", "127.9.1.1", 40123, (2,))
    assert ready.node == "gpu01"
    assert desk.revoked == [1]


async def test_an_end_before_the_call_back_is_raised_with_its_cause(desk: Desk) -> None:
    session = await desk.submitted("OUT_OF_MEMORY")
    with pytest.raises(SessionEnded) as caught:
        await desk.sessions.ready(session)
    assert caught.value.session.end_cause is EndCause.OUT_OF_MEMORY
    assert desk.revoked == [1, 2]
    assert desk.launcher.count("clean") == 1


async def test_after_a_restart_open_sessions_are_followed_to_their_end(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    again = desk.restarted()
    assert [one.session for one in again.book.open_sessions()] == [session.session]
    again.slurm.shows(job(7, "NODE_FAIL", "gpu01"))
    await again.sessions.known(session)
    ended = await again.sessions.closed(session)
    assert (ended.end_cause, ended.log_tail) == (EndCause.NODE_FAILED, ("the last line",))


async def test_a_session_that_a_restarted_hub_has_not_taken_up_yet_is_told_as_slurm_shows_it(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    again = desk.restarted()
    await until(lambda: again.now(session).step == "starting")
    assert again.now(session).node == "gpu01"


async def test_a_session_that_a_restarted_hub_has_not_taken_up_yet_ends_with_its_job(desk: Desk) -> None:
    session = await desk.ready()
    again = desk.restarted()
    again.slurm.shows(job(7, "NODE_FAIL", "gpu01"))
    await until(lambda: not again.now(session).open)
    assert again.now(session).end_cause is EndCause.NODE_FAILED


@pytest.mark.parametrize(("state", "lines"), [("TIMEOUT", ("the last line",)), ("CANCELLED", ())])
async def test_the_log_of_what_slurm_ended_is_kept_and_not_of_what_somebody_ended(
    desk: Desk, state: str, lines: tuple[str, ...]
) -> None:
    session = await desk.submitted("RUNNING")
    desk.slurm.shows(job(7, state, "gpu01"))
    await desk.sessions.known(session)
    assert (await desk.sessions.closed(session)).log_tail == lines


async def test_closing_at_the_same_time_reads_the_log_once(desk: Desk) -> None:
    session = await desk.submitted("FAILED")
    await until(lambda: desk.sessions.phase(session) is Phase.ENDED)
    await asyncio.gather(*(desk.sessions.closed(session) for _ in range(5)))
    assert (desk.launcher.count("log"), desk.launcher.count("clean")) == (1, 1)


async def test_a_session_of_a_login_that_is_gone_breaks_nothing(desk: Desk) -> None:
    session = desk.book.write("nobody-of-that-name", "", request())
    desk.book.update(session.session, job_id=5, step="submitted")
    again = desk.restarted()
    assert again.sessions.phase(again.now(session)).value == "unknown"
