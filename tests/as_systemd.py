"""Starts what a unit file says, word for word, on a machine where no systemd runs: as its user, with its environment,
working folder, umask and capabilities. Settings of namespaces and filters are systemd's own and left out."""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
from pathlib import Path


class Unit:
    """A service from its file. `start` runs ExecStartPre to its end and leaves ExecStart running."""

    def __init__(self, path: Path, log: Path) -> None:
        self._settings: dict[str, list[str]] = {}
        for line in path.read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self._settings.setdefault(key, []).append(value)
        self._log = log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """The service, running."""
        for line in self._settings.get("ExecStartPre", []):
            with self._log.open("ab") as log:
                subprocess.run(self._argv(line), **self._surroundings(log), check=True, timeout=120)
        with self._log.open("ab") as log:
            self.process = subprocess.Popen(self._argv(self._one("ExecStart")), **self._surroundings(log))

    def stop(self) -> None:
        """SIGTERM to the main process and SIGKILL to what is left of its group, as KillMode=mixed has it."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process = None

    def _one(self, key: str) -> str:
        return self._settings[key][-1]

    def _argv(self, line: str) -> list[str]:
        bounds = self._one("CapabilityBoundingSet").lower().replace("cap_", "+").split()
        argv = ["setpriv", f"--reuid={self._one('User')}", f"--regid={self._one('Group')}", "--init-groups"]
        argv += [f"--bounding-set={','.join(['-all', *bounds])}", "--inh-caps=-all"]
        if self._one("NoNewPrivileges") == "yes":
            argv.append("--no-new-privs")
        return [*argv, "--", *shlex.split(line)]

    def _surroundings(self, log: object) -> dict[str, object]:
        environ = dict(word.partition("=")[::2] for line in self._settings["Environment"] for word in shlex.split(line))
        for path in self._settings["EnvironmentFile"]:
            lines = Path(path).read_text().splitlines()
            environ |= dict(line.partition("=")[::2] for line in lines if "=" in line and not line.startswith("#"))
        return {
            "env": environ,
            "cwd": self._one("WorkingDirectory"),
            "umask": int(self._one("UMask"), 8),
            "stdin": subprocess.DEVNULL,
            "stdout": log,
            "stderr": log,
            "start_new_session": True,
        }
