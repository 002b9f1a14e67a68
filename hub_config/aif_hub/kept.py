"""Something that takes Slurm a while to say: kept for everybody, and read again before anybody has to wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Generic, TypeVar

from aif.core.errors import SlurmError

#: How long a page waits for something stale: it says how old that is, and a Slurm that hangs does not hold it up.
PAGE_SECONDS = 1.0

T = TypeVar("T")


class Kept(Generic[T]):
    """A value that `read` fetches. Once it is older than `fresh` seconds it is read again, by one for all.

    Until it is older than `stale` seconds, who asks meanwhile gets the old one at once. While Slurm is away the last
    one stays.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], first: T, fresh: float, stale: float) -> None:
        self.value = first
        self._read = read
        self._fresh = fresh
        self._stale = stale
        self._answered = float("-inf")  # when it was read last, or could not be
        self._said = float("-inf")  # when what is known was asked for
        self._reading: asyncio.Task[None] | None = None

    async def now(self, patience: float | None = None) -> T:
        """The value, waited for only where it is stale or nothing is known yet, and `patience` seconds at most."""
        self.glance()
        return await self.within(self._stale, patience)

    async def within(self, seconds: float, patience: float | None = None) -> T:
        """The value, waited for where it is older than `seconds`, and `patience` seconds at most."""
        older = self._age > seconds
        self.glance(seconds)
        if older and self._reading is not None:
            await asyncio.wait({self._reading}, timeout=patience)
        return self.value

    def glance(self, fresh: float | None = None) -> T:
        """What is known already; it is read again meanwhile where it is older than `fresh` seconds."""
        if self._reading is None and self._age > (self._fresh if fresh is None else fresh):
            self._reading = asyncio.get_running_loop().create_task(self._again())
        return self.value

    @property
    def asking(self) -> bool:
        """Whether it is being read: soon there may be something newer."""
        return self._reading is not None

    @property
    def said_before(self) -> float:
        """How many seconds ago what is known was asked for, however often it could not be read since."""
        return monotonic() - self._said

    @property
    def _age(self) -> float:
        return monotonic() - self._answered

    async def _again(self) -> None:
        began = monotonic()
        try:
            self.value = await self._read()
            self._said = began
        except SlurmError:
            pass
        finally:
            self._answered, self._reading = monotonic(), None
