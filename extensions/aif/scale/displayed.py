"""What a notebook's file keeps of a cluster: how it last was, and of when that is, not how it was when it was shown."""

from __future__ import annotations

import contextvars
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

from aif.scale.shown import Shown
from aif.widgets.bundle import Bundle

log = logging.getLogger("aif.scale")
#: A worker that came, went or is told another reason is written so often at most; an end, at once.
CHANGED_SECONDS = 10.0
#: So is all that changes while it works, such as what it has used; JupyterLab saves about as often.
ANYWAY_SECONDS = 120.0
_AFTER = "post_run_cell"


class Displays:
    """All displays of one cluster, under one name by which they are written anew together.

    `now` gives the cluster as it is. Whoever's thread calls: Dask's, and the kernel's own after each cell, so that what
    a program that runs a notebook keeps is of the end of its last cell.
    """

    def __init__(self, name: str, now: Callable[[], Shown]) -> None:
        self._transient = {"display_id": name}
        self._now = now
        self._live: Bundle = ({}, {})
        self._kept: Shown | None = None
        self._at = float("-inf")
        self._lock = threading.Lock()
        self._shell: Any = None  # the kernel's, where displays can be written anew; a terminal prints, and is done

    @property
    def any(self) -> bool:
        """Whether there is one."""
        return self._kept is not None

    def show(self, shown: Shown, live: Bundle) -> None:
        """Another one, live where `live` says how."""
        from IPython.core.getipython import get_ipython

        shell: Any = get_ipython()
        with self._lock:
            self._live = live
            self._publish(shown, update=False)
        if self._shell is None and getattr(shell, "kernel", None) is not None:
            self._shell = shell
            shell.events.register(_AFTER, self._after_cell)

    def follow(self, shown: Shown) -> None:
        """Writes them anew where there is something new, and not too often."""
        kept = self._kept
        if self._shell is None or kept is None:
            return
        wait = CHANGED_SECONDS if _gist(shown) != _gist(kept) else ANYWAY_SECONDS
        if shown.closed or time.monotonic() - self._at >= wait:
            self._write(lambda: shown)

    def _after_cell(self, *_: object) -> None:
        self._write(self._now)
        if self._kept is not None and self._kept.closed:
            self._shell.events.unregister(_AFTER, self._after_cell)  # what it still says of its end, it says itself

    def _write(self, now: Callable[[], Shown]) -> None:
        try:
            with self._lock:
                shown = now()
                if self._kept is not None and _without_moment(shown) != _without_moment(self._kept):
                    # Outside of any cell's context: a message that belongs to a cell of before is not heard by all.
                    contextvars.Context().run(self._publish, shown, update=True)
        except Exception as fault:  # a kernel that ends, a front end that is gone: the cluster goes on
            log.debug("cannot write the displays anew: %r", fault)

    def _publish(self, shown: Shown, *, update: bool) -> None:
        from IPython.display import publish_display_data

        publish: Any = publish_display_data  # IPython has no types for it
        live, metadata = self._live
        static = {"text/plain": shown.text(), "text/html": shown.html()}
        options = {"update": True} if update else {}
        publish({**live, **static}, metadata=metadata, transient=self._transient, **options)
        self._kept, self._at = shown, time.monotonic()


def _gist(shown: Shown) -> tuple[object, ...]:
    """What somebody would want to find in a file of later."""
    workers = tuple((one.name, one.state) for one in shown.rows)
    return shown.plan, shown.requested, shown.observed, shown.closed, shown.trouble, shown.figures()["waits"], workers


def _without_moment(shown: Shown) -> str:
    return shown.text().rpartition("\n")[0]
