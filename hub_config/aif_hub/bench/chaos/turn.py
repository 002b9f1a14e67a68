"""Whose turn it is at the hub or at Slurm in `aif bench chaos`, and how long it was had and waited for."""

from __future__ import annotations

import threading
import time

_here = threading.local()


def waited_here() -> float:
    """For how many seconds this thread has waited for turns until now."""
    return float(getattr(_here, "seconds", 0.0))


class Turn:
    """One thread's at a time, which may take it again while it has it. `held` is for how many seconds it was had."""

    def __init__(self) -> None:
        self.held = 0.0
        self._lock = threading.RLock()
        self._times, self._since = 0, 0.0  # of whoever has it: how often taken, and since when

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Whether it is had now."""
        began = time.monotonic()
        had = self._lock.acquire(blocking, timeout)
        now = time.monotonic()
        _here.seconds = waited_here() + now - began
        if had:
            self._since = self._since if self._times else now
            self._times += 1
        return had

    def release(self) -> None:
        """As often as it was taken."""
        self._times -= 1
        if not self._times:
            self.held += time.monotonic() - self._since
        self._lock.release()

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()
