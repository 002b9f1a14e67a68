"""The worst delay of a hub's event loop since it was last asked: how late a timer of 50 ms was called."""

from __future__ import annotations

import asyncio
import json
import time
from typing import ClassVar

from jupyterhub.apihandlers import APIHandler
from tornado import web

TICK_SECONDS = 0.05  # as JupyterHub's own metric; its histogram only has steps


class LagHandler(APIHandler):
    """GET: ``{"worst_ms": …}`` since the last GET; the first one starts the watch. For services only."""

    worst: ClassVar[float] = 0.0
    watch: ClassVar[asyncio.Task[None] | None] = None

    @web.authenticated
    async def get(self) -> None:
        """Answers and begins anew."""
        if self.current_user is None or self.current_user.kind != "service":
            raise web.HTTPError(403)
        cls = type(self)
        cls.watch = cls.watch or asyncio.get_running_loop().create_task(_watch())
        self.write(json.dumps({"worst_ms": 1000 * cls.worst}))
        cls.worst = 0.0


async def _watch() -> None:
    while True:
        due = time.perf_counter() + TICK_SECONDS
        await asyncio.sleep(TICK_SECONDS)
        LagHandler.worst = max(LagHandler.worst, time.perf_counter() - due)
