"""The stage of `aif bench chaos`: a hub on the instance's Slurm, with a front before Slurm's commands and gates."""

from __future__ import annotations

import platform
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from aif_hub.bench.chaos.subject import Subject
from aif_hub.bench.chaos.turn import Turn
from aif_hub.bench.processes import processes_of_jobs
from aif_hub.bench.rig import STANDIN, Rig, until
from aif_hub.demo import daemons
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.daemons import Daemon

HERE = Path(__file__).parent
#: Below it Debian has each machine's libraries in a folder of that machine's name.
LIBRARIES = Path("/usr/lib")
#: All of Slurm's commands that hub and launcher run.
COMMANDS = ("sbatch", "scancel", "squeue", "sacct", "sinfo", "sacctmgr", "scontrol")
#: What Slurm says when it could not be asked, so that asking again may help.
_AGAIN = ("Unable to contact", "Socket timed out", "Zero Bytes", "Connection refused", "Connection timed out")


def faketime(libraries: Path = LIBRARIES) -> Path | None:
    """Debian's libfaketime for programs with threads, this machine's own before one of another; None without any."""
    found = sorted(libraries.glob("*/faketime/libfaketimeMT.so.1"))
    own = [path for path in found if path.parts[-3].startswith(platform.machine())]
    return next(iter([*own, *found]), None)


class Stage:
    """One run: hub, proxy, gates and days. `real` people have servers of ours, everybody else the stand-in."""

    def __init__(self, rig: Rig, subject: Subject, real: int) -> None:
        self.rig, self.subject = rig, subject
        self.over = threading.Event()  # the run was broken off: nothing waits any more
        self.hub_turn = Turn()  # who has it is alone in stopping and starting hub and proxy
        self.slurm_turn = Turn()  # likewise with Slurm; who takes both takes Slurm's first: more wait for the hub's
        self.api = subject.api()
        self.real = rig.people[len(rig.people) - real :] if subject.has_real else ()
        self._starts = 0
        #: Slurm still knows the jobs of a run of five minutes ago, which have the same name; ours have later numbers.
        self.last_job_before = 0

    # -- life --------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """Everything made, and the hub answers."""
        known = self.slurm("squeue", "-h", "-a", "-t", "all", "-o", "%A").split()
        self.last_job_before = max(map(int, known), default=0)
        for name in ("gates", "days", "slurm-bin"):
            (self._folder / name).mkdir(mode=0o755)
        (self._folder / "gates").chmod(0o1777)
        for name in ("gate", "server"):
            _program(HERE / f"{name}.sh", self._folder / name)
        for command in COMMANDS:
            _program(HERE / "front.sh", self._folder / "slurm-bin" / command)
        shutil.copyfile(HERE / "hungry.py", self._folder / "hungry.py")
        shutil.copyfile(STANDIN, self._folder / "standin.py")
        (self._folder / "notebook").symlink_to(self.rig.notebook_env)
        for login in self.rig.people:
            if login not in self.real:
                (self._folder / f"gates/standin.{login}").touch()
        self.subject.prepare()
        self.clock(0)
        self.start_proxy()
        self.start_hub()
        until(self.api.answers, "the hub", 90)

    def end(self) -> None:
        """Whoever waits at a gate may go on, and the hub's logs are one."""
        for gate in (self._folder / "gates").glob("*.closed"):
            gate.unlink(missing_ok=True)
        logs = sorted(self._folder.glob(f"{self.hub.name}-*.log"), key=lambda path: int(path.stem.rpartition("-")[2]))
        with (self._folder / "chaos-hub.log").open("wb") as whole:
            for log in logs:
                whole.write(b"== " + log.stem.encode() + b"\n" + log.read_bytes())
                log.unlink()

    def start_hub(self) -> None:
        """Returns at once; each start has a log of its own."""
        self._starts += 1
        daemons.start(replace(self.hub, log_file=self._folder / f"{self.hub.name}-{self._starts}.log"))

    def start_proxy(self) -> None:
        """Likewise."""
        daemons.start(self.proxy)

    @property
    def hub(self) -> Daemon:
        """The hub's process."""
        library = faketime()
        faked = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(self._clock), "FAKETIME_NO_CACHE": "1"}
        return self.subject.hub({**faked, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if library else {})

    @property
    def proxy(self) -> Daemon:
        """The proxy's process."""
        return self.subject.proxy()

    @property
    def hub_pid(self) -> int:
        """Of the hub, which runs."""
        return daemons.pid(self.hub) or 0

    def clock(self, minutes: int) -> None:
        """The hub's clock is so far off from now on."""
        self._clock.write_text(f"{minutes:+d}m\n")

    def pause(self, seconds: float) -> None:
        """Sleeps, but not when the run is over."""
        self.over.wait(seconds)

    @contextmanager
    def calm(self) -> Iterator[None]:
        """Nothing happens to the hub, its proxy or Slurm meanwhile."""
        with self.slurm_turn, self.hub_turn:
            yield

    # -- gates and days ----------------------------------------------------------------------------------------------

    @contextmanager
    def closed(self, gate: str) -> Iterator[None]:
        """Holds what comes to it: before-sbatch-LOGIN, after-sbatch-LOGIN, server-LOGIN."""
        bar = self._folder / f"gates/{gate}.closed"
        bar.touch()
        try:
            yield
        finally:
            bar.unlink(missing_ok=True)
            for waiter in (self._folder / "gates").glob(f"{gate}.[0-9]*"):
                waiter.unlink(missing_ok=True)

    def at_gate(self, gate: str, seconds: float = 60) -> int:
        """The process that waits there."""
        found: list[Path] = []

        def somebody() -> bool:
            found[:] = (self._folder / "gates").glob(f"{gate}.[0-9]*")
            return bool(found)

        until(somebody, f"somebody at {gate}", seconds, 0.1)
        return int(found[0].suffix[1:])

    @contextmanager
    def day(self, name: str, *commands: str) -> Iterator[None]:
        """These commands, of everybody's or COMMAND.LOGIN, have the day of that name in `days/`."""
        try:
            for command in commands:
                self._has_day(name, command)
            yield
        finally:
            for command in commands:
                (self._folder / f"days/{command}").unlink(missing_ok=True)

    def told_preempted(self, job: int) -> None:
        """The hub is told from now on that this job was preempted when it was cancelled."""
        with (self._folder / "preempted.sed").open("a") as script:
            script.write(rf"s/^{job}|\([0-9]*\)|CANCELLED[^|]*|/{job}|\1|PREEMPTED|/" + "\n")
        for command in ("squeue", "sacct"):
            self._has_day("preempted", f"{command}.hub")

    def _has_day(self, name: str, command: str) -> None:
        draft = self._folder / f"days/{command}.new"
        shutil.copyfile(HERE / f"days/{name}.sh", draft)
        draft.replace(self._folder / f"days/{command}")  # at once: it may be read just now

    # -- Slurm -------------------------------------------------------------------------------------------------------

    def slurm(self, *argv: str) -> str:
        """What one of Slurm's commands prints to root, asked again while Slurm is away. CommandFailed if it refuses."""
        env = self.rig.inst.slurm_env
        for _ in range(90):
            asked = outcome(argv, env=env, timeout=60)
            if not asked.returncode or self.over.is_set() or not any(words in asked.stderr for words in _AGAIN):
                break
            self.pause(1)
        return asked.stdout if not asked.returncode else run(argv, env=env)

    def servers(self) -> dict[int, int]:
        """The job of each living process of a session's server."""
        return processes_of_jobs(self.subject.server_word, self.subject.job_name)

    @property
    def _folder(self) -> Path:
        return self.rig.folder

    @property
    def _clock(self) -> Path:
        return self._folder / "clock"


def _program(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)
