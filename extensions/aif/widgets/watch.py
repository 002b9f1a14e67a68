"""A file that somebody else writes anew, looked at by one quiet thread: also while a cell keeps the kernel busy."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

#: Seconds between two looks. A look is one `stat`.
LOOK_SECONDS = 10.0


class Watch:
    """Calls `changed` in its thread whenever the file is another one than before, until `stop`."""

    def __init__(self, file: Path, changed: Callable[[], None], seconds: float | None = None) -> None:
        self._file = file
        self._changed = changed
        self._seconds = LOOK_SECONDS if seconds is None else seconds
        self._over = threading.Event()
        self._seen = self._mark()
        # a daemon, so that a kernel that ends does not wait for it
        self._thread = threading.Thread(target=self._run, name="aif-watch", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """From here on `changed` is not called again, save by a look that is under way."""
        self._over.set()

    @property
    def watching(self) -> bool:
        """Whether its thread lives."""
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._over.wait(self._seconds):
            mark = self._mark()
            if mark != self._seen:
                self._seen = mark
                self._changed()

    def _mark(self) -> tuple[int, int] | None:
        """Tells one writing of the file from the next; None while it is not there."""
        try:
            found = os.stat(self._file)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns
