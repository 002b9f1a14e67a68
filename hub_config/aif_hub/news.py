"""News that is waited for instead of asked for: told about somebody, heard by all who wait for that."""

from __future__ import annotations

import asyncio


class News:
    """`about` is a login: what changes for one person wakes nobody else."""

    def __init__(self) -> None:
        self._waited_for: dict[str, asyncio.Event] = {}

    def about(self, whom: str) -> asyncio.Event:
        """Set at the next news. Taken before looking at what there is, so that nothing falls in between."""
        return self._waited_for.setdefault(whom, asyncio.Event())

    def tell(self, whom: str) -> None:
        """There is news of `whom`."""
        if event := self._waited_for.pop(whom, None):
            event.set()
