"""What waits of a cluster whose session is over ends with the first worker that finds it gone; nothing else does."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fakehub import REPOSITORY
from waiting_slurm import ARRAYS, ENDED, Slurm

from aif.core.site import Cluster
from aif.scale import left
from aif.scale.prologue import prologue


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


@pytest.mark.parametrize("session", ["", "NODE_FAIL", "CANCELLED by 0", "TIMEOUT", "PENDING", "COMPLETING"])
def test_what_waits_is_cancelled_where_the_sessions_job_is_over(session: str, slurm: Slurm) -> None:
    slurm.shows(session)
    assert left.end_waiting(slurm.env) == ["12_1", "12_2", "13_0"]
    assert slurm.cancelled == ENDED, "in one command, and nothing that runs or is another cluster's"


@pytest.mark.parametrize("session", ["RUNNING", "SUSPENDED", "STOPPED", "A_NEW_WORD"])
def test_nothing_is_cancelled_where_the_session_goes_on_or_nobody_knows(session: str, slurm: Slurm) -> None:
    slurm.shows(session)
    assert left.end_waiting(slurm.env) == []
    assert slurm.cancelled == []


def test_nothing_is_cancelled_by_an_answer_that_is_none_or_without_a_session(slurm: Slurm) -> None:
    assert left.end_waiting({}) == []
    assert left.told(Cluster("demo", "/etc/slurm.conf"), "aif-x7", None) == {}
    for file, answer in (("jobs", ""), ("jobs", "<html>(2 Bad Gateway\n"), ("arrays", ""), ("arrays", ARRAYS[:26])):
        whole = (slurm.folder / file).read_text()
        (slurm.folder / file).write_text(answer)
        assert left.end_waiting(slurm.env, seconds=0) == []
        (slurm.folder / file).write_text(whole)
    slurm.says_once("squeue", "Unable to contact slurm controller (connect failure)")
    assert left.end_waiting(slurm.env, seconds=0) == []
    slurm.says_once("squeue", "slurm_load_jobs error: Invalid job id specified")
    assert left.end_waiting(slurm.env) == []
    assert slurm.cancelled == []


@pytest.mark.parametrize("command", ["squeue", "scancel"])
def test_a_slurm_that_is_away_for_a_moment_is_asked_again(command: str, slurm: Slurm) -> None:
    slurm.says_once(command, "Unable to contact slurm controller (connect failure)")
    assert left.end_waiting(slurm.env) == ["12_1", "12_2", "13_0"]
    assert slurm.cancelled == ENDED


def test_another_cluster_of_the_session_and_one_of_which_nothing_waits_are_left_alone(slurm: Slurm) -> None:
    assert left.end_waiting({**slurm.env, left.LABEL: "aif-x9"}) == []
    jobs = slurm.folder / "jobs"
    jobs.write_text(jobs.read_text().replace("PENDING", "RUNNING"))
    assert left.end_waiting(slurm.env) == []
    assert slurm.cancelled == []


def script(port: int, slurm: Slurm) -> str:
    """The first lines of a late worker's, which has no patience; its Python finds the code of this repository."""
    python = slurm.folder / "python"
    python.write_text(f'#!/bin/sh\nshift\nPYTHONPATH={REPOSITORY / "extensions"} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    lines = prologue(f"tls://127.0.0.1:{port}", slurm.env, patience_seconds=0, python=str(python))
    return "\n".join([*lines, "echo the worker begins"])


def said(text: str) -> tuple[int, str]:
    done = subprocess.run(["bash"], input=text, capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_a_late_worker_that_finds_nobody_ends_them_and_goes_no_further(slurm: Slurm) -> None:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))  # and nobody listens
        assert said(script(door.getsockname()[1], slurm)) == (
            0,
            "The cluster of this worker is gone.\nIts session is over. Cancelled what waited of it: 12_1 12_2 13_0\n",
        )
    assert slurm.cancelled == ENDED


def test_one_that_finds_its_cluster_begins_and_asks_slurm_nothing(slurm: Slurm) -> None:
    (slurm.folder / "squeue").unlink()
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert said(script(door.getsockname()[1], slurm)) == (0, "the worker begins\n")
    assert slurm.cancelled == []
