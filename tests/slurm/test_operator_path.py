"""The operators' page operators/install.md, followed word for word on the demo's Slurm as if that were a site's own.

Only names and places on the page are exchanged, so that nothing meets another instance; where no systemd runs,
`as_systemd.py` starts the units.
"""

from __future__ import annotations

import grp
import json
import os
import pwd
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docs_blocks
import pytest
from person_client import Person
from processes import alive, until

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(1800)]
PAGE = "operators/install.md"
TESTS = Path(__file__).parents[1]


class Operator:
    """Somebody who follows the page as root: one shell for it all, in a checkout."""

    def __init__(self, instance: dict[str, Any], folder: Path) -> None:
        self.name = f"{instance['instance']}s"
        self.prefix = Path(instance["prefix"]).parent / self.name
        self.person = f"{instance['instance']}-marieke"
        self.port = _free_port()
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
            for folder in (self.prefix, Path(f"/var/lib/{self.name}"), site.parent):
                shutil.rmtree(folder, ignore_errors=True)

    def _logs(self) -> str:
        return "\n".join(path.read_text(errors="replace")[-3000:] for path in self._folder.glob("*.log"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def operator(instance: dict[str, Any], tmp_path: Path) -> Iterator[Operator]:
    somebody = Operator(instance, tmp_path)
    somebody.leave_nothing()
    try:
        yield somebody
    finally:
        somebody.leave_nothing()


def test_the_page_leads_from_a_slurm_to_a_session_and_back(operator: Operator, instance: dict[str, Any]) -> None:
    blocks = iter(docs_blocks.blocks(PAGE))
    site_file = Path(f"/etc/{operator.name}/site.toml")

    operator.type(next(blocks).code)  # 1. the software
    operator.type(next(blocks).code)  # … on the PATH
    said = operator.type(next(blocks).code)  # 2. the site file
    assert "partition mig: 1 node, h100_1g.10gb" in said
    assert site_file.exists()

    said = operator.type(next(blocks).code)  # 3. this host
    assert f"would write /etc/sudoers.d/{operator.name}-hub" in said
    assert pwd.getpwnam(f"{operator.name}-hub").pw_uid < 1000
    operator.let_read_logins()

    operator.type(next(blocks).code)  # 4. the people
    assert operator.person in grp.getgrnam(f"{operator.name}-people").gr_mem

    said = operator.type(next(blocks).code)  # 5. is everything as it should be?
    assert "0 wrong" in said
    for size in ("slice", "gpu", "node", "cpu"):
        assert f"✓ profile.{size} as {operator.person}: Slurm would start it at" in said
    assert f"✓ Port {operator.port} (proxy) is free." in said

    said = operator.type(next(blocks).code)  # 6. start
    assert "0 wrong" in said
    assert f"✓ Port {operator.port} (proxy) is ours." in said
    somebody = Person(operator.instance_like(instance), "marieke")
    try:
        somebody.start({"profile": "cpu", "minutes": "15"})
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0

        hub, proxy = operator.main_pid("hub"), operator.main_pid("proxy")
        operator.type(next(blocks).code)  # a change of the site file
        until(lambda: not alive(hub), "the old hub is gone")
        assert alive(proxy), "open notebooks go through the proxy, which must not restart with the hub"
        assert somebody.api("GET", f"user/{somebody.login}/api/status")["kernels"] == 0
        operator.type(
            f"curl -fsS --retry 60 --retry-all-errors --retry-delay 1 http://127.0.0.1:{operator.port}/hub/health"
        )
    finally:
        somebody.stop_all()

    operator.type(next(blocks).code)  # take it away again
    assert not alive(proxy)
    assert not Path(f"/etc/sudoers.d/{operator.name}-hub").exists()
    with pytest.raises(KeyError):
        pwd.getpwnam(f"{operator.name}-hub")
    operator.type(next(blocks).code)  # … with the data
    places = [Path("/etc").rglob(f"{operator.name}*"), Path("/var/lib").glob(f"{operator.name}*")]
    assert [path for found in places for path in found] == []
    assert not operator.prefix.exists()
    assert next(blocks, None) is None, "the page has more commands than this test follows"


def test_check_finds_nothing_wrong_with_the_demo_itself(instance: dict[str, Any]) -> None:
    """The demo's own site file, looked at as if it were a site's: it is not set up by `aif install`, and runs."""
    aif, site = Path(instance["prefix"]) / "env/hub/bin/aif", Path(instance["prefix"]) / "etc/site.toml"
    words = ["check", "--site", site, "--as", f"{instance['instance']}-marieke", "--json"]
    done = subprocess.run([aif, *words], capture_output=True, text=True, timeout=120, check=False)
    told = json.loads(done.stdout)
    assert [finding for finding in told["findings"] if finding["level"] == "wrong"] == []
    assert (done.returncode, told["ok"]) == (0, True)
    assert {"Slurm", "Accounting and budgets", "Clocks"} <= {finding["section"] for finding in told["findings"]}
    assert all(finding["fix"] for finding in told["findings"] if finding["level"] == "warning")
