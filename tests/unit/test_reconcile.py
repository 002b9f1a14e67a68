"""Jobs and records that do not fit: put right by the stated rules, and nothing concluded from what is not known."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_material import LOGIN, UID, ScriptedAccounting, ScriptedLauncher, ScriptedSlurm, database, job, request, site

from aif.core.errors import LaunchUnknown, SlurmUnreachable
from aif.core.states import EndCause
from aif.core.tags import Tagged
from aif_hub.book import Session, SessionBook
from aif_hub.queue import JobQueue
from aif_hub.reconcile import Apart, Reconciliation
from aif_hub.session_ids import SessionIds
from aif_hub.sessions import Sessions

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
IDS = SessionIds(lambda: b"of this hub", "10.0.0.1:8081")


class Desk:
    """A hub's sessions, a Slurm that shows `jobs`, and what holds them against each other."""

    def __init__(self, path: Path, **rules: Any) -> None:
        made = site(session={"start_timeout_seconds": 0.3, "look_seconds_starting": 0.01, **rules})
        self.slurm, self.launcher = ScriptedSlurm(), ScriptedLauncher()
        self.jobs: tuple[Tagged, ...] = ()
        self.away = False
        self.time = NOON
        self.book = SessionBook(database(path), lambda: self.time, IDS.new)
        accounting: Any = ScriptedAccounting(self.slurm)
        queues = {"demo": JobQueue(made.clusters[0], made.session, accounting, self.slurm.ask)}
        launcher: Any = self.launcher
        self.sessions = Sessions(made, self.book, queues, {}, launcher, lambda session: None)
        rest = (made, self.sessions, launcher, IDS, self._ask, lambda: self.time)
        self.reconciliation = Reconciliation(made.clusters[0], *rest)

    async def _ask(self, _call: Any, _cluster: Any) -> tuple[Tagged, ...]:
        if self.away:
            raise SlurmUnreachable("squeue", 1, "Unable to contact slurm controller")
        return self.jobs

    async def look(self, times: int = 1) -> None:
        for _ in range(times):
            self.reconciliation._due = 0.0
            await self.reconciliation.tend()

    def session(self, job_id: int | None = None, **changes: Any) -> Session:
        session = self.book.write(LOGIN, "", request())
        if job_id is not None:
            changes |= {"job_id": job_id, "step": "submitted"}
        return self.book.update(session.session, **changes)

    def now(self, session: str) -> Session:
        found = self.book.get(session)
        assert found is not None
        return found

    @property
    def cancelled(self) -> list[int]:
        return [job_id for verb, job_ids in self.launcher.calls if verb == "cancel" for job_id in job_ids]


def shown(comment: str, job_id: int = 7, state: str = "RUNNING", **changes: Any) -> Tagged:
    made = Tagged(job_id, UID, state, comment, "mig01", "mig", "inspect01", timedelta(hours=2), 1, NOON, NOON)
    return replace(made, **changes)


@pytest.fixture
async def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "hub.sqlite")


# What is put right ----------------------------------------------------------------------------------------------------


async def test_a_job_whose_session_knows_no_job_is_adopted(desk: Desk) -> None:
    session = desk.session()
    desk.jobs = (shown(session.session),)
    await desk.look()
    assert desk.now(session.session).job_id is None, "one look is no proof"
    await desk.look()
    adopted = desk.now(session.session)
    assert (adopted.job_id, adopted.step, desk.cancelled) == (7, "submitted", [])


async def test_a_job_that_is_being_submitted_is_left_to_its_submission(desk: Desk) -> None:
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    desk.launcher.submits = [answer]
    session = desk.session(token_ids=(1,))
    submitting = asyncio.ensure_future(desk.sessions.submit(session, {}))
    await asyncio.sleep(0)
    desk.jobs = (shown(session.session),)
    await desk.look(3)
    assert desk.now(session.session).job_id is None
    answer.set_result(7)
    assert (await submitting).job_id == 7


async def test_a_second_job_of_a_session_is_cancelled_while_the_one_in_the_record_lives(desk: Desk) -> None:
    session = desk.session(job_id=6)
    desk.jobs = (shown(session.session, 6), shown(session.session, 7, "PENDING"))
    await desk.look()
    assert desk.cancelled == []
    await desk.look()
    assert desk.cancelled == [7]


async def test_a_second_job_is_left_alone_while_the_one_in_the_record_is_not_seen(desk: Desk) -> None:
    session = desk.session(job_id=6)
    for state in ("COMPLETING", "SOMETHING_NEW", "COMPLETED"):
        desk.jobs = (shown(session.session, 6, state), shown(session.session, 7))
        await desk.look(3)
    assert desk.cancelled == []


async def test_a_job_of_a_session_that_is_over_is_cancelled_until_it_is_gone(desk: Desk) -> None:
    session = desk.session()
    desk.book.close(session.session, EndCause.NEVER_STARTED)
    desk.jobs = (shown(session.session),)
    faults = [LaunchUnknown("no answer")]
    desk.launcher.on_cancel = lambda _ids: _raise(faults.pop()) if faults else None
    await desk.look(3)
    assert desk.cancelled == [7, 7]
    desk.jobs = ()
    await desk.look(2)
    assert desk.cancelled == [7, 7]


async def test_a_job_of_ours_without_a_record_is_shown_to_its_person_and_ended_after_an_hour(desk: Desk) -> None:
    lost = IDS.new(LOGIN)
    desk.jobs = (shown(lost),)
    await desk.look()
    assert (desk.book.open_sessions(), desk.reconciliation.unrecorded) == ([], 1)
    await desk.look()
    found = desk.now(lost)
    assert (found.login, found.job_id, found.node, found.found_at) == (LOGIN, 7, "mig01", NOON)
    assert (found.request.profile, found.request.account, found.request.minutes) == ("slice", "inspect01", 120)
    desk.time += timedelta(minutes=59)
    await desk.look()
    assert (desk.cancelled, desk.reconciliation.unrecorded) == ([], 0)
    desk.slurm.shows(job(7, "RUNNING", "mig01"))
    desk.launcher.on_cancel = lambda _ids: desk.slurm.shows(job(7, "CANCELLED", "mig01"))
    desk.time += timedelta(minutes=1)
    await desk.look()
    await asyncio.gather(*desk.reconciliation._stops)
    assert (desk.cancelled, desk.now(lost).end_cause) == ([7], EndCause.RECORD_LOST)


async def test_a_site_can_have_what_was_found_run_on(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "hub.sqlite", lost_record_minutes=0)
    desk.jobs = (shown(IDS.new(LOGIN)),)
    await desk.look(2)
    desk.time += timedelta(days=9)
    await desk.look(2)
    assert desk.cancelled == []


async def test_two_found_sessions_have_two_names_and_neither_is_the_first_server(desk: Desk) -> None:
    desk.jobs = tuple(shown(IDS.new(LOGIN), job_id) for job_id in (7, 8))
    await desk.look(2)
    assert sorted(one.server_name for one in desk.book.open_sessions()) == ["found-1", "found-2"]


async def test_a_record_whose_job_has_ended_is_closed_with_its_cause(desk: Desk) -> None:
    session = desk.session(job_id=7)
    desk.slurm.shows(job(7, "NODE_FAIL", "gpu01"))
    desk.sessions.follow(session, hurried=True)
    await desk.sessions.known(session)
    await desk.look()
    assert desk.now(session.session).end_cause is EndCause.NODE_FAILED


async def test_a_record_of_a_login_that_is_gone_is_closed_once_its_job_is_gone_too(desk: Desk) -> None:
    session = desk.book.write("nobody-of-that-name", "", request())
    desk.book.update(session.session, job_id=7, step="submitted", stop_asked=True, end_cause=EndCause.STOPPED)
    desk.jobs = (shown(session.session, 7, "SOMETHING_NEW", uid=60123),)
    await desk.look(3)
    assert desk.now(session.session).open
    desk.jobs = ()
    await desk.look(2)
    assert desk.now(session.session).end_cause is EndCause.STOPPED
    assert desk.launcher.calls == [], "nobody can be asked to act as who is gone"


# What is left alone ---------------------------------------------------------------------------------------------------


def _raise(error: Exception) -> None:
    raise error


ANOTHERS = {
    "another hub on this Slurm": SessionIds(lambda: b"of this hub", "10.0.0.2:8081").new(LOGIN),
    "a hub with another secret": SessionIds(lambda: b"of that hub", "10.0.0.1:8081").new(LOGIN),
    "an id of ours in another's job": IDS.new("somebody-else"),
    "an id from before there were seals": "0123456789abcdef" * 2,
    "no id": "notes of mine",
    "nothing": "",
}


@pytest.mark.parametrize("comment", ANOTHERS.values(), ids=list(ANOTHERS))
async def test_what_another_hub_or_a_person_made_is_never_touched(desk: Desk, comment: str) -> None:
    desk.jobs = (shown(comment), shown(comment, 8, "PENDING"))
    await desk.look(4)
    assert (desk.cancelled, desk.book.open_sessions(), desk.reconciliation.unrecorded) == ([], [], 0)


async def test_another_persons_job_with_our_sessions_id_is_never_touched(desk: Desk) -> None:
    session = desk.session(job_id=6)
    over = desk.session()
    desk.book.close(over.session, EndCause.FINISHED)
    desk.jobs = tuple(shown(one.session, 8 + at, uid=0 if UID else 1) for at, one in enumerate((session, over)))
    await desk.look(3)
    assert desk.cancelled == []


async def test_a_healthy_session_is_left_alone(desk: Desk) -> None:
    session = desk.session(job_id=7)
    for state in ("PENDING", "RUNNING", "SUSPENDED", "COMPLETING", "REQUEUED", "SOMETHING_NEW"):
        desk.jobs = (shown(session.session, 7, state),)
        await desk.look(2)
    assert (desk.launcher.calls, desk.now(session.session).open) == ([], True)


@pytest.mark.parametrize("state", ["COMPLETING", "SOMETHING_NEW", "CANCELLED", "UPDATE_DB"])
async def test_nothing_follows_from_a_state_that_is_unknown_or_an_end(desk: Desk, state: str) -> None:
    over = desk.session()
    desk.book.close(over.session, EndCause.FINISHED)
    desk.jobs = (shown(over.session, 7, state), shown(IDS.new(LOGIN), 8, state))
    await desk.look(3)
    assert (desk.launcher.calls, desk.book.open_sessions()) == ([], [])


async def test_nothing_follows_from_a_look_that_failed_and_it_is_not_asked_at_once_again(desk: Desk) -> None:
    session = desk.session()
    desk.jobs = (shown(session.session),)
    await desk.look()
    desk.away = True
    await desk.look()
    desk.away = False
    await desk.reconciliation.tend()
    assert desk.now(session.session).job_id is None
    await desk.look()
    assert desk.now(session.session).job_id == 7


async def test_a_suspicion_that_was_gone_between_is_none(desk: Desk) -> None:
    over = desk.session()
    desk.book.close(over.session, EndCause.FINISHED)
    for jobs in ((shown(over.session),), (), (shown(over.session),)):
        desk.jobs = jobs
        await desk.look()
    assert desk.cancelled == []


async def test_it_looks_every_five_minutes_and_soon_again_where_something_was_seen(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("aif_hub.reconcile.time.monotonic", lambda: clock[0])
    await desk.reconciliation.tend()
    desk.jobs = (shown(IDS.new(LOGIN)),)
    clock[0] += 299
    await desk.reconciliation.tend()
    assert desk.reconciliation.unrecorded == 0
    clock[0] += 1
    await desk.reconciliation.tend()
    assert desk.reconciliation.unrecorded == 1
    await desk.reconciliation.tend()
    assert len(desk.book.open_sessions()) == 1


def test_each_way_of_not_fitting_is_counted_from_the_first_scrape() -> None:
    from prometheus_client import REGISTRY

    assert {REGISTRY.get_sample_value("aif_reconciled_total", {"what": one.value}) is None for one in Apart} == {False}
