"""A hub that is killed at any moment of a session's life, and started again: nothing lost, nothing doubled."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from own_hub import OwnHub
from processes import alive, children, server_pid, until

from aif_hub.bench.processes import ancestors

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]

Open = Callable[[str], None]


@pytest.fixture
def hub(own_hub: OwnHub) -> OwnHub:
    own_hub.start()
    return own_hub


def asked(hub: OwnHub, short: str, **options: Any) -> str:
    """A person who has just asked for a session."""
    login = hub.login(short)
    assert hub.ask_for(login, **options).status in (201, 202)
    return login


def all_is_killed_and_the_hub_begins_anew(hub: OwnHub, waiter: int) -> None:
    """The hub and all that it had started, down to what waits for Slurm's answer."""
    launchers = ancestors(waiter, up_to=hub.pid)
    hub.kill()
    for pid in reversed(launchers):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    hub.open_gate("after-sbatch")
    hub.restart()


def one_session_lives_and_ends_cleanly(hub: OwnHub, login: str, session_id: str) -> None:
    """What holds after every crash: the same session gets ready with one job, opens, and leaves nothing behind."""
    session = hub.await_ready(login)
    assert session["session"] == session_id
    assert [entry["session"] for entry in hub.sessions(login) if entry["step"] != "ended"] == [session_id]
    assert hub.jobs_of(session) == [session["job_id"]]
    assert hub.state_of(session["job_id"]) == "RUNNING"
    # A token that the person made, and a browser that signs in through the server's own OAuth client.
    assert hub.get(f"/user/{login}/api/status", hub.token(login)).status == 200
    page = hub.browser(login)(f"/user/{login}/lab")
    assert (page.status, "jupyter-config-data" in page.text) == (200, True)
    assert hub.server_tokens(login) == 1
    # The server's own token still works: it is what its reports of activity come with.
    assert hub.ask_to_stop(login).status in (202, 204)
    ended = hub.await_ended(login)
    assert (ended["session"], ended["end_cause"]) == (session_id, "stopped")
    until(lambda: not hub.ready(login), "the hub forgot the server")
    until(lambda: hub.server_tokens(login) == 0, "the server's tokens are gone", 10)
    assert hub.jobs_of(session) == [session["job_id"]]
    assert hub.state_of(session["job_id"]) == "CANCELLED"
    assert not (hub.folder_of(session) / "key.pem").exists()


def test_a_crash_after_writing_and_before_sbatch_submits_once(hub: OwnHub) -> None:
    hub.kill()
    hub.restart()  # a launcher that an earlier test left running would be past the gate
    with hub.closed("launcher"):
        login = asked(hub, "class30")
        waiter = hub.await_at_gate("launcher")
        session = hub.session(login)
        assert session is not None
        assert (session["step"], session.get("job_id")) == ("written", None)
        hub.kill()
        os.kill(waiter, signal.SIGKILL)  # this launcher never got as far as sbatch
    hub.restart()
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_crash_while_sbatch_is_on_its_way_adopts_its_job(hub: OwnHub) -> None:
    hub.close_gate("before-sbatch")
    login = asked(hub, "class31")
    hub.await_at_gate("before-sbatch")
    session = hub.session(login)
    assert session is not None
    hub.kill()  # the launcher lives on, as root's process it would in a real crash
    hub.restart()
    assert hub.jobs_of(session) == []
    hub.open_gate("before-sbatch")
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_crash_of_everything_between_sbatch_and_its_answer_finds_the_job(hub: OwnHub) -> None:
    hub.close_gate("after-sbatch")
    login = asked(hub, "class32")
    waiter = hub.await_at_gate("after-sbatch")
    session = hub.session(login)
    assert session is not None
    (job_id,) = until(lambda: hub.jobs_of(session), "the job exists")
    assert session.get("job_id") is None
    all_is_killed_and_the_hub_begins_anew(hub, waiter)
    one_session_lives_and_ends_cleanly(hub, login, session["session"])
    assert [*hub.jobs_of(session)] == [job_id]


def test_a_crash_while_the_job_waits_leaves_it_in_the_queue(hub: OwnHub) -> None:
    login = hub.login("class33")
    person = ("user", "where", f"name={login}", "account=trn0007", "set")
    hub.slurm("sacctmgr", "-i", "modify", *person, "MaxJobs=0")
    try:
        asked(hub, "class33")
        session = hub.await_job(login, "PENDING")
        hub.kill()
        hub.restart()
        until(lambda: hub.server(login).get("pending") == "spawn", "the hub takes the session up again")
        assert hub.state_of(session["job_id"]) == "PENDING"
        assert not hub.ready(login)
    finally:
        hub.slurm("sacctmgr", "-i", "modify", *person, "MaxJobs=-1")
    hub.slurm("scontrol", "update", f"jobid={session['job_id']}", "priority=100000")  # look at it now
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_crash_while_the_server_starts_takes_its_call_back_after_the_restart(hub: OwnHub) -> None:
    login = hub.login("class34")
    hub.close_gate(f"server-{login}")
    asked(hub, "class34")
    session = hub.await_job(login, "RUNNING")
    hub.kill()
    hub.open_gate(f"server-{login}")  # it comes up while no hub is there to be told
    hub.restart()
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_crash_while_it_runs_disturbs_nobody(hub: OwnHub) -> None:
    login = asked(hub, "class35")
    session = hub.await_ready(login)
    token = hub.token(login)
    services = [pid for pid in children(hub.pid) if alive(pid)]
    hub.kill()
    until(lambda: not any(map(alive, services)), "what the hub ran beside it has ended with it", 10)
    hub.restart()
    until(lambda: hub.server(login).get("pending") != "check", "the hub has asked the server")
    assert hub.ready(login)
    assert hub.get(f"/user/{login}/api/status", token).status == 200
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_silent_server_is_not_cancelled_at_the_restart_and_is_taken_up_when_it_speaks(hub: OwnHub) -> None:
    login = asked(hub, "class36")
    session = hub.await_ready(login)
    server = server_pid(hub.folder_of(session))
    os.kill(server, signal.SIGSTOP)
    try:
        hub.kill()
        hub.restart()
        until(lambda: hub.server(login).get("pending") == "spawn", "the hub found it silent and waits for it", 40)
        assert hub.state_of(session["job_id"]) == "RUNNING"
    finally:
        os.kill(server, signal.SIGCONT)
    one_session_lives_and_ends_cleanly(hub, login, session["session"])


def test_a_session_that_was_cancelled_before_the_crash_is_ended_after_it(hub: OwnHub) -> None:
    hub.close_gate("after-sbatch")
    login = asked(hub, "class37")
    waiter = hub.await_at_gate("after-sbatch")
    session = hub.session(login)
    assert session is not None
    (job_id,) = until(lambda: hub.jobs_of(session), "the job exists")
    hub.browser(login)("/hub/aif/stop", server="", then="home")
    until(lambda: (hub.session(login) or {}).get("stop_asked"), "the wish is written down")
    all_is_killed_and_the_hub_begins_anew(hub, waiter)
    ended = hub.await_ended(login)
    assert (ended["session"], ended["end_cause"]) == (session["session"], "stopped")
    assert hub.jobs_of(session) == [job_id]
    # Cancelled, or by itself: a server whose session is over is refused and goes.
    until(lambda: hub.state_of(job_id) in ("CANCELLED", "FAILED"), "the job is no orphan", 10)
    until(lambda: hub.server_tokens(login) == 0, "the server's tokens are gone", 10)
