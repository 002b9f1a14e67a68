"""What waits of a cluster whose session is over ends with the first worker that finds it gone; nothing else does."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from fakehub import REPOSITORY

from aif.core.site import Cluster
from aif.scale import guard, left
from aif.scale.prologue import prologue

SESSION = 77
#: Answers as the two questions are answered, and writes down what is cancelled.
SQUEUE = 'case "$*" in *" -j "*) cat "$(dirname "$0")/jobs" ;; *) cat "$(dirname "$0")/arrays" ;; esac\n'
SCANCEL = 'echo "$*" >>"$(dirname "$0")/cancelled"\n'
ARRAYS = """\
ARRAY_JOB_ID|COMMENT
12|mine 0123 aif-x7/1
13|0123 aif-x7/2
14|0123 aif-x8/1
77|(null)
"""
HEAD = "JOBID|STATE|EXEC_HOST|START_TIME|TIME|REASON\n"
WORKERS = """\
12_0|RUNNING|gpu01|1806588000|30:00|None
12_1|PENDING|n/a|N/A|0:00|Priority
12_2|PENDING|n/a|N/A|0:00|Priority
13_0|PENDING|n/a|N/A|0:00|Priority
13_1|COMPLETED|gpu02|1806588000|1:00|None
"""


class Slurm:
    """Its commands in a folder, which answer what is written there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, script in (("squeue", SQUEUE), ("scancel", SCANCEL)):
            program = folder / name
            program.write_text(f"#!/bin/sh\n{script}")
            program.chmod(0o755)
        (folder / "arrays").write_text(ARRAYS)
        self.shows("")

    def shows(self, session: str) -> None:
        """The session's job so; not at all where that is empty."""
        row = f"{SESSION}|{session}|gpu03|1806588000|9:00|None\n" if session else ""
        (self.folder / "jobs").write_text(HEAD + row + WORKERS)

    @property
    def env(self) -> dict[str, str]:
        return left.told(Cluster("demo", "/etc/slurm.conf", str(self.folder)), "aif-x7", SESSION)

    @property
    def cancelled(self) -> list[str]:
        file = self.folder / "cancelled"
        return file.read_text().splitlines() if file.exists() else []


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


@pytest.mark.parametrize("session", ["", "NODE_FAIL", "CANCELLED by 0", "TIMEOUT", "PENDING"])
def test_what_waits_is_cancelled_where_the_sessions_job_is_over(session: str, slurm: Slurm) -> None:
    slurm.shows(session)
    assert left.end_waiting(slurm.env) == ["12_1", "12_2", "13_0"]
    assert slurm.cancelled == ["-Q 12_[1,2] 13_[0]"], "in one command, and nothing that runs or is another cluster's"


@pytest.mark.parametrize("session", ["RUNNING", "SUSPENDED", "COMPLETING", "A_NEW_WORD"])
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
        assert left.end_waiting(slurm.env) == []
        (slurm.folder / file).write_text(whole)
    (slurm.folder / "squeue").write_text("#!/bin/sh\necho 'Unable to contact slurm controller' >&2\nexit 1\n")
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
        assert said(script(door.getsockname()[1], slurm)) == (0, "The cluster of this worker is gone.\n")
    assert slurm.cancelled == ["-Q 12_[1,2] 13_[0]"]


def test_one_that_finds_its_cluster_begins_and_asks_slurm_nothing(slurm: Slurm) -> None:
    (slurm.folder / "squeue").unlink()
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert said(script(door.getsockname()[1], slurm)) == (0, "the worker begins\n")
    assert slurm.cancelled == []


#: A worker's guard as Dask loads it, with less patience; there is nobody at its scheduler's port.
GUARD = """
import asyncio, sys
from types import SimpleNamespace
from aif.scale.guard import Limits, watch

async def identity(**options):
    raise OSError("nobody is here")

scheduler = SimpleNamespace(address=f"tls://127.0.0.1:{sys.argv[1]}", identity=identity)
limits = Limits(gone=0.2, silent=60.0, every=0.05, seldom=0.1)
asyncio.run(watch(SimpleNamespace(scheduler=scheduler, process=None), limits))
"""


def guarded(slurm: Slurm) -> int:
    """What the job of a worker whose cluster is gone ends with."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        env = {"PATH": os.defpath, "PYTHONPATH": str(REPOSITORY / "extensions"), **slurm.env}
        argv = [sys.executable, "-c", GUARD, str(door.getsockname()[1])]
        return subprocess.run(argv, env=env, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode


def test_a_worker_that_lost_its_cluster_ends_them_with_itself(slurm: Slurm) -> None:
    assert guarded(slurm) == guard.STATUS
    assert slurm.cancelled == ["-Q 12_[1,2] 13_[0]"]


def test_it_ends_itself_whatever_slurm_says(slurm: Slurm) -> None:
    slurm.shows("RUNNING")
    assert guarded(slurm) == guard.STATUS
    (slurm.folder / "squeue").unlink()
    assert guarded(slurm) == guard.STATUS
    assert slurm.cancelled == []
