"""Python as a notebook runs it, in a person's session on the real Slurm; what it makes is seen in the queue."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from own_hub import OwnHub
from processes import until

HERE = Path(__file__).parent
#: Makes a cluster of what is filled in, and says how many workers it is to have.
START = "from aif import gpu_cluster\nc = gpu_cluster({})\nlen(c.plan)"


class Notebook:
    """A Python of the kernel *Python (data)* in a person's session; `cell` runs code in it."""

    def __init__(self, hub: OwnHub, login: str, session: dict[str, Any]) -> None:
        self.hub, self.login, self.session = hub, login, session
        person = pwd.getpwnam(login)
        self.python = hub.prefix / "env/kernels/aif-python/bin/python"
        env = {"HOME": person.pw_dir, "USER": login, "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self._process = subprocess.Popen(
            [str(self.python), "-c", (HERE / "cells.py").read_text()],
            env=env | {"AIF_SESSION_DIR": str(hub.folder_of(session))},
            cwd=person.pw_dir,
            user=login,
            group=person.pw_gid,
            extra_groups=[],
            umask=0o077,  # as the session's job has it
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def cell(self, code: str) -> Any:
        """The value of its last line."""
        answer = self.answer(code)
        assert "raised" not in answer, answer["trace"]
        return answer["value"]

    def answer(self, code: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(code) + "\n")
        self._process.stdin.flush()
        found: dict[str, Any] = json.loads(self._process.stdout.readline())
        return found

    def jobs(self, state: str = "PENDING,CONFIGURING,RUNNING,COMPLETING") -> list[str]:
        """Ids of the person's worker jobs in Slurm."""
        return self.hub.slurm(
            "squeue", "-h", "-r", "-u", self.login, "-n", "aif-worker", "-t", state, "-o", "%i"
        ).split()

    @contextmanager
    def shown(self, folder: Path) -> Iterator[None]:
        """Shows the person's jobs, and what workers of the cluster in `folder` said, where an assertion fails in it."""
        logs = folder / "logs"
        try:
            yield
        except AssertionError:
            form = "%i|%j|%T|%M|%N|%r|%k"
            print(self.hub.slurm("squeue", "-a", "-r", "-t", "all", "-u", self.login, "-o", form, sure=False))
            for log in sorted(logs.iterdir()) if logs.is_dir() else ():
                print(f"{log.name}:\n{log.read_text(errors='replace')[-6000:]}")
            raise

    def kill(self) -> None:
        os.killpg(self.pid, signal.SIGKILL)
        self._process.wait(10)

    def close(self) -> None:
        if self._process.poll() is None:
            with suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGTERM)
            self._process.communicate(timeout=60)


@contextmanager
def session_of(hub: OwnHub, person: str, profile: str, minutes: int = 60) -> Iterator[dict[str, Any]]:
    """A running session of that person's."""
    hub.start()
    login = hub.login(person)
    assert hub.ask_for(login, profile=profile, minutes=minutes).status in (201, 202)
    yield hub.await_ready(login)
    hub.ask_to_stop(login)
    hub.await_ended(login)


@contextmanager
def notebook_in(hub: OwnHub, person: str, session: dict[str, Any]) -> Iterator[Notebook]:
    """A notebook in that session, of which no worker is left."""
    made = Notebook(hub, hub.login(person), session)
    yield made
    made.close()
    until(lambda: not made.jobs(), "no worker is left", 60)


@contextmanager
def held(hub: OwnHub) -> Iterator[None]:
    """No new job starts meanwhile, on any node."""
    nodes = "nodename=gpu01,gpu02,gpu03,mig01"
    hub.slurm("scontrol", "update", nodes, "state=drain", "reason=a test of aif")
    try:
        yield
    finally:
        hub.slurm("scontrol", "update", nodes, "state=resume")


@contextmanager
def closed(hub: OwnHub, partition: str) -> Iterator[None]:
    """Slurm takes no job there."""
    hub.slurm("scontrol", "update", f"partitionname={partition}", "state=inactive")
    try:
        yield
    finally:
        hub.slurm("scontrol", "update", f"partitionname={partition}", "state=up")
