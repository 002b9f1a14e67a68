"""A clock that stands until it is set, for what asks how much time has gone by."""

from __future__ import annotations


class Clock:
    """`monotonic` is what `time` has under that name; `now` is in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now
