"""The last worker of a cluster whose session is over ends those that wait, in whichever way it ends itself."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fakehub import REPOSITORY
from waiting_slurm import ENDED, Slurm

from aif.scale import guard

HERE = Path(__file__).parent
#: A worker's guard as Dask loads it, with less patience; nobody answers at its scheduler's port. What comes of it is
#: the nanny's end, where `close` is among the words, or the guard's own.
GUARD = """
import asyncio, sys
from types import SimpleNamespace
from aif.scale import guard

_, port, *words = sys.argv

async def identity(**options):
    raise OSError("nobody is here")

async def main():
    scheduler = SimpleNamespace(address=f"tls://127.0.0.1:{port}", identity=identity)
    nanny = SimpleNamespace(scheduler=scheduler, process=None, is_alive=lambda: "alive" in words)
    if "close" in words:
        guard.dask_setup(nanny)
        await guard.dask_teardown(nanny)
        await guard.dask_teardown(nanny)
    else:
        nanny.aif_ending = None
        await guard.watch(nanny, guard.Limits(gone=0.2, silent=60.0, every=0.05, seldom=0.1))

asyncio.run(main())
"""


def guarded(slurm: Slurm, *words: str, port: int = 0, **told: str) -> int:
    """What the job of a worker whose cluster is gone ends with."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))  # and nobody listens
        env = {"PATH": os.defpath, "PYTHONPATH": str(REPOSITORY / "extensions"), **slurm.env, **told}
        env = {name: value for name, value in env.items() if value}
        argv = [sys.executable, "-c", GUARD, str(port or door.getsockname()[1]), *words]
        return subprocess.run(argv, env=env, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


def test_a_worker_that_lost_its_cluster_ends_them_with_itself(slurm: Slurm) -> None:
    assert guarded(slurm) == guard.STATUS
    assert slurm.cancelled == ENDED


def test_it_ends_itself_whatever_slurm_says_or_is_not_told(slurm: Slurm) -> None:
    slurm.shows("RUNNING")
    assert guarded(slurm) == guard.STATUS
    assert guarded(slurm, AIF_SLURM_BIN="/nonesuch") == guard.STATUS
    assert guarded(slurm, AIF_SLURM_CONF="") == guard.STATUS
    assert slurm.cancelled == []


def test_one_that_ends_by_itself_because_its_scheduler_is_gone_ends_them_once(slurm: Slurm) -> None:
    assert guarded(slurm, "close") == 0
    assert slurm.cancelled == ENDED


def test_one_that_ends_beside_its_scheduler_or_is_ended_asks_slurm_nothing(slurm: Slurm) -> None:
    (slurm.folder / "squeue").write_text(f"#!/bin/sh\ntouch {slurm.folder}/asked\n")
    assert guarded(slurm, "close", "alive") == 0
    with socket.create_server(("127.0.0.1", 0)) as door:
        assert guarded(slurm, "close", port=door.getsockname()[1]) == 0
    assert not (slurm.folder / "asked").exists()


#: A scheduler that says where it is, and that its one worker and the nanny of that have all come up.
SCHEDULER = """
import asyncio, sys
from distributed import Client, Scheduler

async def main():
    async with Scheduler(host="127.0.0.1", port=0, dashboard_address=":0", local_directory=sys.argv[1]) as scheduler:
        print(scheduler.address, flush=True)
        async with Client(scheduler.address, asynchronous=True) as client:
            await client.wait_for_workers(1)
            while "running" not in (await client.run(lambda dask_worker: dask_worker.status.name, nanny=True)).values():
                await asyncio.sleep(0.1)
            print("all are here", flush=True)
            await scheduler.finished()

asyncio.run(main())
"""
WORKER = ("-m", "distributed.cli.dask_worker", "--no-dashboard", "--nthreads", "1", "--memory-limit", "0")


@contextmanager
def started(*argv: str, **options: object) -> Iterator[subprocess.Popen[str]]:
    # Popen is typed by each option, and these are of any kind.
    process = subprocess.Popen(argv, text=True, **options)  # type: ignore[call-overload]
    with process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.slow
@pytest.mark.timeout(120)
def test_dask_has_an_idle_worker_end_them_though_its_guard_never_comes_to_it(slurm: Slurm) -> None:
    python = os.environ.get("AIF_TEST_PYTHON") or sys.executable
    if subprocess.run([python, "-c", "import distributed"], capture_output=True, timeout=60).returncode:
        pytest.skip("set AIF_TEST_PYTHON to the data kernel's Python; this one lacks distributed")
    env = {
        "PATH": os.defpath,
        "PYTHONPATH": str(REPOSITORY / "extensions"),
        "PYTHONDONTWRITEBYTECODE": "1",
        **slurm.env,
    }
    with started(python, "-c", SCHEDULER, str(slurm.folder), env=env, stdout=subprocess.PIPE) as scheduler:
        assert scheduler.stdout is not None
        options = ("--local-directory", str(slurm.folder / "spill"), "--preload-nanny", guard.__name__)
        argv = (python, *WORKER, scheduler.stdout.readline().strip(), *options)
        with started(*argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as worker:
            assert worker.stdout is not None
            assert scheduler.stdout.readline() == "all are here\n"
            scheduler.kill()
            said = worker.stdout.readlines()
            assert worker.wait(60) == 0, "".join(said)
    assert slurm.cancelled == ENDED, "".join(said)
    assert not any("is gone: this worker ends" in line for line in said), "it had ended before"
