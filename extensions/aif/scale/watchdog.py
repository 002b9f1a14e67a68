"""Ends a cluster's jobs when the kernel that started them is gone, however it went.

`python -m aif.scale.watchdog FOLDER SLURM_BIN SLURM_CONF`, in a session of its own, is told on its standard input the
ids of arrays, one a line. That pipe closes with the kernel; then, or when it is asked to end, it cancels them all. The
word `closed` says that nothing is left to cancel. FOLDER, with the cluster's keys, goes in each case.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from types import FrameType

from aif.core.errors import SlurmError
from aif.core.site import Cluster
from aif.core.slurm import Call, run

CLOSED = "closed"
#: Seconds before each try. The session's job may be on its way out: Slurm leaves half a minute between its first signal
#: and its last.
_PAUSES = (0.0, 1.0, 3.0, 10.0)


class Asked(Exception):
    """It is asked to end."""


def main(folder: str, slurm_bin: str, slurm_conf: str) -> None:
    """Until the pipe closes."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted cell is not an end
    arrays: list[str] = []
    try:
        if listen(sys.stdin, arrays):
            arrays.clear()
    except Asked:
        pass
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    if arrays:
        cancel(arrays, Cluster("", slurm_conf, slurm_bin))
    shutil.rmtree(folder, ignore_errors=True)


def listen(lines: Iterable[str], arrays: list[str]) -> bool:
    """Keeps the ids of `lines` in `arrays`; whether the last word was that nothing is left."""
    for line in lines:
        word = line.strip()
        if word == CLOSED:
            return True
        if word.isdigit():
            arrays.append(word)
    return False


def cancel(arrays: list[str], cluster: Cluster) -> None:
    """All of them, waiting or running, in one call; tried again while the controller is away."""
    for pause in _PAUSES:
        time.sleep(pause)  # a process of its own with nothing else to do
        with suppress(SlurmError):
            run(Call(("scancel", "-Q", *arrays), lambda _: None, timeout_seconds=10.0), cluster)
            return


def _ask(_number: int, _frame: FrameType | None) -> None:
    raise Asked


if __name__ == "__main__":
    main(*sys.argv[1:4])
