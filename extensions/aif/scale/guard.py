"""In each worker's nanny: ends the job when its scheduler is gone, so that no GPU is paid for that nobody can use.

Dask loads it with ``--preload-nanny aif.scale.guard``. Two limits: a port that refuses or cannot be reached means that
the kernel or its node is gone; a port that is open but silent may be a kernel that calculates, which is given longer.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from typing import Any

log = logging.getLogger("aif.scale.guard")
GONE_SECONDS = 20.0
SILENT_SECONDS = 600.0
EVERY_SECONDS = 4.0
#: What the job ends with; any but 0, so that Slurm's record shows that it did not end by itself.
STATUS = 75


def dask_setup(nanny: Any) -> None:
    """Dask calls this in the nanny's event loop."""
    nanny.aif_guard = asyncio.get_event_loop().create_task(watch(nanny))


async def watch(nanny: Any) -> None:
    """Returns never: it ends the process."""
    host, port = _address(nanny.scheduler.address)
    reached = heard = time.monotonic()
    while True:
        await asyncio.sleep(EVERY_SECONDS)
        if await _open(host, port):
            reached = time.monotonic()
            if await _answers(nanny):
                heard = reached
        now = time.monotonic()
        if now - reached > GONE_SECONDS or now - heard > SILENT_SECONDS:
            log.warning("the scheduler at %s:%s is gone: this worker ends", host, port)
            if nanny.process is not None:
                await asyncio.wait([asyncio.ensure_future(nanny.kill(timeout=3))], timeout=5)
            os._exit(STATUS)  # the job's first process: Slurm ends what is left of it


async def _open(host: str, port: int) -> bool:
    try:
        _reader, writer = await asyncio.wait_for(asyncio.open_connection(host, port), EVERY_SECONDS)
    except (OSError, TimeoutError):
        return False
    writer.close()
    return True


async def _answers(nanny: Any) -> bool:
    try:
        await asyncio.wait_for(nanny.scheduler.identity(n_workers=0), EVERY_SECONDS)
    except Exception:  # whatever it is, nothing was heard: Dask raises another kind for each way a connection fails
        return False
    return True


def _address(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)
