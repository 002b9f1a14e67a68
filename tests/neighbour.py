"""A second ordinary user on the node, who runs what they like there, with their own rights and no others."""

from __future__ import annotations

import json
import os
import pwd
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: A program that anybody on the node has.
PYTHON = "/usr/bin/python3"


class Neighbour:
    """One of the demo's people, of whom only the login matters."""

    def __init__(self, login: str, environ: Mapping[str, str] | None = None) -> None:
        person = pwd.getpwnam(login)
        self.login, self.uid = login, person.pw_uid
        self._rights: dict[str, Any] = {
            "user": person.pw_uid,
            "group": person.pw_gid,
            "extra_groups": os.getgrouplist(login, person.pw_gid),
            "cwd": "/",
            "env": {"PATH": "/usr/bin:/bin", "HOME": person.pw_dir, "LANG": "C.UTF-8", **(environ or {})},
        }

    def run(self, *argv: str, said: str = "") -> subprocess.CompletedProcess[str]:
        """What that command did, given `said`."""
        return subprocess.run(
            argv, input=said, capture_output=True, text=True, errors="replace", timeout=60, check=False, **self._rights
        )

    def python(self, code: str, *arguments: str, said: str = "") -> str:
        """What that program prints, its complaints too."""
        done = self.run(PYTHON, "-I", "-c", code, *arguments, said=said)
        return done.stdout + done.stderr

    def found_by(self, program: Path, *arguments: str, said: str = "") -> Any:
        """The JSON that a program of the tests prints."""
        done = self.run(PYTHON, "-I", "-c", program.read_text(), *arguments, said=said)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.splitlines()[-1])

    def curl(self, *words: str) -> tuple[int, str]:
        """The HTTP status, 0 where there was no answer, and what was answered."""
        done = self.run("curl", "-s", "-k", "-m", "10", "-w", "\n%{http_code}", *words)
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body

    @contextmanager
    def doing(self, program: Path, *arguments: str, python: str = PYTHON) -> Iterator[Doing]:
        """A program of the tests that goes on beside; at the end, or by `report()`, it tells what it found."""
        with subprocess.Popen(
            [python, "-I", "-c", program.read_text(), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            **self._rights,
        ) as process:
            doing = Doing(process)
            try:
                assert doing.heard() == "ready"
                yield doing
            finally:
                if process.poll() is None:
                    process.kill()


class Doing:
    """A running program: lines to it, lines from it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, line: str) -> str:
        """Its answer to that line."""
        self.tell(line)
        return self.heard()

    def tell(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def heard(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def report(self) -> Any:
        """Ends it; what it found."""
        out, _ = self._process.communicate(timeout=30)
        return json.loads(out)


def listening(login: str, protocol: str = "t") -> dict[tuple[str, int], list[int]]:
    """Where the person's processes listen by TCP (`u`: UDP), as `ss` shows root: (address, port) → process ids."""
    found: dict[tuple[str, int], list[int]] = {}
    for line in _ss(f"-{protocol}lnpH"):
        host, _, port = line.split()[3].rpartition(":")
        if mine := _of(login, line):
            anywhere = host in ("0.0.0.0", "*", "[::]")  # noqa: S104 - to be asked on, not to listen on
            found["127.0.0.1" if anywhere else host.strip("[]"), int(port)] = mine
    return found


def unix_sockets(login: str) -> list[str]:
    """Where they listen by unix sockets; a name that begins with ``@`` is in no folder and open to all."""
    return [line.split()[4] for line in _ss("-xlpH") if _of(login, line)]


def _ss(options: str) -> list[str]:
    return subprocess.run(["ss", options], capture_output=True, text=True, timeout=30, check=True).stdout.splitlines()


def _of(login: str, line: str) -> list[int]:
    """The person's processes that a line of `ss` names."""
    uid, pids = pwd.getpwnam(login).pw_uid, []
    for part in line.split("pid=")[1:]:
        pid = int(part.partition(",")[0])
        try:
            mine = os.stat(f"/proc/{pid}").st_uid == uid
        except FileNotFoundError:
            continue
        pids += [pid] if mine else []
    return pids
