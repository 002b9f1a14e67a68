"""The hub on PostgreSQL: sessions start, a killed hub finds them again, and a lost database is said and got over."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
import test_crashes
from postgres import PASSWORD, Postgres
from postgres_hub import PostgresHub
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


#: Each tells a story by itself: test_crashes.py has them against the hub's own file.
MOMENTS = (
    test_crashes.test_a_crash_after_writing_and_before_sbatch_submits_once,
    test_crashes.test_a_crash_while_sbatch_is_on_its_way_adopts_its_job,
    test_crashes.test_a_crash_of_everything_between_sbatch_and_its_answer_finds_the_job,
    test_crashes.test_a_crash_while_the_job_waits_leaves_it_in_the_queue,
    test_crashes.test_a_crash_while_the_server_starts_takes_its_call_back_after_the_restart,
    test_crashes.test_a_crash_while_it_runs_disturbs_nobody,
    test_crashes.test_a_session_that_was_cancelled_before_the_crash_is_ended_after_it,
)


@pytest.fixture(scope="module")
def server(instance: dict[str, Any]) -> Iterator[Postgres]:
    made = Postgres(Path(instance["prefix"]) / "postgres", instance["hub_user"])
    yield made
    made.close()


@pytest.fixture(scope="module")
def hub(instance: dict[str, Any], server: Postgres) -> Iterator[PostgresHub]:
    made = PostgresHub(instance, server)
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_what_the_page_says_makes_a_database_of_the_hubs_own(server: Postgres) -> None:
    (block,) = (one for one in docs_blocks.blocks("operators/database.md") if one.why == "postgres")
    for line in block.code.splitlines():
        program, *arguments = shlex.split(line)
        words = ["page" if word == "aif" else word for word in arguments]  # the test's own role is called aif
        server.run(program, *server.where, *words, typed="its-password\nits-password\n")
    owner = "SELECT rolname, rolsuper FROM pg_database JOIN pg_roles r ON datdba = r.oid WHERE datname = ?"
    assert server.rows(owner, "page") == [["page", "f"]]
    assert server.rows("SELECT rolpassword LIKE 'SCRAM%' FROM pg_authid WHERE rolname = ?", "page") == [["t"]]


def started(hub: PostgresHub, short: str) -> str:
    """A person whose stand-in session is ready."""
    login = hub.login(short)
    hub.use_standin(login)
    assert hub.ask_for(login).status in (201, 202)
    hub.await_ready(login)
    return login


@pytest.mark.parametrize("moment", MOMENTS, ids=lambda moment: moment.__name__.removeprefix("test_a_"))
def test_whenever_the_hub_is_killed_nothing_is_lost_in_postgresql(
    hub: PostgresHub, moment: Callable[[PostgresHub], None]
) -> None:
    moment(hub)


def test_a_lost_database_is_said_and_nothing_is_lost_when_it_is_back(hub: PostgresHub, server: Postgres) -> None:
    login, other = started(hub, "class41"), hub.login("class43")
    session = hub.session(login)
    assert session is not None
    page = hub.browser(login)
    others_before = hub.jobs(other)
    server.stop()
    try:
        home = page("/hub/home")
        assert (home.status, "The hub cannot reach its records" in home.text) == (503, True)
        asked = hub.api("GET", f"users/{login}")
        assert (asked.status, asked.data["message"]) == (503, "the hub cannot reach its database")
        assert hub.ask_for(other).status == 503
        # It ends while nothing can be written down.
        hub.slurm("scancel", str(session["job_id"]))
        until(lambda: hub.state_of(session["job_id"]) == "CANCELLED", "the job ended")
        until(lambda: hub.get("/hub/health").status == 200, "the hub itself lives")
    finally:
        server.start()
    until(lambda: page("/hub/home").status == 200, "the hub is itself again, and the person still signed in", 20)
    assert "Hello" in page("/hub/home").text
    assert hub.await_ended(login)["end_cause"] == "cancelled"
    until(lambda: not hub.ready(login), "the hub forgot the server", 20)
    assert hub.jobs(other).keys() <= others_before.keys()
    started(hub, "class43")
    hub.ask_to_stop(other)
    hub.await_ended(other)
    assert not (hub.state / "jupyterhub.sqlite").exists()
    assert PASSWORD not in hub.log_text()
