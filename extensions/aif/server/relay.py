"""What the hub tells this session, for its kernels and its browser: asked once a minute, old rather than absent."""

import asyncio
import json
import os
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aif.server import private
from aif.server.hub import Ask

MINUTE = 60.0
#: An answer that names what was not read yet is asked for again after this, and then after twice as long each time.
SOON = 5.0
#: After a failure the next question waits twice as long as the last time, up to this.
LONGEST_BACK_OFF = 900.0
OK, NOT_MODIFIED = 200, 304
REFUSED = frozenset({401, 403})

Sleep = Callable[[float], Awaitable[None]]


class Relay:
    """One answer of the hub's. `body` is its last good one, word for word; None until there is one."""

    def __init__(self, ask: Ask, path: str, file: Path | None = None) -> None:
        self._ask = ask
        self._path = path
        self._file = file
        self._failures = 0
        self._partial = 0  # answers in a row that named something as not read yet
        self._asked_at = float("-inf")
        self._asking: asyncio.Future[None] | None = None
        self.body: bytes | None = None
        self.etag = ""
        self.answered_at: datetime | None = None
        self.trouble = ""  # away, refused, odd; empty after an answer
        self.unwritten = ""  # why the file is not as new as the body

    async def run(self, sleep: Sleep = asyncio.sleep) -> None:
        """Asks for ever."""
        while True:
            await self.refresh()
            await sleep(self.pause())

    def pause(self) -> float:
        """Seconds until the next question; never the same twice, so that servers started together come apart."""
        return self._due() * random.uniform(0.8, 1.2)  # noqa: S311 - not a secret

    def _due(self) -> float:
        if self._partial and not self._failures:
            return min(MINUTE, SOON * 2.0 ** min(self._partial - 1, 8))
        return min(LONGEST_BACK_OFF, MINUTE * 2**self._failures) if self._failures < 8 else LONGEST_BACK_OFF

    async def not_older_than(self, seconds: float) -> None:
        """Asks when the last question is older, or waits for its answer. A hub in trouble is left its pause."""
        wait = self._due() if self._failures else seconds
        if self._asking is not None or time.monotonic() - self._asked_at >= wait:
            await self.refresh()

    async def refresh(self) -> None:
        """Asks now; who comes meanwhile waits for the same answer."""
        if self._asking is None:
            self._asking = asyncio.ensure_future(self._refresh())
            self._asking.add_done_callback(self._asked)
        await asyncio.shield(self._asking)

    def _asked(self, _: object) -> None:
        self._asking = None

    async def _refresh(self) -> None:
        self._asked_at = time.monotonic()
        answer = await self._ask("GET", self._path, self.etag if self.body is not None else "")
        told = _object(answer.body) if answer.status == OK else None
        if told is not None:
            self.body, self.etag = answer.body, answer.etag
            self._partial = self._partial + 1 if told.get("not_read_yet") else 0
        elif answer.status == NOT_MODIFIED and self.body is not None:
            self._partial += 1 if self._partial else 0
        else:
            self._failures += 1
            self.trouble = "refused" if answer.status in REFUSED else "odd" if 0 < answer.status < 500 else "away"
            return
        self._failures, self.trouble = 0, ""
        self.answered_at = datetime.now(UTC)
        if self._file is not None:
            await asyncio.to_thread(self._keep, self._file, new=answer.status == OK)

    def _keep(self, file: Path, new: bool) -> None:
        """The file's time says when the hub last confirmed it."""
        try:
            if new or self.unwritten or not file.exists():
                private.write(file, self.body or b"")
            else:
                os.utime(file)
        except OSError as fault:  # a full quota; kernels read the last one that could be written
            self.unwritten = fault.strerror or type(fault).__name__
        else:
            self.unwritten = ""


def _object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except ValueError:
        return None
    return told if isinstance(told, dict) else None
