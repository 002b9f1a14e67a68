"""What a session's server reports of itself once a minute, checked for shape, and the last report of each session."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

#: The longest time that a report speaks of.
MOST_SECONDS = 10_000_000
#: ``none``: there is no GPU that could do anything; ``unknown``: there may be one, and it cannot be measured.
GPU = ("none", "measured", "unknown")
_FIELDS = {"busy", "idle_seconds", "gpu", "gpu_idle_seconds", "saved_seconds_ago"}


@dataclass(frozen=True)
class Report:
    """How a session is, as its server said at `at` (the hub's time); the next report is due `every` later.

    `busy`: something runs now. Seconds count since something last ran, since the GPU last did something, and since a
    file was last saved (None: none yet).
    """

    at: datetime
    every: timedelta
    busy: bool
    idle_seconds: int
    gpu: str
    gpu_idle_seconds: int
    saved_seconds_ago: int | None

    @classmethod
    def parse(cls, body: bytes, at: datetime, every: timedelta) -> Report:
        """From exactly the fields of `_FIELDS`. Raises ValueError."""
        data = json.loads(body)
        if not isinstance(data, dict) or set(data) != _FIELDS:
            raise ValueError(f"a report has the fields {', '.join(sorted(_FIELDS))}, and no others")
        if not isinstance(data["busy"], bool):
            raise ValueError("busy must be true or false")
        if data["gpu"] not in GPU:
            raise ValueError(f"gpu must be one of {', '.join(GPU)}")
        saved = data["saved_seconds_ago"]
        return cls(
            at=at,
            every=every,
            busy=data["busy"],
            idle_seconds=_seconds(data, "idle_seconds"),
            gpu=data["gpu"],
            gpu_idle_seconds=_seconds(data, "gpu_idle_seconds"),
            saved_seconds_ago=None if saved is None else _seconds(data, "saved_seconds_ago"),
        )

    @property
    def saved_at(self) -> datetime | None:
        """When a file was last saved, to the second."""
        if self.saved_seconds_ago is None:
            return None
        return (self.at - timedelta(seconds=self.saved_seconds_ago)).replace(microsecond=0)

    def is_fresh(self, now: datetime) -> bool:
        """Whether it still says how things are; a late report says nothing."""
        return now - self.at <= 2.5 * self.every


def _seconds(data: dict[str, Any], name: str) -> int:
    value = data[name]
    if type(value) is not int or not 0 <= value <= MOST_SECONDS:
        raise ValueError(f"{name} must be a whole number of seconds from 0 to {MOST_SECONDS}")
    return value
