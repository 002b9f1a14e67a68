"""Somebody who sets up a site of their own on the demo's Slurm, as root, by the commands of the operators' pages.

Only names and places are exchanged, so that nothing meets another instance; where no systemd runs, `as_systemd.py`
starts the units.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from ports import free_ports

TESTS = Path(__file__).parent


class Operator:
    """Somebody who follows the page as root: one shell for it all, in a checkout."""

    def __init__(self, instance: dict[str, Any], folder: Path) -> None:
        self.name = f"{instance['instance']}s"
        self.prefix = Path(instance["prefix"]).parent / self.name
        self.person = f"{instance['instance']}-marieke"
        self.port = free_ports(1)[0]
        self._folder = folder
        self._source = instance["source"]
        self._exchanged = {
            "/etc/slurm/slurm.conf": instance["slurm_conf"],
            "/opt/aif/site": str(self.prefix),
            "http://127.0.0.1:8000": f"http://127.0.0.1:{self.port}",
            "--sign-in pam": f"--sign-in demo --logins {folder}/logins.json",  # in place of the site's passwords
            "marieke": self.person,
            "olga": f"{instance['instance']}-olga",
            "--units aif ": f"--units {self.name} ",
            "aif-people": f"{self.name}-people",
            "aif-proxy.service": f"{self.name}-proxy.service",
            "aif-hub.service": f"{self.name}-hub.service",
            "/var/lib/aif": f"/var/lib/{self.name}",
            "/etc/aif": f"/etc/{self.name}",
        }
        shutil.copy(Path(instance["prefix"]) / "etc/demo-logins.json", folder / "logins.json")
        self._shell = folder / "shell"
        self._shell.write_text("")
        if not Path("/run/systemd/system").exists():
            systemctl = folder / "bin/systemctl"
            systemctl.parent.mkdir()
            systemctl.write_text(f'#!/bin/sh\nexec {sys.executable} -B {TESTS}/as_systemd.py {folder} "$@"\n')
            systemctl.chmod(0o755)

    def instance_like(self, instance: dict[str, Any]) -> dict[str, Any]:
        """What `Person` needs to find the hub and the person's password."""
        return {**instance, "ports": {"public": self.port}}

    def type(self, code: str, *, sure: bool = True, timeout: float = 900) -> str:
        """What a block of the page prints, with its names exchanged for ours; variables stay for the next one."""
        for written, ours in self._exchanged.items():
            code = code.replace(written, ours)
        script = f"set -euo pipefail\nsource {self._shell}\n{code}\nexport -p > {self._shell}\n"
        environ = {
            "PATH": f"{self._folder}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LANG": "C.UTF-8",
            "AIF_SITE": f"/etc/{self.name}/site.toml",
            **{
                key: value
                for key, value in os.environ.items()
                if key.startswith(("PIP_", "UV_", "NPM_", "npm_", "SSL_"))
            },
        }
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._source,
            env=environ,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        assert done.returncode == 0 or not sure, f"{code}\n{done.stdout}\n{done.stderr}\n{self._logs()}"
        return done.stdout

    def let_read_logins(self) -> None:
        """The hub's user reads the demo's file of passwords; pytest's own folders are closed to others."""
        logins = self._folder / "logins.json"
        target = self.prefix / "etc/logins.json"
        site = Path(f"/etc/{self.name}/site.toml")
        shutil.copy(logins, target)
        shutil.chown(target, group=f"{self.name}-hub")
        target.chmod(0o640)
        site.write_text(site.read_text().replace(str(logins), str(target)))

    def main_pid(self, part: str) -> int:
        """The unit's main process."""
        pid_file = self._folder / f"{self.name}-{part}.service.pid"
        if pid_file.exists():
            return int(pid_file.read_text())
        shown = subprocess.run(
            ["systemctl", "show", "-P", "MainPID", f"{self.name}-{part}.service"],
            capture_output=True,
            text=True,
            check=True,
        )
        return int(shown.stdout)

    def leave_nothing(self) -> None:
        """Whatever a page that was not followed to its end has left, in this run or in one that was killed."""
        units, site = f"{self.name}-hub.service {self.name}-proxy.service", Path(f"/etc/{self.name}/site.toml")
        try:
            if Path(f"/etc/systemd/system/{self.name}-hub.service").exists():
                self.type(f"systemctl disable --now {units}", sure=False)
            if site.exists() and (self.prefix / "bin/aif").exists():
                self.type(f"{self.prefix}/bin/aif install --remove", sure=False)
        finally:
            aside = Path("/var/lib").glob(f"{self.name}.before-*")  # of ways back
            for folder in (self.prefix, Path(f"/var/lib/{self.name}"), site.parent, *aside):
                shutil.rmtree(folder, ignore_errors=True)
            for gone in (f"userdel {self.name}-hub", f"groupdel {self.name}-hub", f"groupdel {self.name}-people"):
                subprocess.run(gone.split(), capture_output=True, check=False)  # the record of who made them is gone

    def _logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self._folder.glob("*.log"))
