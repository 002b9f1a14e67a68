"""Slurm's controller goes away and comes back: nothing ends, nothing is concluded, and the news arrive."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from own_hub import OwnHub
from processes import alive, server_pid, until

from aif_hub import words
from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo import instance as instances
from aif_hub.stopping import Trouble

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]


@pytest.fixture
def controller(instance: dict[str, Any]) -> Iterator[daemons.Daemon]:
    """slurmctld of the instance; whatever happens it runs again afterwards."""
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    daemon = slurm_daemons.slurmctld(inst)
    yield daemon
    slurm_daemons.start(inst)


def test_while_slurm_is_away_sessions_run_on_and_starts_are_tried_again(
    own_hub: OwnHub, controller: daemons.Daemon
) -> None:
    own_hub.start()
    running, waiting, ending = (own_hub.login(short) for short in ("class28", "class29", "class38"))
    for login in (running, waiting, ending):
        own_hub.use_standin(login)
    own_hub.ask_for(running)
    own_hub.ask_for(ending)
    session, last = own_hub.await_ready(running), own_hub.await_ready(ending)
    leaving = own_hub.browser(ending)

    daemons.stop(controller)
    own_hub.ask_for(waiting)
    leaving("/hub/aif/stop", server="", then="home")
    unanswered = words.ending(Trouble.UNANSWERED).text
    until(lambda: unanswered in leaving("/hub/home").text, "Home says that the stop has no answer", 40)
    until(lambda: "Slurm cannot be asked" in own_hub.log_text(), "the hub noticed", 40)
    own_hub.kill()  # a hub that starts while Slurm is away must not clear anything either
    own_hub.start()
    home = own_hub.browser(running)
    until(lambda: words.NOT_REACHED in home("/hub/home").text, "Home says that Slurm cannot be asked", 30)
    assert (own_hub.session(running) or {})["step"] == "ready"
    assert own_hub.get(f"/user/{running}/api/status", own_hub.token(running)).status == 200
    assert alive(server_pid(own_hub.folder_of(session)))
    assert unanswered in leaving("/hub/home").text, "the next hub goes on stopping"
    assert alive(server_pid(own_hub.folder_of(last)))
    assert (own_hub.session(ending) or {})["step"] == "ready"
    daemons.start(controller)

    assert own_hub.await_ended(ending, seconds=90)["end_cause"] == "stopped"
    caught_up = own_hub.await_ready(waiting, seconds=90)
    assert len(own_hub.jobs_of(caught_up)) == 1
    assert (own_hub.session(running) or {})["step"] == "ready"
    assert own_hub.jobs_of(session) == [session["job_id"]]
    for login in (running, waiting):
        own_hub.ask_to_stop(login)
    for login in (running, waiting):
        assert own_hub.await_ended(login)["end_cause"] == "stopped"


@pytest.fixture
def without_addresses(own_hub: OwnHub) -> Iterator[None]:
    """The hub is down, and its site file leaves it to Slurm to say where the nodes are."""
    own_hub.stop()
    site = own_hub.folder / "site.toml"
    before = site.read_text()
    site.write_text("".join(line for line in before.splitlines(True) if not line.startswith("addresses")))
    yield
    own_hub.stop()
    site.write_text(before)
    own_hub.start()


def test_what_is_asked_for_before_slurm_has_ever_answered_starts_once_it_does(
    own_hub: OwnHub, controller: daemons.Daemon, without_addresses: None
) -> None:
    daemons.stop(controller)
    own_hub.start()
    login = own_hub.login("class25")
    own_hub.use_standin(login)
    assert own_hub.ask_for(login).status in (201, 202)
    until(lambda: "node addresses cannot be asked" in own_hub.log_text(), "the hub asks where the nodes are", 40)
    daemons.start(controller)
    session = own_hub.await_ready(login, seconds=90)
    assert own_hub.jobs_of(session) == [session["job_id"]]
    assert own_hub.get(f"/user/{login}/api/status", own_hub.token(login)).status == 200
    own_hub.ask_to_stop(login)
    assert own_hub.await_ended(login)["end_cause"] == "stopped"


def test_a_start_that_a_new_hub_is_just_letting_go_of_when_it_is_asked_is_taken_up_all_the_same(
    own_hub: OwnHub, controller: daemons.Daemon
) -> None:
    own_hub.start()
    login = own_hub.login("class25")
    own_hub.use_standin(login)
    own_hub.close_gate(f"server-{login}")
    assert own_hub.ask_for(login).status in (201, 202)
    first = own_hub.await_job(login, "RUNNING")
    own_hub.kill()
    config = own_hub.folder / "config.py"
    before = config.read_text()
    config.write_text(before + "c.JupyterHub.init_spawners_timeout = 1\n")  # it listens before it has found out
    daemons.stop(controller)  # which takes a second now for each question
    try:
        own_hub.restart()
    finally:
        config.write_text(before)
    daemons.start(controller)
    own_hub.open_gate(f"server-{login}")
    session = own_hub.await_ready(login, seconds=90)
    assert session["session"] == first["session"]
    assert own_hub.jobs_of(session) == [session["job_id"]]
    own_hub.ask_to_stop(login)
    assert own_hub.await_ended(login)["end_cause"] == "stopped"
