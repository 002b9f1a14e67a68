"""Processes of this machine: who started whom, who lives, and which one is a session's server."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def until(true: Callable[[], Any], what: str, seconds: float = 60, every: float = 0.1) -> Any:
    """The first true value; foreign daemons give no event to wait for."""
    deadline = time.monotonic() + seconds
    while not (value := true()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(every)
    return value


def ancestors(pid: int, up_to: int) -> list[int]:
    """That process and all above it, below `up_to`: the nearest first."""
    found = []
    while pid not in (up_to, 1, 0):
        found.append(pid)
        pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return found


def children(pid: int) -> list[int]:
    """The processes that it started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether that process exists and has not ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def server_pid(folder: Path) -> int:
    """The process of a session's server: it has the session's folder as its last argument."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        except OSError:
            continue
        if words[-1] == str(folder).encode() and b"python" in words[0]:
            return int(process.name)
    raise AssertionError(f"no server runs for {folder}")
