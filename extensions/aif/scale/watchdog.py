"""Ends a cluster's jobs when the kernel that started them is gone, however it went.

`python -m aif.scale.watchdog FOLDER SLURM_BIN SLURM_CONF`, in a session of its own, is told on its standard input the
ids of arrays, one a line. That pipe closes with the kernel; then, or when it is asked to end, it cancels them all, and
those that carry the cluster's label: the kernel may have gone while it submitted. The word `closed` says that nothing
is left to cancel, and `leaving` that what is left ends in its own time, which is limited. FOLDER, with the cluster's
keys, goes in each case.
"""

from __future__ import annotations

import shutil
import signal
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import FrameType

from aif.core.clusters import label
from aif.core.errors import SlurmError, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call, run
from aif.core.table import nothing
from aif.core.workers import labelled, own_arrays

CLOSED, LEAVING = "closed", "leaving"
#: Seconds that a worker which leaves has for what it clears away; a disk may be busy.
LEAVING_SECONDS = 90.0
#: Seconds before each try. The session's job may be on its way out: Slurm leaves half a minute between its first signal
#: and its last. Where only the kernel has gone there is more time for a controller that is away.
_PAUSES = (0.0, 1.0, 3.0, 10.0, *(15.0,) * 40)
#: Seconds in which an `sbatch` that the kernel began may still become a job (`Call.timeout_seconds`).
_UNDER_WAY = 25.0
#: Tries to take the folder away.
_CLEARING = 10


class Asked(Exception):
    """It is asked to end."""


def main(folder: str, slurm_bin: str, slurm_conf: str) -> None:
    """Until the pipe closes."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _ask)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupted cell is not an end
    arrays: list[str] = []
    word, asked = "", False
    try:
        word = listen(sys.stdin, arrays)
        if word == LEAVING:
            clear(folder)
            time.sleep(LEAVING_SECONDS)  # they tell nobody that they have ended
    except Asked:
        asked = True
    hurry: list[int] = []  # the session ends, and waits for nobody
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: hurry.append(number))
    if word == CLOSED:
        clear(folder)
        return
    cluster = Cluster("", slurm_conf, slurm_bin)
    cancel(arrays, label(folder), cluster)
    clear(folder)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    if not (asked or hurry or word):
        time.sleep(_UNDER_WAY)  # an sbatch whose caller is gone ends without telling anybody
        cancel([], label(folder), cluster)


def clear(folder: str) -> None:
    """Takes the folder away, although the session's server may just be writing an answer into it."""
    for _ in range(_CLEARING):
        shutil.rmtree(folder, ignore_errors=True)
        if not Path(folder).exists():
            return
        time.sleep(0.3)  # a file that comes from the session's server gives no sign here


def listen(lines: Iterable[str], arrays: list[str]) -> str:
    """Keeps the ids of `lines` in `arrays`; the last word, empty where the kernel went without one."""
    for line in lines:
        word = line.strip()
        if word in (CLOSED, LEAVING):
            return word
        if word.isdigit():
            arrays.append(word)
    return ""


def cancel(arrays: list[str], labelled: str, cluster: Cluster) -> None:
    """All of them, waiting or running, and all of that label; tried again while the controller is away."""
    for pause in _PAUSES:
        time.sleep(pause)  # a process of its own with nothing else to do
        try:
            left = {*arrays, *_labelled(labelled, cluster)}
            if left:
                run(Call(("scancel", "-Q", *sorted(left)), nothing, timeout_seconds=10.0), cluster)
        except SlurmUnreachable:
            continue
        except SlurmError:  # one has ended, and the controller forgot it
            pass
        return


def _labelled(label: str, cluster: Cluster) -> set[str]:
    """The ids of the person's arrays of that label which wait or run. Raises SlurmUnreachable."""
    try:
        known: dict[str, str] = run(own_arrays(10.0), cluster)
        return labelled(known, label)
    except SlurmUnreachable:
        raise
    except SlurmError:
        return set()


def _ask(_number: int, _frame: FrameType | None) -> None:
    raise Asked


if __name__ == "__main__":
    main(*sys.argv[1:4])
