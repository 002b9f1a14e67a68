"""Programs run by the data kernel's Python in a person's session, as Jupyter runs a kernel, and one that computes."""

from __future__ import annotations

import asyncio
import json
import os
import pwd
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from aif_hub.bench import in_session, ours
from aif_hub.bench.auditor import Auditor, Seen
from aif_hub.bench.course import say
from aif_hub.bench.rig import Rig, until
from aif_hub.demo.commands import PATH, run
from aif_hub.demo.errors import DemoError

COMPUTING = Path(__file__).with_name("computing.py")


class InSession:
    """The newest session of a person: its folder, its facts, and programs in it."""

    def __init__(self, made: Rig, login: str, kernel: str = "aif-python") -> None:
        person = pwd.getpwnam(login)
        self.made, self.login, self.home = made, login, person.pw_dir
        self._ids = person.pw_uid, person.pw_gid
        sessions = Path(person.pw_dir, ".aif/sessions").iterdir()
        self._folder = max(sessions, key=lambda folder: folder.stat().st_mtime)
        self._python = made.inst.env(f"kernels/{kernel}") / "bin/python"
        if not self._python.exists():
            raise DemoError(f"The kernel {kernel} is not built here: `aif up` builds it.")
        self.public: dict[str, Any] = json.loads((self._folder / "public.json").read_text())

    @classmethod
    def begin(
        cls,
        made: Rig,
        login: str,
        minutes: int,
        kernel: str = "aif-python",
        profile: str = "slice",
        memory_gb: int = 1,
    ) -> InSession:
        """A new one of that length and size, at a hub of ours that is started for it."""
        ours.prepare(made)
        ours.write_site(made, "lab", memory_gb=memory_gb)
        api = ours.start(made)

        async def start() -> None:
            await api.know([login])
            await in_session.start(api, login, minutes, profile)

        asyncio.run(start())
        return cls(made, login, kernel)

    def size(self, name: str) -> dict[str, Any]:
        """What the session was told of that worker size."""
        found: dict[str, Any] = next(one for one in self.public["scale"]["sizes"] if one["name"] == name)
        return found

    def inside(self, argv: Sequence[str | Path], *, timeout: float, **env: str) -> str:
        """What a program says that runs in the session's own job, with what Slurm gave to it, as the person."""
        told = {"HOME": self.home, "USER": self.login, "AIF_SESSION_DIR": str(self._folder), "LANG": "C.UTF-8", **env}
        step = [
            "srun",
            f"--jobid={self.public['job_id']}",
            "--overlap",
            "--ntasks=1",
            f"--chdir={self.home}",
            "--quiet",
        ]
        return run([*step, *argv], env={**self.made.inst.slurm_env, **told}, user=self.login, timeout=timeout)

    def program(self, source: Path, *words: str, log: Path) -> subprocess.Popen[str]:
        """`source` with these arguments, as the person; its complaints go to `log`. Ended by who started it."""
        env = {"HOME": self.home, "USER": self.login, "PATH": PATH, "LANG": "C.UTF-8", **self.made.inst.slurm_env}
        with log.open("ab") as errors:
            return subprocess.Popen(
                [str(self._python), "-c", source.read_text(), *words],
                env=env | {"AIF_SESSION_DIR": str(self._folder)},
                cwd=self.home,
                user=self._ids[0],
                group=self._ids[1],
                extra_groups=[],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                start_new_session=True,
            )


class Kernel:
    """A kernel with a cluster of `workers`, which computes until it is closed or killed; the auditor hears it all."""

    def __init__(self, session: InSession, auditor: Auditor, workers: int, size: str, *, adapts: bool) -> None:
        self.workers, self._auditor = workers, auditor
        self.cluster, self.text = "", ""
        self._log = session.made.folder / "chaos.log"
        self._answers: queue.Queue[str] = queue.Queue()
        facts = {"workers": workers, "size": size, "hours": 4, "adapts": adapts}
        self._process = session.program(COMPUTING, json.dumps(facts), log=self._log)
        self._expected = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            until(lambda: bool(self.cluster) or not self.alive, "the kernel's cluster", 60)
            if not self.cluster:
                raise DemoError(f"The kernel ended by itself: {self._log.read_text()[-2000:]}")
        except BaseException:
            self.close()
            raise

    @property
    def alive(self) -> bool:
        """Whether its process is."""
        return self._process.poll() is None

    def signal(self, number: signal.Signals) -> None:
        """Sent to its process alone."""
        os.kill(self._process.pid, number)

    def kill(self) -> None:
        """kill -9, as it is for a kernel that takes too much memory."""
        self._expected = True
        self.signal(signal.SIGKILL)
        self._process.wait(10)
        self._reader.join(10)

    def scale(self, number: int) -> str:
        """What the cluster said against it; empty where it was done."""
        self._write(f"{number}\n")
        try:
            return self._answers.get(timeout=90)
        except queue.Empty:
            raise DemoError(f"scale({number}) did not return within 90 s.") from None

    def close(self) -> None:
        """Its input ends, so it closes its cluster; killed where that takes too long."""
        self._expected = True
        if self.alive:
            self.signal(signal.SIGCONT)
            with suppress(OSError):
                assert self._process.stdin is not None  # noqa: S101 - it was asked for
                self._process.stdin.close()
            try:
                self._process.wait(180)
            except subprocess.TimeoutExpired:
                say("a kernel does not end by itself and is killed")
                self.kill()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None  # noqa: S101 - it was asked for
        self._process.stdin.write(line)
        self._process.stdin.flush()

    def _read(self) -> None:
        assert self._process.stdout is not None  # noqa: S101 - it was asked for
        for line in self._process.stdout:
            with suppress(ValueError):  # the last line of a killed kernel may be half a line
                self._take(json.loads(line))
        if not self._expected:
            self._auditor.result(0.0, f"the kernel ended by itself: {self._log.read_text()[-1000:]}")

    def _take(self, told: dict[str, Any]) -> None:
        if "seen" in told:
            self.text = told["text"]
            self._auditor.seen(Seen(**{**told["seen"], "jobs": frozenset(told["seen"]["jobs"])}))
        elif "result" in told:
            if told["problem"]:
                say(f"  wrong: {told['problem']}")
            self._auditor.result(told["began"], told["problem"])
        elif "scaled" in told:
            self._answers.put(told["said"])
        else:
            self.cluster = told["cluster"]
