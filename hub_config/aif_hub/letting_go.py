"""How the hub lets go of a server that ended: once, and wholly before the next one starts.

JupyterHub takes its route from the proxy first, which takes long where the proxy is away, and forgets the server last.
Where a step fails, all of it is done again: by who looks next, and once the proxy answers (`aif_hub.routes`).
"""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar
from weakref import WeakSet

from batchspawner import SlurmSpawner


class LetsGoOnce(SlurmSpawner):
    """A spawner whose end is told by one caller at a time."""

    #: Those of whose end a step failed.
    unfinished: ClassVar[WeakSet[LetsGoOnce]] = WeakSet()
    _letting_go: asyncio.Future[Any] | None = None

    def add_poll_callback(self, callback: Any, *args: Any, **kwargs: Any) -> None:
        """What the hub does at the end, and only once: what an earlier start left would be done to the next server."""
        self._callbacks = []
        super().add_poll_callback(callback, *args, **kwargs)

    async def poll_and_notify(self) -> int | None:
        """None while the server lives, or somebody's stop lets go of it; its status once the hub has let go of it.

        Who asks meanwhile waits for the same: a start between two of its steps would be stopped by the last.
        """
        if self._letting_go is None or self._letting_go.done():
            self._letting_go = asyncio.ensure_future(self._tell_the_end())
        status: int | None = await asyncio.shield(self._letting_go)
        return status

    async def _tell_the_end(self) -> int | None:
        if self._stop_pending:
            return None  # two that let go of it would not end together: the second would meet the next server
        self.unfinished.discard(self)
        told = list(self._callbacks)
        status: int | None = await super().poll_and_notify()
        if status is not None and self.server is not None and not self._callbacks:
            self._callbacks = told
            self.unfinished.add(self)
        return status


async def finish() -> None:
    """Has done again what failed of the ends of servers that are still there."""
    for spawner in [*LetsGoOnce.unfinished]:
        if spawner.ready:
            await spawner.poll_and_notify()
        else:
            LetsGoOnce.unfinished.discard(spawner)
