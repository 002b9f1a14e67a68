"""The server's own short-named directory for connection files and kernel sockets, gone when the server is."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Not in the home, because unix sockets do not work on every network file system; not in $TMPDIR, which may be long:
# the path of a unix socket may have 107 characters, of which `/kernel-<uuid>-ipc-<n>` takes 50.
PLACE = Path("/tmp")  # noqa: S108 - the directory is made 0700 and with a random name


@contextmanager
def private_dir(place: Path = PLACE) -> Iterator[str]:
    """A new directory that only we can enter; it is removed at the end, also when Slurm stops us while we start."""
    sweep(place)
    # until Jupyter sets its own handler: without one, Python would end at once and clean up nothing
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    # held back for a moment, so that a stop finds either no directory or one that is cleaned up below
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
    name = tempfile.mkdtemp(prefix=f"aif-{os.getpid()}-", dir=place)
    try:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        yield name
    finally:
        shutil.rmtree(name, ignore_errors=True)


def sweep(place: Path) -> None:
    """Removes what our own earlier servers left here when they were killed the hard way."""
    for left in place.glob("aif-*-*"):
        pid = left.name.split("-")[1]
        try:
            ours = left.lstat().st_uid == os.getuid() and left.is_dir() and not left.is_symlink()
        except OSError:  # gone meanwhile
            continue
        if ours and pid.isdigit() and not _runs(int(pid)):
            shutil.rmtree(left, ignore_errors=True)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
