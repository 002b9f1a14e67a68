"""A session's life with a scripted launcher and Slurm: never lost, never doubled, ended only by proof."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from hub_material import LOGIN, ScriptedAccounting, ScriptedLauncher, ScriptedSlurm, database, job, request, site, until

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif.core.states import EndCause, Phase
from aif_hub import sessions as module
from aif_hub import stopping as pauses
from aif_hub.book import Session, SessionBook, SessionEnded
from aif_hub.notes import is_known
from aif_hub.queue import JobQueue
from aif_hub.sessions import Sessions

FILES = {"session.json": "{}"}


class Desk:
    """Sessions of a hub on a database file; `restarted` is the next hub on the same file."""

    def __init__(self, path: Path, slurm: ScriptedSlurm, launcher: ScriptedLauncher, **rules: Any) -> None:
        made = site(session={"start_timeout_seconds": 0.3, "look_seconds_starting": 0.01, **rules})
        self.slurm, self.launcher, self._path, self._rules = slurm, launcher, path, rules
        self.revoked: list[int] = []
        self.book = SessionBook(database(path))
        accounting: Any = ScriptedAccounting(slurm)
        queues = {"demo": JobQueue(made.clusters[0], made.session, accounting, slurm.ask)}
        any_launcher: Any = launcher
        self.sessions = Sessions(made, self.book, queues, {}, any_launcher, self._revoke)

    def _revoke(self, session: Session) -> None:
        self.revoked.extend(session.token_ids)

    def restarted(self) -> Desk:
        return Desk(self._path, self.slurm, self.launcher, **self._rules)

    def written(self) -> Session:
        session = self.book.write(LOGIN, "", request())
        return self.book.update(session.session, token_ids=(1, 2))

    async def submitted(self, state: str = "PENDING") -> Session:
        session = await self.sessions.submit(self.written(), FILES)
        self.slurm.shows(job(7, state, "gpu01" if state == "RUNNING" else ""))
        return session

    def now(self, session: Session) -> Session:
        found = self.book.get(session.session)
        assert found is not None
        return found

    def ends_when_cancelled(self) -> None:
        self.launcher.on_cancel = lambda job_ids: self.slurm.shows(*(job(job_id, "CANCELLED") for job_id in job_ids))


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
    desk.slurm.away = False
    await until(lambda: desk.sessions.phase(session) is Phase.RUNNING)
    await asyncio.sleep(0.1)  # a third of it
    assert not waiting.done()
    assert desk.launcher.count("cancel") == 0
    desk.sessions.accept(session, "127.9.1.1", 40001, 1, "")
    assert (await waiting).port == 40001


async def test_a_session_whose_job_was_put_back_in_the_queue_ends_with_its_job(desk: Desk) -> None:
    desk.ends_when_cancelled()
    session = await desk.submitted("RUNNING")
    waiting = asyncio.ensure_future(desk.sessions.ready(session))
    await until(lambda: desk.now(session).step == "starting")
    desk.sessions.accept(session, "127.9.1.1", 40001, 1, "")
    ready = await waiting
    desk.slurm.shows(job(7, "PENDING"))
    ended = await desk.sessions.put_back(ready)
    assert (ended.end_cause, ended.end_note) == (EndCause.CANCELLED, "Its job was put back in the queue.")
    assert is_known(ended.end_note)
    assert desk.launcher.count("cancel") == 1


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


async def test_a_stop_while_slurm_is_away_does_not_wait_for_the_next_try(desk: Desk) -> None:
    desk.launcher.submits = [LaunchRefused("sbatch", "Unable to contact slurm controller")] * 9
    session = desk.written()
    submitting = asyncio.ensure_future(desk.sessions.submit(session, FILES))
    await until(lambda: session.session in desk.sessions.delays)
    async with asyncio.timeout(0.5):
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


async def test_after_a_restart_open_sessions_are_followed_to_their_end(desk: Desk) -> None:
    session = await desk.submitted("RUNNING")
    again = desk.restarted()
    assert [one.session for one in again.book.open_sessions()] == [session.session]
    again.slurm.shows(job(7, "NODE_FAIL", "gpu01"))
    await again.sessions.known(session)
    ended = await again.sessions.closed(session)
    assert (ended.end_cause, ended.log_tail) == (EndCause.NODE_FAILED, ("the last line",))


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
