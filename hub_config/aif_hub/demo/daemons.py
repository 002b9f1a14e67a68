"""Programs that keep running after `aif up`: apart from the terminal, and stopped by an id that is surely theirs."""

from __future__ import annotations

import hashlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aif_hub.demo.commands import PATH, log
from aif_hub.demo.errors import DemoError


@dataclass(frozen=True)
class Daemon:
    """A program in the foreground of its own session; `name` is its word in `status`, `logs` and file names."""

    name: str
    argv: tuple[str, ...]
    run_dir: Path
    log_file: Path
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    cwd: Path = Path("/")
    patience: float = 20.0  # seconds to end after SIGTERM before it is killed
    umask: int = 0o022
    reads: str = ""  # a digest of the code and files that it reads at start

    @property
    def pid_file(self) -> Path:
        return self.run_dir / f"{self.name}.pid"


def pid(daemon: Daemon) -> int | None:
    """The process id while the daemon runs; None when it ended, was never started, or its id is somebody else's now."""
    note = _note(daemon)
    return note["pid"] if note and _birth(note["pid"]) == note["birth"] else None


def is_current(daemon: Daemon) -> bool:
    """Whether it runs, and was started as it would be started now."""
    note = _note(daemon)
    return bool(note and pid(daemon) and note.get("fingerprint") == _fingerprint(daemon))


def start(daemon: Daemon) -> None:
    """Running and current afterwards; its output goes to a fresh log, the one before is kept as `.1`."""
    if is_current(daemon):
        return
    stop(daemon)
    log.debug("starting %s: %s", daemon.name, " ".join(daemon.argv))
    if daemon.log_file.exists():
        os.replace(daemon.log_file, daemon.log_file.with_name(daemon.log_file.name + ".1"))
    with daemon.log_file.open("ab") as output:
        process = subprocess.Popen(
            daemon.argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=daemon.cwd,
            env={"PATH": PATH, "LANG": "C.UTF-8", **daemon.env},
            user=daemon.user,
            group=daemon.user,
            extra_groups=[] if daemon.user else None,
            umask=daemon.umask,
        )
    note = {"pid": process.pid, "birth": _birth(process.pid), "fingerprint": _fingerprint(daemon)}
    daemon.pid_file.write_text(json.dumps(note))


def hint_to_end(daemon: Daemon) -> None:
    """SIGTERM without waiting, so that several can end at the same time; `stop` must follow."""
    running = pid(daemon)
    if running is not None:
        os.kill(running, signal.SIGTERM)


def stop(daemon: Daemon) -> None:
    """End it and wait until it has gone: SIGTERM, then SIGKILL when its patience is over."""
    for number, patience in ((signal.SIGTERM, daemon.patience), (signal.SIGKILL, 10.0)):
        running = pid(daemon)
        if running is None:
            break
        log.debug("%s to %s (process %d)", number.name, daemon.name, running)
        if _ends(running, number, patience):
            break
    else:
        raise DemoError(f"{daemon.name} does not end, not even when killed. See {daemon.log_file}.")
    daemon.pid_file.unlink(missing_ok=True)


def kill(daemon: Daemon) -> None:
    """End it without a word, as a machine's memory does, and wait until it has gone."""
    running = pid(daemon)
    if running is not None and not _ends(running, signal.SIGKILL, 10.0):
        raise DemoError(f"{daemon.name} does not end, not even when killed. See {daemon.log_file}.")
    daemon.pid_file.unlink(missing_ok=True)


def _ends(process: int, number: signal.Signals, patience: float) -> bool:
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        signal.pidfd_send_signal(handle, number)
        return bool(select.select([handle], [], [], patience)[0])
    except ProcessLookupError:
        return True
    finally:
        os.close(handle)


def await_ready(daemon: Daemon, ready: Callable[[], bool], seconds: float) -> None:
    """Return once `ready()`; raises DemoError with the log's last words when the daemon ends or time is over."""
    deadline = time.monotonic() + seconds
    while not ready():
        if pid(daemon) is None:
            raise DemoError(f"{daemon.name} ended while starting: {last_words(daemon)}. See {daemon.log_file}.")
        if time.monotonic() > deadline:
            raise DemoError(f"{daemon.name} did not answer within {seconds:.0f} s. See {daemon.log_file}.")
        time.sleep(0.05)  # a foreign daemon gives no event to wait for


def last_words(daemon: Daemon) -> str:
    """The last line that the daemon wrote."""
    try:
        lines = daemon.log_file.read_text(errors="replace").strip().splitlines()
    except FileNotFoundError:
        lines = []
    return lines[-1].strip() if lines else "it wrote nothing"


def _note(daemon: Daemon) -> dict[str, Any] | None:
    try:
        note: dict[str, Any] = json.loads(daemon.pid_file.read_text())
    except (FileNotFoundError, ValueError):
        return None
    return note


def _fingerprint(daemon: Daemon) -> str:
    words = [*daemon.argv, daemon.reads, daemon.user, *sorted(daemon.env.items())]
    return hashlib.sha256(json.dumps(words).encode()).hexdigest()[:16]


def _birth(process: int) -> str | None:
    """When a process was born, unique on this machine together with its id; None if it has ended."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return None
    state, *rest = stat.rpartition(")")[2].split()
    return None if state in "ZX" else f"{rest[18]}@{boot}"
