"""How the stop of a session goes: what Slurm said to it, since when, and when it is asked again."""

from __future__ import annotations

import time
from enum import Enum

#: Pauses before Slurm is asked again; they double up to the longest.
CANCEL_AGAIN_SECONDS = 2.0
#: The first pause after it has taken the wish: a job's programs have 30 s to end by themselves.
TAKEN_SECONDS = 10.0
LONGEST_SECONDS = 60.0
#: What is not ended by then is told about in other words.
SLOW_SECONDS = 60.0


class Trouble(Enum):
    """Why a session that is being stopped is not ended yet."""

    NONE = ""
    UNANSWERED = "unanswered"  # Slurm, or the way to it, does not say whether it took the wish
    REFUSED = "refused"
    SLOW = "slow"  # it took it, and the job is still there


class Stop:
    """The stop of one session, from the wish to its end."""

    def __init__(self) -> None:
        self._since = time.monotonic()
        self._trouble = Trouble.NONE
        self._pause = 0.0

    @property
    def seconds(self) -> float:
        """For how long this hub has been at it."""
        return time.monotonic() - self._since

    @property
    def trouble(self) -> Trouble:
        """What keeps it."""
        if self._trouble is Trouble.NONE and self.seconds >= SLOW_SECONDS:
            return Trouble.SLOW
        return self._trouble

    def met(self, trouble: Trouble) -> bool:
        """Notes how Slurm was asked just now: whether that is news."""
        first = CANCEL_AGAIN_SECONDS if trouble is not Trouble.NONE else TAKEN_SECONDS
        news = self._trouble is not trouble
        self._pause = first if news or not self._pause else min(LONGEST_SECONDS, 2 * self._pause)
        self._trouble = trouble
        return news

    @property
    def pause(self) -> float:
        """Seconds until Slurm is asked again."""
        return self._pause
