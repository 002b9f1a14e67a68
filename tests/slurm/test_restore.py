"""A hub that lost its disk while sessions ran is itself again from a backup: the session is found and opens."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import test_crashes
from own_hub import OwnHub
from own_hub_place import METRICS_TOKEN
from postgres import PASSWORD, Postgres
from postgres_hub import PostgresHub
from processes import until

from aif_hub import cli

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


def aif(hub: OwnHub, *words: str) -> int:
    return cli.main([*words, "--site", str(hub.folder / "site.toml")])


def backed_up(hub: OwnHub) -> str:
    """The one archive that was made now."""
    folder = hub.folder / "backups"
    shutil.rmtree(folder, ignore_errors=True)
    assert aif(hub, "backup", "--to", str(folder)) == 0
    [archive] = folder.iterdir()
    return str(archive)


@pytest.fixture
def hub(instance: dict[str, Any]) -> Iterator[OwnHub]:
    made = OwnHub(instance, "restored-hub")
    try:
        made.start()
        yield made
    finally:
        made.close()


def test_a_hub_that_lost_its_disk_finds_the_session_that_ran(hub: OwnHub, capsys: pytest.CaptureFixture[str]) -> None:
    login = hub.login("class35")
    assert hub.ask_for(login).status in (201, 202)
    session = hub.await_ready(login)
    page = hub.browser(login)
    archive = backed_up(hub)
    assert aif(hub, "restore", archive) == 1
    assert "The hub runs" in capsys.readouterr().err
    hub.kill()
    shutil.rmtree(hub.state)
    (hub.folder / "etc/launcher.json").unlink()
    (hub.folder / "site.toml").unlink()
    assert aif(hub, "restore", archive) == 0
    hub.start()
    until(lambda: hub.ready(login), "the hub found the session", 60)
    found = hub.session(login)
    assert found is not None
    assert (found["session"], found["job_id"], found["step"]) == (session["session"], session["job_id"], "ready")
    assert hub.jobs_of(session) == [session["job_id"]]
    # Whoever was signed in still is: the cookie secret came back too. A new hub would ask.
    lab = page(f"/user/{login}/lab")
    assert (lab.status, "jupyter-config-data" in lab.text) == (200, True)
    assert hub.ask_to_stop(login).status in (202, 204)
    assert hub.await_ended(login)["end_cause"] == "stopped"
    # What came back takes a crash as the first one did.
    test_crashes.test_a_crash_of_everything_between_sbatch_and_its_answer_finds_the_job(hub)


def test_sessions_that_began_after_the_backup_are_found_told_and_ended_and_no_others(hub: OwnHub) -> None:
    """Their records are lost with the disk, and their jobs run on."""
    site = hub.folder / "site.toml"
    site.write_text(site.read_text().replace("[session]", "[session]\nlost_record_minutes = 0.3"))
    stops, waits = people = [hub.login(short) for short in ("class28", "class29")]
    page = hub.browser(stops)
    archive = backed_up(hub)
    for login in people:
        hub.use_standin(login)
        assert hub.ask_for(login).status in (201, 202)
    begun = {login: hub.await_ready(login) for login in people}
    foreign = hub.submit_as(hub.login("class38"), "0123456789abcdef" * 2)
    hub.kill()
    assert aif(hub, "restore", archive) == 0
    hub.start()
    for login in people:
        until(lambda login=login: hub.session(login, "found-1"), f"{login}'s job is found", 30)
    assert "Cannot be opened" in page("/hub/home").text
    page("/hub/aif/stop", server="found-1", then="home")
    for login, cause, said in ((stops, "stopped", "Stopped by you"), (waits, "record lost", "Record lost")):
        ended = hub.await_ended(login, "found-1")
        assert (ended["session"], ended["job_id"], ended["end_cause"]) == (
            *(begun[login]["session"], begun[login]["job_id"]),
            cause,
        )
        assert hub.state_of(ended["job_id"]) == "CANCELLED"
        assert said in hub.browser(login)("/hub/home").text
    assert hub.state_of(foreign) == "RUNNING", "another hub's job of the same name"
    assert 'aif_reconciled_total{what="found"} 2.0' in hub.get("/hub/metrics", METRICS_TOKEN).text


@pytest.fixture
def postgres(instance: dict[str, Any]) -> Iterator[Postgres]:
    made = Postgres(Path(instance["prefix"]) / "postgres-restore", instance["hub_user"])
    yield made
    made.close()


def test_a_postgresql_database_comes_back_and_what_was_there_stays_aside(
    instance: dict[str, Any], postgres: Postgres, capsys: pytest.CaptureFixture[str]
) -> None:
    hub = PostgresHub(instance, postgres, "restored-hub")
    try:
        hub.start()
        login = hub.login("class36")
        hub.use_standin(login)
        assert hub.ask_for(login).status in (201, 202)
        until(lambda: hub.ready(login), "the session is ready", 60)
        archive = backed_up(hub)
        hub.kill()
        postgres.rows("WITH gone AS (DELETE FROM aif_sessions RETURNING 1) SELECT count(*) FROM gone")
        assert aif(hub, "restore", archive) == 0
        [row] = postgres.rows("SELECT data FROM aif_sessions")
        assert json.loads(row[0])["login"] == login
        [kept] = hub.folder.glob("state.before-*.dump")
        assert kept.stat().st_mode & 0o777 == 0o600
        hub.start()
        until(lambda: hub.ready(login), "the hub found the session", 60)
        said = capsys.readouterr()
        assert PASSWORD not in said.out + said.err
        test_crashes.test_a_crash_while_it_runs_disturbs_nobody(hub)
    finally:
        hub.close()
