"""Sessions that end from Slurm's side: each cause is told apart, written down, and said in words on Home."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from own_hub import OwnHub
from processes import server_pid, until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]

End = Callable[[OwnHub, dict[str, Any]], None]


def by_scancel(hub: OwnHub, session: dict[str, Any]) -> None:
    hub.slurm("scancel", str(session["job_id"]))


def by_memory(hub: OwnHub, session: dict[str, Any]) -> None:
    os.kill(server_pid(hub.folder_of(session)), signal.SIGUSR1)


def by_preemption(hub: OwnHub, session: dict[str, Any]) -> None:
    """A job of root's wants all GPUs of its node, in a QOS that goes before the session's."""
    node, first = hub.node_of(session), f"{hub.instance['instance']}-first"
    its_own = hub.slurm("squeue", "-h", "-j", str(session["job_id"]), "-O", "qos:100").strip()
    jobs = hub.slurm("squeue", "-h", "-a", "-w", node, "-t", "R", "-o", "%A").split()
    assert jobs == [str(session["job_id"])], f"other jobs on {node} could be the ones that make way: {jobs}"
    hub.slurm("sacctmgr", "-iQ", "add", "qos", first, f"preempt={its_own}", "priority=9999")
    taker = ("sbatch", "--parsable", f"--qos={first}", "-p", "gpu", "-w", node, "--gres=gpu:h100:4", "-t", "1", "-o")
    try:
        hub.slurm("sacctmgr", "-iQ", "modify", "user", "where", "name=root", "set", f"qos+={first}")
        number = until(lambda: hub.slurm(*taker, "/dev/null", "--wrap=true", sure=False).strip(), "Slurm knows the QOS")
        until(lambda: hub.state_of(int(number)) == "COMPLETED", "the other job has had its turn")
    finally:
        hub.slurm("sacctmgr", "-iQ", "modify", "user", "where", "name=root", "set", f"qos-={first}", sure=False)
        hub.slurm("sacctmgr", "-iQ", "delete", "qos", f"name={first}", sure=False)


def by_node(hub: OwnHub, session: dict[str, Any]) -> None:
    node = hub.node_of(session)
    jobs = hub.slurm("squeue", "-h", "-a", "-w", node, "-t", "R", "-o", "%A").split()
    assert jobs == [str(session["job_id"])], f"other jobs on {node} would die too: {jobs}"
    hub.slurm("scontrol", "update", f"nodename={node}", "state=down", "reason=a test of aif")
    try:
        until(lambda: hub.state_of(session["job_id"]) == "NODE_FAIL", "Slurm gives the job up")
    finally:
        # It may have come back by itself, and then Slurm refuses to resume it.
        hub.slurm("scontrol", "update", f"nodename={node}", "state=resume", sure=False)
        until(lambda: "DOWN" not in hub.slurm("scontrol", "-o", "show", "node", node), f"{node} is back")


#: Person, profile, what happens, the cause in the book, and words of it on Home.
ENDS: dict[str, tuple[str, str, End, str, str]] = {
    "memory": ("class40", "cpu", by_memory, "out of memory", "Out of memory"),
    "node": ("class41", "node", by_node, "node failed", "Computer failed"),
    "preempted": ("class12", "node", by_preemption, "preempted", "Place taken back"),
    "scancel": ("class38", "cpu", by_scancel, "cancelled", "Cancelled"),
}


@pytest.fixture(scope="module")
def ending(own_hub: OwnHub, time_limited: str, never_answering: str) -> OwnHub:
    """The hub with one session for each end, all started at once and each told to end."""
    own_hub.start()
    logins = {name: own_hub.login(end[0]) for name, end in ENDS.items()}
    for name, (_, profile, *_) in ENDS.items():
        own_hub.use_standin(logins[name])
        assert own_hub.ask_for(logins[name], profile=profile).status in (201, 202)
    sessions = {name: own_hub.await_ready(login) for name, login in logins.items()}
    for name, (_, _, end, _, _) in ENDS.items():
        if name != "memory" or memory_is_limited(own_hub):
            end(own_hub, sessions[name])
    return own_hub


def memory_is_limited(hub: OwnHub) -> bool:
    settings = Path(str(hub.instance["slurm_conf"])).with_name("cgroup.conf").read_text()
    return "ConstrainRAMSpace=yes" in settings


@pytest.mark.parametrize("name", list(ENDS))
def test_the_cause_of_an_end_is_in_the_book_and_on_home(ending: OwnHub, name: str) -> None:
    short, _, _, cause, words = ENDS[name]
    if name == "memory" and not memory_is_limited(ending):
        pytest.skip("this machine gives Slurm no memory cgroup, so no job is ended for its memory")
    login = ending.login(short)
    ended = ending.await_ended(login, seconds=120)
    assert ended["end_cause"] == cause
    until(lambda: not ending.server(login), "the hub has let go of the server", 10)
    home = ending.browser(login)("/hub/home")
    assert (home.status, words in home.text) == (200, True)
    assert ending.server_tokens(login) == 0
    assert not (ending.folder_of(ended) / "session.json").exists()
