"""What `aif up` shows while it works: one line a step, with its seconds; the details go to `log/up.log`."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

log = logging.getLogger("aif.demo")


class Progress:
    """Prints steps as they end, and their names while they run where somebody watches."""

    def __init__(self, *, quiet: bool = False) -> None:
        self._quiet = quiet
        self._watched = sys.stdout.isatty() and not quiet

    def say(self, line: str = "") -> None:
        log.info("%s", line)
        if not self._quiet:
            print(line, flush=True)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Times what is inside; a failure is marked and goes on to whoever asked."""
        log.info("== %s", name)
        began = time.monotonic()
        if self._watched:
            print(f"  … {name}", end="", flush=True)
        try:
            yield
        except BaseException:
            self._close("✗", name, began)
            raise
        self._close("✓", name, began)

    def _close(self, mark: str, name: str, began: float) -> None:
        seconds = time.monotonic() - began
        log.info("== %s %s: %.1f s", mark, name, seconds)
        if not self._quiet:
            start = "\r" if self._watched else ""
            print(f"{start}  {mark} {name:<44} {seconds:6.1f} s", flush=True)


class _Details(logging.FileHandler):
    """A log that is kept as far as the disk has room: what does not fit is no trouble of the step that it is about."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Say nothing of a full disk: the step that meets it says so in one sentence."""


def write_details_to(path: Path) -> None:
    """From now on every program that we run, and what it said, goes to this file; the one before is kept as `.1`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        path.replace(path.with_name(path.name + ".1"))
    handler = _Details(path)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    for old in log.handlers:
        old.close()
    log.handlers = [handler]
    log.setLevel(logging.DEBUG)
    log.propagate = False
