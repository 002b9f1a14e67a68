"""Home, waiting and start page as values, from sessions, the last look at Slurm and the time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from aif.core.jobs import JobSighting
from aif.core.request import JobRequest, Project
from aif.core.site import Site, parse
from aif.core.states import EndCause
from aif_hub.book import Session
from aif_hub.diagnosis import of_session
from aif_hub.estimates import Honesty
from aif_hub.paths import Paths
from aif_hub.stopping import Trouble
from aif_hub.views import Look, card, home, past
from aif_hub.views_sessions import A_PAGE, sessions_page
from aif_hub.views_waiting import waiting

NOW = datetime.fromisoformat("2027-04-01T14:30:00+02:00")
PATHS = Paths("/hub/", "/", "demo-marieke")
PROJECTS = [Project("mobility01", "Mobility flows"), Project("mobtest01", "Mobility test")]


@pytest.fixture
def site() -> Site:
    profile = {"cluster": "demo", "cpus": 2, "memory_gb": 4}
    return parse(
        {
            "name": "AI Factory",
            "contact": "help@example.org",
            "data_location": "Groningen",
            "state_dir": "/nowhere",
            "launcher": ["true"],
            "hub": {"bind_url": "http://127.0.0.1:8000", "api_port": 1, "api_host": "127.0.0.1", "proxy_api_port": 2},
            "cluster": [{"name": "demo", "slurm_conf": "/nowhere"}],
            "profile": [
                {
                    **profile,
                    "name": "slice",
                    "title": "Small GPU part",
                    "partition": "mig",
                    "gpus": 1,
                    "gpu_type": "h100_1g.10gb",
                    "gpu_weight": "1/7",
                    "gpu_memory_gb": 10,
                    "hours_default": 2,
                    "hours_max": 8,
                },
                {
                    **profile,
                    "name": "four",
                    "title": "Four GPUs",
                    "partition": "gpu",
                    "gpus": 4,
                    "gpu_type": "h100",
                    "gpu_memory_gb": 80,
                    "hours_default": 1,
                    "hours_max": 4,
                },
                {
                    **profile,
                    "name": "cpu",
                    "title": "No GPU",
                    "partition": "cpu",
                    "hours_default": 4,
                    "hours_max": 12,
                },
            ],
            "project": [{"account": "mobility01", "title": "Mobility flows"}],
        }
    )


def session(site: Site, **changes: object) -> Session:
    made = Session(
        session="0" * 32,
        login="demo-marieke",
        server_name="",
        cluster="demo",
        request=JobRequest.parse({"profile": "slice", "minutes": 120}, site, PROJECTS),
        step="written",
        written_at=NOW - timedelta(minutes=10),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def running(site: Site, minutes_ago: int = 60, **changes: object) -> Session:
    started = NOW - timedelta(minutes=minutes_ago)
    return session(site, step="ready", job_id=12, node="mig01", started_at=started, ready_at=started, **changes)


# Home -------------------------------------------------------------------------------------------------------------


def test_a_running_session_shows_its_end_on_the_clock_and_its_cost_so_far(site: Site) -> None:
    shown = card(running(site), Look(), NOW, site, PATHS)
    assert shown.state.word == "Running"
    assert shown.ends is not None
    assert (shown.ends.text, shown.left, shown.used) == ("15:30", "1 h", "0.14 GPU-hours")
    assert shown.open_url == "/user/demo-marieke/lab"


@pytest.mark.parametrize(("minutes_ago", "tone"), [(60, "plain"), (95, "warn"), (117, "stop")])
def test_the_time_left_turns_to_warn_and_to_stop(site: Site, minutes_ago: int, tone: str) -> None:
    assert card(running(site, minutes_ago), Look(), NOW, site, PATHS).left_tone == tone


def test_a_limit_that_was_changed_in_slurm_is_believed(site: Site) -> None:
    look = Look(JobSighting(12, 1003, "RUNNING", "mig01", left=timedelta(hours=3)), as_of=NOW)
    shown = card(running(site), look, NOW, site, PATHS)
    assert shown.ends is not None
    assert shown.ends.text == "17:30"


def test_a_session_slurm_cannot_tell_about_goes_on(site: Site) -> None:
    shown = card(running(site), Look(unknown=True), NOW, site, PATHS)
    assert shown.state.word == "Not known just now"
    assert shown.open_url
    page = home([running(site)], lambda _: Look(unknown=True), NOW, site, PATHS)
    assert "Your session goes on" in page.trouble


def test_a_waiting_session_says_why_and_leads_to_the_waiting_page(site: Site) -> None:
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority"))
    shown = card(session(site, step="waiting", job_id=12, server_name="session-2"), look, NOW, site, PATHS)
    assert shown.note is not None
    assert "Others are ahead" in shown.note.text
    assert shown.wait_url == "/hub/spawn-pending/demo-marieke/session-2"
    assert not shown.open_url


@pytest.mark.parametrize(
    ("look", "said"),
    [
        (Look(), "goes on counting until it is gone, in a moment"),
        (Look(unknown=True), "Slurm has not answered yet"),
        (Look(stop=Trouble.UNANSWERED), "Slurm has not answered yet"),
        (Look(stop=Trouble.REFUSED), "Slurm does not end it yet"),
        (Look(stop=Trouble.SLOW), "takes long"),
    ],
)
def test_a_stop_says_what_keeps_it_on_home_and_on_the_waiting_page(site: Site, look: Look, said: str) -> None:
    stops = {"stop_asked": True, "end_cause": EndCause.STOPPED}
    shown = card(running(site, **stops), look, NOW, site, PATHS)
    assert shown.state.word == "Stopping"
    assert shown.note is not None
    assert said in shown.note.text
    waits = waiting(session(site, step="waiting", job_id=12, **stops), look, NOW, site)
    assert (said in waits.said.text, waits.trouble, waits.stopping) == (True, "", True)


def test_a_session_without_a_record_can_only_be_stopped(site: Site) -> None:
    found = session(site, step="starting", job_id=12, node="mig01", started_at=NOW, found_at=NOW)
    shown = card(found, Look(), NOW, site, PATHS)
    assert (shown.state.word, shown.found, shown.open_url, shown.wait_url) == ("Cannot be opened", True, "", "")
    assert shown.note is not None
    assert "lost its record" in shown.note.text
    ended = replace(found, step="ended", ended_at=NOW, end_cause=EndCause.RECORD_LOST)
    assert past(ended, NOW, site, PATHS).state.word == "Record lost"
    assert "nobody could open it" in past(ended, NOW, site, PATHS).said.text


def test_a_second_session_gets_the_next_free_name(site: Site) -> None:
    open_now = [session(site), session(site, server_name="session-2")]
    assert home(open_now, lambda _: Look(), NOW, site, PATHS).start_url == "/hub/spawn/demo-marieke/session-3"


def test_an_ended_session_says_why_what_it_used_and_starts_again_alike(site: Site) -> None:
    ended = running(site, minutes_ago=120)
    ended = replace(ended, step="ended", ended_at=NOW, end_cause=EndCause.TIME_LIMIT)
    shown = past(ended, NOW, site, PATHS)
    assert shown.state.word == "Time limit reached"
    assert (shown.ran, shown.used) == ("2 h", "0.29 GPU-hours")
    assert shown.again == {"profile": "slice", "minutes": "120", "project": "mobility01"}


def test_the_last_choice_is_one_click_away_while_nothing_is_open(site: Site) -> None:
    ended = replace(running(site, minutes_ago=120), step="ended", ended_at=NOW)
    page = home([ended], lambda _: Look(), NOW, site, PATHS)
    assert page.repeat is not None
    assert page.repeat.label == "Start again: Small GPU part, 2 h"
    assert page.repeat.again == {"profile": "slice", "minutes": "120", "project": "mobility01"}
    assert home([running(site), ended], lambda _: Look(), NOW, site, PATHS).repeat is None
    gone = replace(ended, request=replace(ended.request, profile="no-longer"))
    assert home([gone], lambda _: Look(), NOW, site, PATHS).repeat is None


def test_more_sessions_than_home_shows_are_on_pages_of_their_own(site: Site) -> None:
    ended = [replace(running(site), session=f"{at:032x}", step="ended", ended_at=NOW) for at in range(A_PAGE + 1)]
    page = home(ended, lambda _: Look(), NOW, site, PATHS)
    assert (len(page.past), page.more_url) == (8, "/hub/aif/sessions")
    assert home(ended[:8], lambda _: Look(), NOW, site, PATHS).more_url == ""
    first = sessions_page(1, ended, [running(site)], NOW, site, PATHS)
    assert (len(first.past), first.newer_url, first.older_url) == (A_PAGE, "", "/hub/aif/sessions?page=2")
    assert first.start_url == "/hub/spawn/demo-marieke/session-2"
    second = sessions_page(2, ended[A_PAGE:], [], NOW, site, PATHS)
    assert (len(second.past), second.newer_url, second.older_url) == (1, "/hub/aif/sessions", "")


def test_a_session_that_never_ran_used_nothing(site: Site) -> None:
    ended = session(site, step="ended", ended_at=NOW, end_cause=EndCause.STOPPED)
    shown = past(ended, NOW, site, PATHS)
    assert (shown.state.word, shown.used, shown.ran) == ("Cancelled", "No GPU-hours", "")


def test_a_diagnosis_names_job_and_log_but_holds_no_secret(site: Site) -> None:
    ended = running(site, oauth_secret="hash-of-it", log_tail=("Traceback", "MemoryError"))  # noqa: S106  # not one
    text = of_session(ended)
    assert "12 on demo, mig01" in text
    assert "MemoryError" in text
    assert "hash-of-it" not in text


# Waiting -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "current"), [("written", 0), ("submitted", 1), ("waiting", 1), ("starting", 2), ("ready", 3)]
)
def test_exactly_one_step_is_alive(site: Site, step: str, current: int) -> None:
    shown = waiting(session(site, step=step, job_id=12), Look(), NOW, site)
    assert [one.place for one in shown.steps] == ["done"] * current + ["now"] + ["next"] * (3 - current)


def test_no_estimate_is_said_to_be_none(site: Site) -> None:
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority"))
    assert "cannot say" in waiting(session(site, step="waiting", job_id=12), look, NOW, site).estimate


def test_an_estimate_says_the_time_and_that_it_can_change(site: Site) -> None:
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority", starts=NOW + timedelta(minutes=12)))
    estimate = waiting(session(site, step="waiting", job_id=12), look, NOW, site).estimate
    assert "14:42" in estimate
    assert "about 12 min" in estimate
    assert "can change" in estimate


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (Honesty(4, 4), ""),
        (Honesty(10, 8), "Sessions usually start within 2 minutes of what is expected here."),
        (Honesty(10, 7), "Of the last 10 such expectations, 7 were right within 2 minutes."),
    ],
)
def test_an_estimate_comes_with_the_record_of_such_estimates(site: Site, record: Honesty, said: str) -> None:
    waits, told = session(site, step="waiting", job_id=12), NOW + timedelta(minutes=12)
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority"))
    shown = waiting(waits, look, NOW, site, told, record)
    assert shown.estimate.startswith("When you asked, Slurm expected it to start at 14:42 (about 12 min).")
    assert shown.record == said
    assert waiting(waits, replace(look, sighting=None), NOW, site, told, record).record == ""


def test_a_record_is_said_of_no_other_estimate_than_its_own(site: Site) -> None:
    waits, told, record = session(site, step="waiting", job_id=12), NOW + timedelta(minutes=12), Honesty(10, 10)
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority", starts=NOW + timedelta(minutes=30)))
    newer = waiting(waits, look, NOW, site, told, record)
    assert ("15:00" in newer.estimate, newer.record) == (True, "")
    past = waiting(waits, Look(JobSighting(12, 1003, "PENDING", reason="Priority")), NOW, site, NOW, record)
    assert ("cannot say" in past.estimate, past.record) == (True, "")
    unasked = waiting(waits, Look(JobSighting(12, 1003, "PENDING", reason="Priority")), NOW, site, None, record)
    assert ("cannot say" in unasked.estimate, unasked.record) == (True, "")


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (None, "Waiting for a free GPU part. Others are ahead of you."),
        (0, "Waiting for a free GPU part. Nobody else is ahead of you."),
        (1, "Waiting for a free GPU part. One person is ahead."),
        (3, "Waiting for a free GPU part. Three people are ahead."),
    ],
)
def test_a_place_in_line_is_said_where_it_is_known(site: Site, ahead: int | None, said: str) -> None:
    look = Look(JobSighting(12, 1003, "PENDING", reason="Priority"), ahead=ahead)
    shown = waiting(session(site, step="waiting", job_id=12), look, NOW, site)
    assert (shown.said.text, shown.said.term) == (said, "Priority")


@pytest.mark.parametrize(("minutes", "slow"), [(2, False), (3, True)])
def test_after_three_minutes_other_ways_are_offered(site: Site, minutes: int, slow: bool) -> None:
    waits = session(site, step="waiting", job_id=12, written_at=NOW - timedelta(minutes=minutes))
    assert waiting(waits, Look(), NOW, site).slow is slow


def test_a_reason_that_waiting_does_not_cure_offers_another_choice_at_once(site: Site) -> None:
    look = Look(JobSighting(12, 1003, "PENDING", reason="QOSGrpBillingMinutes"))
    shown = waiting(session(site, step="waiting", job_id=12, written_at=NOW), look, NOW, site)
    assert shown.stuck
    assert not shown.estimate
