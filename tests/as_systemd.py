"""Stands in for `systemctl` where no systemd runs: starts what a unit file says, word for word, as its user, with its
environment, working folder, umask and capabilities. What systemd does with namespaces and filters is left out.

    as_systemd.py FOLDER enable --now aif-proxy.service aif-hub.service

FOLDER keeps the process ids and the logs.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from processes import alive, group, until

UNITS = Path("/etc/systemd/system")


class Unit:
    """A service from its file."""

    def __init__(self, name: str, folder: Path) -> None:
        self.name = name
        self._settings: dict[str, list[str]] = {}
        for line in (UNITS / name).read_text().splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                self._settings.setdefault(key, []).append(value)
        self._log, self._pid_file = folder / f"{name}.log", folder / f"{name}.pid"

    @property
    def pid(self) -> int:
        """The main process; 0 while it does not run."""
        pid = int(self._pid_file.read_text()) if self._pid_file.exists() else 0
        return pid if pid and alive(pid) else 0

    def start(self) -> None:
        """ExecStartPre to its end, then ExecStart, which goes on when we have ended."""
        if self.pid:
            return
        with self._log.open("ab") as log:
            for line in self._settings.get("ExecStartPre", []):
                subprocess.run(self._argv(line), **self._surroundings(log), check=True, timeout=120)
            process = subprocess.Popen(self._argv(self._one("ExecStart")), **self._surroundings(log))
        self._pid_file.write_text(str(process.pid))

    def stop(self) -> None:
        """SIGTERM to the main process and SIGKILL to what is left of its group, as KillMode=mixed has it."""
        pid = self.pid
        if not pid:
            return
        os.kill(pid, signal.SIGTERM)
        try:
            until(lambda: not alive(pid), f"{self.name} has ended", 30)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            until(lambda: not group(pid), f"all of {self.name} has ended", 30)

    def _one(self, key: str) -> str:
        return self._settings[key][-1]

    def _argv(self, line: str) -> list[str]:
        bounds = self._one("CapabilityBoundingSet").lower().replace("cap_", "+").split()
        argv = ["setpriv", f"--reuid={self._one('User')}", f"--regid={self._one('Group')}", "--init-groups"]
        argv += [f"--bounding-set={','.join(['-all', *bounds])}", "--inh-caps=-all"]
        if self._one("NoNewPrivileges") == "yes":
            argv.append("--no-new-privs")
        return [*argv, "--", *shlex.split(line)]

    def _surroundings(self, log: Any) -> dict[str, Any]:
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


def systemctl(folder: Path, words: list[str]) -> int:
    """The verbs that the operators' page and `aif` use; any other is an error, since to do nothing would be worse."""
    verb, names = words[0], [word for word in words[1:] if word != "--now"]
    names = [name if name.endswith(".service") else f"{name}.service" for name in names]
    units = [Unit(name, folder) for name in names]
    if verb == "daemon-reload" and not names:
        return 0
    if verb in ("stop", "disable") and (verb == "stop" or "--now" in words):
        for unit in units:
            unit.stop()
    elif verb == "start" or (verb == "enable" and "--now" in words):
        for unit in units:
            unit.start()
    elif verb == "restart":
        for unit in units:
            unit.stop()
            unit.start()
    elif verb == "is-active":
        return 0 if all(unit.pid for unit in units) else 3
    else:
        print(f"as_systemd: {words} is not known here", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(systemctl(Path(sys.argv[1]), sys.argv[2:]))
