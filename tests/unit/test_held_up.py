"""A session whose job is suspended, or whose server does not answer: what is shown of it, and that no more follows."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_material import ScriptedLauncher, ScriptedSlurm, job, until
from session_desk import Desk
from test_waiting_pages import LOOK, NOW, PATHS, RUNS, SITE, rendered, text

from aif.core.jobs import JobSighting
from aif.core.states import Phase
from aif_hub import handlers_sessions
from aif_hub.book import Session
from aif_hub.held_up import HeldUp, held_up
from aif_hub.speech import speak
from aif_hub.tidings import progress_line
from aif_hub.views import Look, card, home
from aif_hub.views_tutorials import _ready
from aif_hub.views_waiting import waiting

SINCE = NOW - timedelta(minutes=8)
PAUSED, SILENT = replace(RUNS, paused_at=SINCE), replace(RUNS, silent_since=SINCE)
SUSPENDED = Look(JobSighting(12, 1003, "SUSPENDED", "mig01"), NOW)
RUNNING = Look(JobSighting(12, 1003, "RUNNING", "mig01"), NOW)


@pytest.fixture(params=["SUSPENDED", "STOPPED"])
def standing_still(request: pytest.FixtureRequest) -> str:
    """Each of Slurm's words for it."""
    return str(request.param)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "hub.sqlite", ScriptedSlurm(), ScriptedLauncher(), look_seconds_idle=0.01)


def told(session: Session, look: Look) -> dict[str, Any]:
    """As JupyterLab's panel is told of it."""
    since = SINCE if look.unknown else None
    queue = SimpleNamespace(
        trouble="", as_of=look.as_of, unknown_since=lambda _job: since, sighting=lambda _job: look.sighting
    )
    sessions = SimpleNamespace(stops={}, delays={})
    workbench = SimpleNamespace(spoken_site=SITE, sessions=sessions, queues={"demo": queue}, lines={})
    return handlers_sessions._told(workbench, session, PATHS)


@pytest.fixture
def dutch() -> Iterator[None]:
    speak("nl")
    yield
    speak("en")


# -- what the look at Slurm says ---------------------------------------------------------------------------------------


async def test_a_suspended_job_pauses_its_session_since_the_first_look_and_a_resumed_one_does_not(
    desk: Desk, standing_still: str
) -> None:
    session = await desk.ready()
    desk.slurm.shows(job(7, standing_still, "gpu01"))
    paused = await until(lambda: desk.now(session).paused_at)
    looks = len(desk.slurm.looks)
    await until(lambda: len(desk.slurm.looks) > looks + 2)
    assert desk.now(session).paused_at == paused
    assert desk.sessions.phase(session) is Phase.RUNNING
    desk.slurm.shows(job(7, "RUNNING", "gpu01"))
    await until(lambda: desk.now(session).paused_at is None)
    assert (desk.now(session).step, desk.launcher.count("cancel")) == ("ready", 0)


async def test_the_person_hears_of_both_at_once(desk: Desk) -> None:
    session = await desk.ready()
    heard = desk.book.news.about(session.login)
    desk.slurm.shows(job(7, "SUSPENDED", "gpu01"))
    await asyncio.wait_for(heard.wait(), 5)
    heard = desk.book.news.about(session.login)
    desk.slurm.shows(job(7, "RUNNING", "gpu01"))
    await asyncio.wait_for(heard.wait(), 5)


async def test_a_job_that_is_suspended_while_it_starts_is_not_given_up_before_it_could_call_back(desk: Desk) -> None:
    desk.starts_within(0.2)
    session = await desk.submitted("SUSPENDED")
    waiting_for_it = asyncio.ensure_future(desk.sessions.ready(session))
    await until(lambda: desk.now(session).paused_at)
    await asyncio.sleep(0.6)
    assert not waiting_for_it.done()
    assert desk.launcher.count("cancel") == 0
    desk.sessions.accept(desk.now(session), "127.9.1.1", 40123, 1, "")
    assert (await waiting_for_it).port == 40123


async def test_a_job_that_slurm_cannot_be_asked_about_stays_as_it_was(desk: Desk) -> None:
    session = await desk.ready()
    desk.slurm.shows(job(7, "SUSPENDED", "gpu01"))
    paused = await until(lambda: desk.now(session).paused_at)
    desk.slurm.away = True
    await until(lambda: desk.sessions.phase(session) is Phase.UNKNOWN)
    assert desk.now(session).paused_at == paused


# -- what is shown -----------------------------------------------------------------------------------------------------


def test_a_paused_session_says_since_when_and_that_it_goes_on_by_itself() -> None:
    shown = card(PAUSED, SUSPENDED, NOW, SITE, PATHS)
    assert (shown.state.word, shown.state.shape, shown.state.tone) == ("Paused", "paused", "warn")
    assert shown.note is not None
    assert "paused it (suspended), at 14:22 or before" in shown.note.text
    assert "it goes on by itself" in shown.note.text
    assert SITE.contact in shown.note.todo
    assert shown.open_url, "it is their session still"


def test_a_silent_session_says_since_when_and_what_can_be_done() -> None:
    shown = card(SILENT, RUNNING, NOW, SITE, PATHS)
    assert (shown.state.word, shown.state.tone) == ("Does not answer", "warn")
    assert shown.note is not None
    assert shown.note.text == "It has not answered since 14:22, though its job still runs."
    assert "stop it and start again, which keeps what is saved" in shown.note.todo
    assert SITE.contact in shown.note.todo


def test_a_paused_session_that_does_not_answer_is_paused() -> None:
    assert held_up(replace(PAUSED, silent_since=SINCE)) is HeldUp.PAUSED


@pytest.mark.parametrize(
    "session",
    [
        replace(PAUSED, stop_asked=True),
        replace(PAUSED, step="ended"),
        replace(PAUSED, found_at=NOW),
        replace(SILENT, step="starting"),
        RUNS,
    ],
    ids=["stopping", "ended", "found", "starting", "well"],
)
def test_of_others_something_else_is_said(session: Session) -> None:
    assert held_up(session) is HeldUp.NO


@pytest.mark.parametrize("session", [PAUSED, SILENT], ids=["paused", "silent"])
def test_nothing_is_claimed_of_a_job_while_slurm_cannot_be_asked(session: Session) -> None:
    shown = card(session, replace(RUNNING, unknown=True), NOW, SITE, PATHS)
    assert (shown.state.word, shown.note) == ("Not known just now", None)
    assert told(session, replace(RUNNING, unknown=True))["state"] == "unknown"


def test_a_session_that_is_paused_while_it_starts_says_so_on_home_and_on_its_waiting_page() -> None:
    starting = replace(PAUSED, step="starting", ready_at=None)
    shown = card(starting, SUSPENDED, NOW, SITE, PATHS)
    assert (shown.state.word, bool(shown.wait_url)) == ("Paused", True)
    page = waiting(starting, SUSPENDED, NOW, SITE)
    assert page.headline == "Your session is paused"
    assert "it goes on by itself" in page.said.text
    assert "Your session is paused" in text(rendered("spawn_pending.html", {}, page=page))
    assert progress_line(starting, SUSPENDED.sighting, "")["message"] == "Your session is paused"
    assert waiting(replace(starting, stop_asked=True), SUSPENDED, NOW, SITE).headline == "Cancelling"


def test_the_waiting_page_of_a_server_that_has_fallen_silent_says_that() -> None:
    assert "has not answered since" in waiting(SILENT, RUNNING, NOW, SITE).said.text


def shown_home(*sessions: Session) -> str:
    page = home(sessions, lambda one: LOOK if one.step == "waiting" else RUNNING, NOW, SITE, PATHS)
    return rendered("home.html", {"person": lambda _: SimpleNamespace(name="Marieke")}, page=page)


def test_home_offers_to_open_first_what_answers() -> None:
    other = replace(RUNS, session="1" * 32, server_name="session-2")
    html = shown_home(SILENT, other)
    assert '<a class="button" href="/user/marieke/lab">Try to open JupyterLab</a>' in html
    assert '<a class="button button--primary" href="/user/marieke/session-2/lab">Open JupyterLab</a>' in html
    assert "button--primary" not in shown_home(SILENT).split('id="part-past"')[0].split('id="part-start"')[0]
    assert "Wait a little" in text(html)


def test_home_says_it_beside_the_time_that_is_left() -> None:
    read = text(shown_home(PAUSED))
    assert "left, until" in read
    assert "Paused" in read
    assert "There is nothing that you need to do." in read


@pytest.mark.usefixtures("dutch")
def test_both_are_said_in_dutch() -> None:
    read = text(shown_home(PAUSED, replace(SILENT, session="1" * 32, server_name="session-2")))
    assert "Gepauzeerd" in read
    assert "om 14.22 uur of eerder" in read
    assert "Antwoordt niet" in read
    assert "sinds 14.22 uur, al loopt de job nog" in read


def test_a_lesson_opens_where_somebody_answers_and_else_in_another_session() -> None:
    other = replace(RUNS, session="1" * 32, server_name="session-2")
    assert _ready([SILENT, PAUSED, other]) is other
    assert _ready([SILENT, PAUSED]) is None


# -- and over REST -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("session", "look", "state", "trouble"),
    [
        (PAUSED, SUSPENDED, "paused", "The cluster has paused it (suspended)"),
        (SILENT, RUNNING, "silent", "It has not answered since"),
        (replace(SILENT, stop_asked=True), RUNNING, "stopping", ""),
        (RUNS, RUNNING, "ready", ""),
    ],
    ids=["paused", "silent", "stopping", "well"],
)
def test_the_panel_is_told_the_state_and_the_words_for_it(
    session: Session, look: Look, state: str, trouble: str
) -> None:
    said = told(session, look)
    assert said["state"] == state
    assert said["trouble"].startswith(trouble)
    assert bool(said["trouble"]) == bool(trouble)
    assert (SITE.contact in said["trouble"]) == bool(trouble)
