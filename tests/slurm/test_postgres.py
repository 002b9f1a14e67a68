"""The hub on PostgreSQL: sessions start, a killed hub finds them again, and a lost database is said and got over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_hub import OwnHub
from postgres import PASSWORD, Postgres
from processes import until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


class PostgresHub(OwnHub):
    """The tests' own hub with its records on a PostgreSQL server."""

    def __init__(self, instance: dict[str, Any], server: Postgres) -> None:
        self.server_of_records = server
        hub = f'database = "{server.url}"\ndatabase_passfile = "{server.passfile}"'
        super().__init__(instance, "postgres-hub", hub=hub)

    def sessions(self, login: str) -> list[dict[str, Any]]:
        """All sessions of the person as the database has them, newest first."""
        query = f"SELECT data FROM aif_sessions WHERE login = '{login}' ORDER BY written_at DESC"  # noqa: S608
        return [json.loads(row[0]) for row in self.server_of_records.rows(query)]


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


def started(hub: PostgresHub, short: str) -> str:
    """A person whose stand-in session is ready."""
    login = hub.login(short)
    hub.use_standin(login)
    assert hub.ask_for(login).status in (201, 202)
    hub.await_ready(login)
    return login


def test_a_killed_hub_finds_its_sessions_in_postgresql(hub: PostgresHub) -> None:
    login = started(hub, "class40")
    session = hub.session(login)
    assert session is not None
    hub.kill()
    hub.restart()
    assert hub.ready(login)
    assert hub.jobs_of(session) == [session["job_id"]]
    hub.ask_to_stop(login)
    assert hub.await_ended(login)["end_cause"] == "stopped"
    assert not (hub.state / "jupyterhub.sqlite").exists()
    assert PASSWORD not in hub.log_text()


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
