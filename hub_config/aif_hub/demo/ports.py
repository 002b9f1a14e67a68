"""Ports and loopback addresses that are free on this machine, and who holds one that is not."""

from __future__ import annotations

import socket
from pathlib import Path


def least() -> int:
    """The first port that this machine lets others than root listen on, as hub and proxy are: 1024 mostly."""
    try:
        return max(1, int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text()))
    except (OSError, ValueError):
        return 1024


def is_free(port: int, address: str = "127.0.0.1") -> bool:
    """Whether a daemon of ours could listen there now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def answers(port: int, address: str = "127.0.0.1", timeout: float = 1.0) -> bool:
    """Whether somebody accepts connections there now."""
    try:
        with socket.create_connection((address, port), timeout=timeout):
            return True
    except OSError:
        return False


def holder(port: int) -> str:
    """Who listens on a port, in words: ``"python3 (process 812)"``, or ``"another process"`` where nobody tells."""
    inodes = {
        fields[9]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        if Path(table).exists()
        for fields in (line.split() for line in Path(table).read_text().splitlines()[1:])
        if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port
    }
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(_target(handle) in wanted for handle in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:  # it ended meanwhile
            continue
    return "another process"


def _target(handle: Path) -> str:
    """What an open file of a process is; nothing if it was closed since: that hides none of the others."""
    try:
        return str(handle.readlink())
    except OSError:
        return ""
