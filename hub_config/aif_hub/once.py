"""Work that many ask for and that is done once at a time, by its name; it goes on when whoever asked is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Once(Generic[T]):
    """Of each name at most one piece of work at a time: who asks meanwhile waits for that one."""

    def __init__(self) -> None:
        self._under_way: dict[str, asyncio.Task[T]] = {}

    async def do(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """What the work under that name gives: of that which is under way, else of `work`, begun now."""
        task = self._under_way.get(name)
        if task is None:
            task = asyncio.get_running_loop().create_task(work())
            self._under_way[name] = task
            task.add_done_callback(lambda _: self._under_way.pop(name, None))
        return await asyncio.shield(task)

    def under_way(self, name: str) -> asyncio.Task[T] | None:
        """The work that is being done under that name."""
        return self._under_way.get(name)
