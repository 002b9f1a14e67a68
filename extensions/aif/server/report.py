"""The report of this session's activity: where each part of it is looked at, and how it is sent."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

from aif.core import clusters
from aif.server.activity import Activity, Seen, Send, tell
from aif.server.api import Gauge
from aif.server.gpu import EMULATED
from aif.server.hub import Ask
from aif.server.programs import Programs

#: Memory below which no program can have a CUDA context on it; what a part of a GPU shows when nobody uses it is less.
NO_CONTEXT_BYTES = 100 * 1024**2
#: Percent below which pretended GPUs only show what an idle kernel does.
WAITING = 2.0


async def report(server: Any, gauge: Gauge, send: Send) -> None:
    """Reports until the hub says that the session is over. `server` is Jupyter's."""
    activity, programs = Activity(), Programs()
    server.contents_manager.register_post_save_hook(lambda **_told: activity.saved())

    async def look() -> Seen:
        working = await asyncio.to_thread(works, programs, Path.home() / clusters.CLUSTERS)
        return Seen(
            busy=server.kernel_manager.busy or working,
            asked_at=max(server.kernel_manager.asked_at, terminals_at(server)),
            gpu=await gpu(gauge),
        )

    await tell(activity, look, send)


def works(programs: Programs, above: Path) -> bool:
    """Whether something works here or, for a cluster with its folder in `above`, on workers elsewhere."""
    here = programs.working()  # each time, since it tells what has worked since the last time
    return here or clusters.busy(above)


def sender(ask: Ask, session: str) -> Send:
    """Sends with the session's token."""

    async def send(body: bytes) -> tuple[int, bytes]:
        answer = await ask("POST", f"aif/v1/sessions/{session}/activity", body=body)
        return answer.status, answer.body

    return send


def terminals_at(server: Any) -> float:
    """When a terminal last said or was told something, on the clock that never jumps."""
    last = server.web_app.settings.get("terminal_last_activity")
    return float("-inf") if last is None else time.monotonic() - max(0.0, time.time() - last.timestamp())


async def gpu(gauge: Gauge) -> float | str | None:
    """Percent that the session's GPUs work; "none" without one, None where that is not known."""
    if gauge.meter is None:
        return "none"
    use = await gauge.read()
    if use is None:
        return None
    if use.percent is None:  # of a part of a GPU (MIG) the driver tells the memory alone
        return 0.0 if use.memory_used is not None and use.memory_used < NO_CONTEXT_BYTES else None
    return 0.0 if use.percent < WAITING and use.kind == EMULATED else use.percent
