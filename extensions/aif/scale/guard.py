"""In each worker's nanny: ends the job when its scheduler is gone, so that no GPU is paid for that nobody can use.

Dask loads it with ``--preload-nanny aif.scale.guard``. Two limits: a port that refuses or cannot be reached means that
the kernel or its node is gone; a port that is open but silent may be a kernel that calculates, which is given longer.

A worker that has nothing to do ends by itself, within seconds, when its connection to the scheduler breaks, and its
nanny with it: whatever is to be done for the others by the last of a cluster is done then, too.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aif.scale import left

log = logging.getLogger("aif.scale.guard")
#: What the job ends with; any but 0, so that Slurm's record shows that it did not end by itself.
STATUS = 75
#: Seconds for its own end and for what it may still do for those that wait.
_LAST_SECONDS = left.LAST_SECONDS + 1
#: Seconds without an answer from the kernel's node, and between and number of questions, until a connection is broken.
_KEEPALIVE = {socket.TCP_KEEPIDLE: 4, socket.TCP_KEEPINTVL: 4, socket.TCP_KEEPCNT: 2}


@dataclass(frozen=True)
class Limits:
    """Seconds: until a kernel is gone, until a silent one is given up, and between two looks.

    A silent kernel is asked more and more seldom, up to `seldom`: each question waits in its queue of connections, and
    when that is full nobody can connect any more.
    """

    gone: float = 20.0
    silent: float = 600.0
    every: float = 4.0
    seldom: float = 64.0


def dask_setup(nanny: Any) -> None:
    """Dask calls this in the nanny's event loop."""
    nanny.aif_ending = None
    nanny.aif_guard = asyncio.get_event_loop().create_task(watch(nanny))


async def dask_teardown(nanny: Any) -> None:
    """Dask waits for this when the nanny closes. Whoever ends a worker that lives sees to the others, too."""
    if nanny.aif_ending is None and (nanny.is_alive() or await _reached(nanny)):
        return
    await _ending(nanny)


async def watch(nanny: Any, limits: Limits | None = None) -> None:
    """Returns never: it ends the process, and what of the cluster still waits where its session is over."""
    host, port = _address(nanny.scheduler.address)
    await lost(host, port, lambda: nanny.scheduler.identity(n_workers=0), limits)
    log.warning("the scheduler at %s:%s is gone: this worker ends", host, port)
    try:
        last = [_ending(nanny)]  # first: once its process has ended the nanny closes, and waits for this
        if nanny.process is not None:
            last.append(asyncio.ensure_future(nanny.kill(timeout=3)))
        await asyncio.wait(last, timeout=_LAST_SECONDS)
    finally:
        os._exit(STATUS)  # the job's first process: Slurm ends what is left of it


def _ending(nanny: Any) -> asyncio.Future[None]:
    """The one task that ends what waits, whether `watch` or the nanny's own end comes first."""
    if nanny.aif_ending is None:
        nanny.aif_ending = asyncio.ensure_future(_end_waiting())
    ending: asyncio.Future[None] = nanny.aif_ending
    return ending


async def _end_waiting() -> None:
    if cancelled := await asyncio.to_thread(left.end_waiting, os.environ):
        log.warning("its session is over: cancelled what waited of its cluster: %s", " ".join(cancelled))


async def _reached(nanny: Any) -> bool:
    """Whether something listens at the scheduler's port."""
    line = _Line(*_address(nanny.scheduler.address))
    reached = await line.holds(Limits.every)
    line.close()
    return reached


async def lost(host: str, port: int, ask: Callable[[], Awaitable[Any]], limits: Limits | None = None) -> None:
    """Returns once the kernel that listens there is gone, or has been silent for too long."""
    limits, line = limits or Limits(), _Line(host, port)
    reached = heard = asked = time.monotonic()
    pause = limits.every
    while time.monotonic() - reached <= limits.gone and time.monotonic() - heard <= limits.silent:
        await asyncio.sleep(limits.every)
        if time.monotonic() - asked >= pause:
            answered, asked = await _answers(ask, limits.every), time.monotonic()
            pause = limits.every if answered else min(2 * pause, limits.seldom)
            if answered:
                reached = heard = asked
                line.close()
        if heard < asked and await line.holds(limits.every):
            reached = time.monotonic()
        me = asyncio.current_task()
        if me is not None and me.cancelling():  # Dask's connections, which close as it ends, hid that
            raise asyncio.CancelledError
    line.close()


class _Line:
    """One connection to a silent kernel, opened and kept: it breaks when the kernel's process ends, or its node."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def holds(self, seconds: float) -> bool:
        """Whether it holds; one that is broken is opened anew."""
        if self._open is not None:
            reader, _writer = self._open
            if not reader.at_eof() and reader.exception() is None:
                return True
            self.close()
        try:
            self._open = await asyncio.wait_for(asyncio.open_connection(self._host, self._port), seconds)
        except (OSError, TimeoutError):
            return False
        end: socket.socket = self._open[1].get_extra_info("socket")
        end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _KEEPALIVE.items():
            end.setsockopt(socket.IPPROTO_TCP, option, value)
        return True

    def close(self) -> None:
        """Nothing is left open."""
        if self._open is not None:
            self._open[1].close()
            self._open = None


async def _answers(ask: Callable[[], Awaitable[Any]], seconds: float) -> bool:
    try:
        await asyncio.wait_for(ask(), seconds)
    except Exception:  # whatever it is, nothing was heard: Dask raises another kind for each way a connection fails
        return False
    return True


def _address(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition("://")[2].rpartition(":")
    return host.strip("[]"), int(port)
