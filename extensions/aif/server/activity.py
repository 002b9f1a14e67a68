"""Whether anything runs in this session: looked at often, told to the hub once a minute and after a save."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

#: Between two looks; a report is made of all looks since the last.
LOOK_SECONDS = 10.0
#: Between two reports until the hub has said otherwise, and when it does not answer.
REPORT_SECONDS = 60.0
#: A hub may ask for a report as often, and as seldom, as this.
SOONEST, LATEST = 1.0, 600.0
OK, NOT_OURS, OVER = 200, 403, 409

#: What is sent to the hub, and its status and answer; status 0: it could not be reached.
Send = Callable[[bytes], Awaitable[tuple[int, bytes]]]
Clock = Callable[[], float]


@dataclass(frozen=True)
class Seen:
    """One look. `gpu` is the percent that GPUs work, "none" where there is none, None where that is not known."""

    busy: bool
    asked_at: float  # when somebody last had a kernel or a terminal do something
    gpu: float | str | None


@dataclass
class Activity:
    """What the looks add up to. All times are of `clock`, which never jumps."""

    clock: Clock = time.monotonic
    saved_at: float | None = None
    _told_at: float = field(init=False, default=float("-inf"))
    _active_at: float = field(init=False)
    _gpu_active_at: float = field(init=False)
    _seen: Seen | None = None

    def __post_init__(self) -> None:
        self._active_at = self._gpu_active_at = self.clock()

    def saved(self) -> None:
        """A file was saved: somebody is at work, or was a minute ago."""
        self.saved_at = self.clock()

    @property
    def has_news(self) -> bool:
        """A save is in no report yet. It may be the last: whoever looks at the end of a session wants to know of it."""
        return self.saved_at is not None and self.saved_at > self._told_at

    def see(self, seen: Seen) -> None:
        """Takes in a look."""
        now, self._seen = self.clock(), seen
        self._active_at = max(self._active_at, seen.asked_at, self.saved_at or float("-inf"), now if seen.busy else 0.0)
        if not isinstance(seen.gpu, float) or seen.gpu > 0:
            self._gpu_active_at = now  # what cannot be measured may be at work

    def report(self) -> dict[str, Any]:
        """For the hub; before the first look nothing is known, so something runs."""
        now, seen = self.clock(), self._seen
        self._told_at = now
        gpu = seen.gpu if seen else None
        return {
            "busy": seen.busy if seen else True,
            "idle_seconds": int(now - self._active_at),
            "gpu": "unknown" if gpu is None else "none" if gpu == "none" else "measured",
            "gpu_idle_seconds": int(now - self._gpu_active_at),
            "saved_seconds_ago": None if self.saved_at is None else int(now - self.saved_at),
        }


async def tell(activity: Activity, look: Callable[[], Awaitable[Seen]], send: Send, sleep: Any = asyncio.sleep) -> None:
    """Looks and reports until the hub says that this session is over; of a save with the next look."""
    due, every = activity.clock(), REPORT_SECONDS
    while True:
        activity.see(await look())
        if activity.clock() >= due or activity.has_news:
            status, answer = await send(json.dumps(activity.report()).encode())
            if status == OVER:
                return
            every = _again(answer) if status == OK else LATEST if status == NOT_OURS else REPORT_SECONDS
            due = activity.clock() + every
        await sleep(min(LOOK_SECONDS, every / 2))


def _again(answer: bytes) -> float:
    try:
        seconds = json.loads(answer)["again_seconds"]
    except (ValueError, KeyError, TypeError):
        return REPORT_SECONDS
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return REPORT_SECONDS
    return min(LATEST, max(SOONEST, float(seconds)))
