"""What a cluster tells those who watch it: its widget in the notebook, its owner's sessions by a file in its folder.

And what they wish in return: another number of workers, or its end. Nobody waits here for a wish: it is carried out in
Dask's own loop, and its answer goes where the wish came from.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections import deque
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from aif.core.clusters import STOP, TOLD, WISH
from aif.core.errors import AifError
from aif.core.sentence import Sentence
from aif.refusals import said_in
from aif.scale.displayed import Displays
from aif.scale.plan import MOST_WORKERS, NotPlanned
from aif.scale.shown import Shown, Use
from aif.server import private
from aif.widgets.bundle import bundle
from aif.widgets.figures import speech

if TYPE_CHECKING:
    from aif.scale.cluster import GpuCluster
    from aif.widgets.cluster import ClusterWidget

log = logging.getLogger("aif.scale")
#: Dask's word for a cluster that has begun and has not ended.
RUNNING = "running"
#: The slider goes at least so far, where the budget does.
SLIDER = 8
#: Workers come and go together: what happens within this time is one drawing.
TOGETHER_SECONDS = 0.3
#: The file is written when there is something new, and after so many seconds in any case: an old one means a kernel
#: that does not answer.
ANEW_SECONDS = 30.0
#: What workers use and how far their work is changes all the time: that is written so often at most.
USE_SECONDS = 8.0


class Told:
    """Of one cluster. All but `display` and `hear` is called in Dask's loop."""

    def __init__(self, cluster: GpuCluster) -> None:
        self._cluster = cluster
        self._widget: ClusterWidget | None = None
        self._due = False
        self._had: deque[str] = deque(maxlen=100)
        self._written: tuple[float, dict[str, Any], dict[str, Any]] = (float("-inf"), {}, {})
        self._answer: dict[str, str] = {}
        self._file = cluster.home.folder / TOLD
        self._displays = Displays(f"aif-{cluster.home.folder.name}", cluster.shown)

    # -- by the widget -----------------------------------------------------------------------------------------------

    def display(self) -> None:
        """Live where widgets are; the same, readable, in a saved notebook."""
        shown = self._cluster.shown()
        try:
            from aif.widgets.cluster import ClusterWidget
        except ImportError:  # an environment of one's own, without anywidget
            self._displays.show(shown, ({}, {}))
            return
        if self._widget is None or self._widget.comm is None:  # the first time, or after close()
            widget = ClusterWidget(words=speech(shown.language).words, told=self._facts(shown))
            widget.on_msg(self.hear)
            self._widget = widget
        self._draw(shown)
        self._displays.show(shown, bundle(self._widget))

    @property
    def _watched(self) -> bool:
        return self._widget is not None or self._displays.any

    def tell(self) -> None:
        """All that shows the cluster shows what is so now."""
        self._due = False
        if self._watched:
            shown = self._cluster.shown()
            self._draw(shown)
            self._displays.follow(shown)

    def _draw(self, shown: Shown) -> None:
        if self._widget is not None and self._widget.comm is not None:
            self._widget.told = self._facts(shown)

    def soon(self) -> None:
        """As `tell`, once for all that happens together."""
        if self._watched and not self._due:
            self._due = True
            asyncio.get_running_loop().call_later(TOGETHER_SECONDS, self.tell)

    def hear(self, _widget: object, wish: Any, _buffers: object = None) -> None:
        """A wish of the widget's; returns at once, whoever's thread it is."""
        self._cluster.loop.add_callback(self._have, wish)

    async def _have(self, wish: Any) -> None:
        """Carries it out, and answers it; once, also where it came by the kernel and by the file."""
        named = str(wish.get("wish", "")) if isinstance(wish, dict) else ""
        said = ""
        if not named or named in self._had:
            return
        self._had.append(named)
        try:
            if wish.get("kind") == "stop":
                await self._stop()
            elif type(wish.get("workers")) is int and 0 <= wish["workers"] <= MOST_WORKERS:
                await self._scale(wish["workers"])
        except AifError as refusal:
            said = said_in(refusal, self._cluster.place.language)
        except Exception as fault:  # whatever it is, who wished it is told
            log.warning("cannot have %s: %r", wish, fault)
            said = f"{type(fault).__name__}: {fault}"
        self._answer = {"wish": named, "said": said}
        if self._widget is not None:
            with self._widget.hold_sync():
                self.tell()
                self._widget.answer = self._answer

    async def _scale(self, workers: int) -> None:
        """As `scale()` in a cell does; growing must fit in what is free to plan. Raises NotPlanned and NotStarted."""
        cluster = self._cluster
        if cluster.status.name != RUNNING:
            raise NotPlanned(
                Sentence("This cluster is closed."),
                Sentence("It has no workers any more."),
                Sentence("Make another with {call}.", call="gpu_cluster()"),
            )
        more = workers - len(cluster.names())
        if more > 0:
            await asyncio.to_thread(cluster.means.read)
            cluster.means.check(cluster.first_plan, more)
        cluster.by_hand()
        if more < 0:
            await cluster.calm()
        cluster.scale(workers)
        await cluster.settled()

    async def _stop(self) -> None:
        await self._cluster.close()

    # -- by the file -------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Every few seconds: tells all who watch, and ends the cluster where its owner's panel asked for that."""
        if self._cluster.status.name != RUNNING:
            return
        wanted, wish = await asyncio.to_thread(self._asked)
        if wanted:
            await self._stop()
            return
        if wish is not None:
            await self._have(wish)
        self.tell()
        now, facts, parts = time.monotonic(), self._listed(), self._parts(self._cluster.shown())
        before, *written = self._written
        new = facts != written[0] or (parts != written[1] and now - before >= USE_SECONDS)
        if new or now - before >= ANEW_SECONDS:
            self._written = now, facts, parts
            whole = {**parts, **facts, "at": datetime.now().astimezone().isoformat()}
            await asyncio.to_thread(self._write, whole)

    def _asked(self) -> tuple[bool, Any]:
        self._cluster.means.read()
        file, wish = self._file.parent / WISH, None
        with suppress(OSError, ValueError):
            taken = file.replace(file.with_suffix(".taken"))  # a wish that comes just now is not taken away unread
            wish = json.loads(taken.read_bytes())
        return (self._file.parent / STOP).exists(), wish

    def _write(self, facts: dict[str, Any]) -> None:
        with suppress(OSError):  # a full quota, or the folder is gone already; the widget knows in any case
            private.write(self._file, json.dumps(facts).encode())

    # -- what there is to tell ---------------------------------------------------------------------------------------

    def _listed(self) -> dict[str, Any]:
        """For a list of clusters."""
        shown = self._cluster.shown()
        return {
            "id": self._cluster.home.folder.name,
            "dashboard": self._cluster.dashboard_link,
            "scheduler": self._cluster.scheduler_address,
            "arrays": sorted(self._cluster.arrays.bases),
            "answer": self._answer,
            **shown.figures(),
        }

    def _facts(self, shown: Shown) -> dict[str, Any]:
        """For the widget."""
        at = shown.at.isoformat(timespec="seconds")
        return {**shown.figures(), **self._parts(shown), "at": at, "dashboard": self._cluster.dashboard_link}

    def _parts(self, shown: Shown) -> dict[str, Any]:
        """Its workers, their work, and how many there may be."""
        adaptive: Any = self._cluster._adaptive if self._cluster.adapts else None
        return {
            "rows": shown.lines(),
            "more": len(shown.rows) - len(shown.lines()),
            "work": [asdict(one) for one in shown.work],
            "main": len(self._cluster.names()),
            "each": float(self._cluster.first_plan.size.price),
            "most": self._most(len(self._cluster.names())),
            "between": [adaptive.minimum, min(adaptive.maximum, MOST_WORKERS)] if adaptive else None,
        }

    def _most(self, now: int) -> int:
        """How far the slider goes: no further than what is free to plan."""
        first, free = self._cluster.first_plan, self._cluster.means.funds.free
        most = max(SLIDER, 2 * max(first.workers, now))
        if free is None or not first.size.price:
            return min(most, MOST_WORKERS)
        one = float(first.size.price) * first.time.total_seconds() / 3600
        return max(now, min(most, MOST_WORKERS, now + int(free / one)))


def uses(scheduler: Any) -> dict[str, Use]:
    """What each worker uses, by name, as the scheduler last heard it."""
    workers = list(scheduler.workers.values()) if scheduler is not None else []
    found = {}
    for one in workers:
        cpu, memory = one.metrics.get("cpu"), one.metrics.get("memory")
        gpu = one.metrics.get("gpu") or {}  # Dask asks the driver, where there is one
        found[str(one.name)] = Use(
            memory=None if memory is None else int(memory),
            memory_limit=int(one.memory_limit) or None,
            cpu=None if cpu is None else min(100.0, float(cpu) / max(1, one.nthreads)),
            gpu=gpu.get("utilization"),
            gpu_memory=gpu.get("memory-used"),
        )
    return found
