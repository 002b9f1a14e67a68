"""Where the tests' own hub lives: its folder, ports, launcher, settings and gates, all under the instance's prefix."""

from __future__ import annotations

import json
import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from string import Template
from typing import Any

from ports import free_ports
from processes import until

from aif_hub.launcher.install import install_launcher

HERE = Path(__file__).parent
REPOSITORY = HERE.parent
BENCH = REPOSITORY / "hub_config/aif_hub/bench"
TOKEN = "a-token-of-the-tests-alone"  # noqa: S105  # of a hub that listens on loopback for some minutes

METRICS_TOKEN = "another-token-of-the-tests"  # noqa: S105  # likewise

LEDGER_TOKEN = "a-third-token-of-the-tests"  # noqa: S105  # likewise


#: What a log says of each answer and each failed try; the rest is what to read when a test has failed.
ROUTINE = re.compile(r"log:192\] (200|201|204|302|304) |ConfigProxy|^ +(at|errno|code|syscall|address|port)\b|^}$")


class Place:
    """Everything that the hub needs, made; programs start from here as the instance's hub user."""

    #: The folder's name below the instance's prefix: two hubs may live side by side.
    place = "own-hub"
    #: The hub's configuration; `config.py.in` loads the workbench's own.
    config = HERE / "slurm/own_hub/config.py.in"

    def __init__(self, instance: Mapping[str, Any], place: str = "", login: str = "", hub: str = "") -> None:
        """`login` stands in the site file in place of the demo's [login], `hub` under its [hub]."""
        self.place = place or self.place
        self.extra_groups: list[int] = []  # of the hub's and the proxy's processes
        self.name = instance["instance"]
        self.user = instance["hub_user"]
        self.job_name = f"aif-{self.name}"
        self.instance = instance
        self.prefix = Path(instance["prefix"])
        self.folder = self.prefix / self.place
        self.state = self.folder / "state"
        self.port, self.api_port, self._proxy_port = free_ports(3)
        self._sudoers = Path(f"/etc/sudoers.d/{self.job_name}-{self.place}")
        self._login = login or f'kind = "demo"\nlogins = "{self.prefix}/etc/demo-logins.json"'
        self._hub_lines = hub
        self._make()

    def remove(self) -> None:
        """Nothing of it left, unless $AIF_KEEP_OWN_HUB asks to keep the logs. Their end is shown with a failed test."""
        self._sudoers.unlink(missing_ok=True)
        for log in self.folder.glob("*.log"):
            lines = log.read_text(errors="replace").splitlines(keepends=True)
            print(f"{log}:\n{''.join(line for line in lines if not ROUTINE.search(line))[-6000:]}")
        if not os.environ.get("AIF_KEEP_OWN_HUB"):
            shutil.rmtree(self.folder)

    # -- gates -------------------------------------------------------------------------------------------------------

    @contextmanager
    def closed(self, gate: str) -> Iterator[None]:
        """Holds whatever comes to it: launcher, before-sbatch, after-sbatch; of one person alone: before-sbatch-LOGIN,
        scancel-LOGIN, server-LOGIN.
        """
        self.close_gate(gate)
        try:
            yield
        finally:
            self.open_gate(gate)

    def close_gate(self, gate: str) -> None:
        (self.gates / f"{gate}.closed").touch()

    def open_gate(self, gate: str) -> None:
        (self.gates / f"{gate}.closed").unlink(missing_ok=True)
        for waiter in self.gates.glob(f"{gate}.*"):
            waiter.unlink()

    def await_at_gate(self, gate: str) -> int:
        """The id of the process that waits there."""
        waiter = until(lambda: next(self.gates.glob(f"{gate}.[0-9]*"), None), f"somebody waits at {gate}", 30)
        return int(waiter.suffix[1:])

    @contextmanager
    def refusing_to_cancel(self, login: str) -> Iterator[None]:
        """Has Slurm say no to each scancel of that person."""
        mark = self.gates / f"scancel-refused.{login}"
        mark.touch()
        try:
            yield
        finally:
            mark.unlink(missing_ok=True)

    def use_standin(self, login: str) -> None:
        """From now on that person's new sessions are stand-ins; of the hub that all tests share, in this module."""
        (self.gates / f"standin.{login}").touch()

    def end_standins(self) -> None:
        """From now on everybody's new sessions are servers; what runs stays what it is."""
        for mark in self.gates.glob("standin.*"):
            mark.unlink(missing_ok=True)

    # -- making ------------------------------------------------------------------------------------------------------

    @property
    def gates(self) -> Path:
        return self.folder / "gates"

    def _make(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("", "etc", "gates", "slurm-bin", "state"):
            (self.folder / name).mkdir(mode=0o755)
        self.gates.chmod(0o1777)
        shutil.chown(self.state, self.user)
        self.state.chmod(0o700)
        for name in ("gate", "server"):
            _program(BENCH / f"chaos/{name}.sh", self.folder / name)
        for command in ("sbatch", "scancel"):
            _program(HERE / f"slurm/{command}.sh", self.folder / "slurm-bin" / command)
        for command in ("squeue", "sacct"):
            (self.folder / "slurm-bin" / command).symlink_to(f"/usr/bin/{command}")
        shutil.copyfile(BENCH / "standin.py", self.folder / "standin.py")
        shutil.copyfile(BENCH / "chaos/hungry.py", self.folder / "hungry.py")
        shutil.copyfile(HERE / "slurm/own_hub/seen.py", self.folder / "seen.py")
        (self.folder / "notebook").symlink_to(self.prefix / "env/notebook")
        self._make_launcher()
        for kind, secret in (("metrics", METRICS_TOKEN), ("ledger", LEDGER_TOKEN)):
            token = self.folder / f"etc/{kind}-token"
            token.write_text(secret + "\n")
            shutil.chown(token, self.user)
            token.chmod(0o600)
        values = {
            "prefix": self.prefix,
            "folder": self.folder,
            "port": self.port,
            "api_port": self.api_port,
            "proxy_port": self._proxy_port,
            "name": self.name,
            "job_name": self.job_name,
            "slurm_conf": self.instance["slurm_conf"],
            "addresses": ", ".join(f'{node} = "{at}"' for node, at in self.instance["addresses"].items()),
            "config": _first_there(
                self.prefix / "env/hub/etc/jupyterhub/jupyterhub_config.py",
                REPOSITORY / "hub_config/jupyterhub_config.py",
            ),
            "token": TOKEN,
            "login": self._login,
            "hub_lines": self._hub_lines,
        }
        (self.folder / "site.toml").write_text(self.site(values))
        (self.folder / "config.py").write_text(Template(self.config.read_text()).substitute(values))

    def site(self, values: Mapping[str, Any]) -> str:
        """The site file of this hub."""
        return Template((HERE / "slurm/own_hub/site.toml").read_text()).substitute(values)

    def _make_launcher(self) -> None:
        program = install_launcher(self.folder)
        settings = {
            "hub_user": self.user,
            "people_group": f"{self.job_name}-people",
            "min_uid": 1000,
            "slurm_conf": self.instance["slurm_conf"],
            "slurm_bin": f"{self.folder}/slurm-bin",
            "job_name": self.job_name,
            "server_commands": {"lab": [f"{self.folder}/server"]},
        }
        (self.folder / "etc/launcher.json").write_text(json.dumps(settings))
        self._sudoers.touch(0o440)
        self._sudoers.write_text(f'{self.user} ALL=(root) NOPASSWD: {program} ""\n')

    def run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        person = pwd.getpwnam(self.user)
        binaries = self.prefix / "env/hub/bin"
        environ = {
            "PATH": f"{binaries}:/usr/bin:/bin",
            "HOME": str(self.state),
            "LANG": "C.UTF-8",
            "AIF_SITE": f"{self.folder}/site.toml",
            "CONFIGPROXY_AUTH_TOKEN": "of-this-test-alone",
        }
        if "COVERAGE_PROCESS_START" in os.environ:
            environ["COVERAGE_PROCESS_START"] = os.environ["COVERAGE_PROCESS_START"]
        with (self.folder / f"{program}.log").open("ab") as log:
            return subprocess.Popen(
                [str(binaries / program), *arguments],
                user=person.pw_uid,
                group=person.pw_gid,
                extra_groups=[*os.getgrouplist(self.user, person.pw_gid), *self.extra_groups],
                env=environ,
                cwd=self.state,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def proxy_options(self) -> list[str]:
        certs = self.state / "internal-ssl"
        options = {"ip": "127.0.0.1", "port": self.port, "api-ip": "127.0.0.1", "api-port": self._proxy_port}
        words = [f"--{key}={value}" for key, value in options.items()]
        words.append(f"--error-target=https://127.0.0.1:{self.api_port}/hub/error")
        for side, name in (("api", "proxy-api"), ("client", "proxy-client")):
            words += [
                f"--{side}-ssl-key={certs}/{name}/{name}.key",
                f"--{side}-ssl-cert={certs}/{name}/{name}.crt",
                f"--{side}-ssl-ca={certs}/{name}-ca_trust.crt",
                f"--{side}-ssl-request-cert",
                f"--{side}-ssl-reject-unauthorized",
            ]
        return words


def _program(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    target.chmod(0o755)


def _first_there(*paths: Path) -> Path:
    return next(path for path in paths if path.exists())
