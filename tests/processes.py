"""Processes of this machine: who started whom, who lives, what is in one, and which is a session's server."""

from __future__ import annotations

import os
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


def children(pid: int) -> list[int]:
    """The processes that it started."""
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def alive(pid: int) -> bool:
    """Whether that process exists and has not ended, with all its threads: the last one closes what was open."""
    try:
        tasks = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return False
    return any(_state(Path(f"/proc/{pid}/task/{task}/stat"))[0] not in "ZX" for task in tasks)


def group(leader: int) -> list[int]:
    """The processes of that group which have not ended."""
    every = Path("/proc").glob("[0-9]*")
    found = [int(process.name) for process in every if _state(process / "stat")[2] == str(leader)]
    return [pid for pid in found if alive(pid)]


def _state(stat: Path) -> list[str]:
    """State, parent, group and what else follows the name; state X for one that is gone."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return ["X", "0", "0"]


def memory(pid: int) -> bytes:
    """All that the process can read and write."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as mem:
        for line in maps:
            place, rights = line.split()[:2]
            if rights.startswith("rw") and "[v" not in line:
                first, last = (int(end, 16) for end in place.split("-"))
                mem.seek(first)
                parts.append(mem.read(last - first))
    return b"".join(parts)


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
