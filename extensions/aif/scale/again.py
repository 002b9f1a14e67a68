"""What Slurm last answered to a cluster: why workers miss because of it, and when it is asked for them again."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import Any

from aif.core.errors import SlurmError
from aif.widgets.figures import FIRST, speech

#: Seconds from one refusal until it is asked again; the last one for each refusal after it.
PAUSES = (10.0, 20.0, 40.0, 80.0, 160.0, 300.0)
#: A Slurm that has said nothing for so long is told to be away.
SILENT_SECONDS = 10.0


class Again:
    """`owed` are workers that were to replace others and that Slurm has refused, as Dask specifies them, by name.

    They are asked for when it is time, whatever else Slurm takes or refuses meanwhile.
    """

    def __init__(self, language: str = "") -> None:
        self._words = speech(language or FIRST)
        self._refusal = ""
        self._refusals = 0
        self._due = 0.0
        self._silent_since: float | None = None
        self.owed: dict[Any, Any] = {}

    @property
    def trouble(self) -> str:
        """Why workers miss, in the session's language; empty where Slurm answers and takes them."""
        found = []
        if self._silent_since is not None and time.monotonic() - self._silent_since >= SILENT_SECONDS:
            found.append(self._words.say("cluster.silent", clock=self._clock(self._silent_since)))
        if self._refusal:
            found.append(self._words.say("cluster.refused", said=self._refusal, clock=self._clock(self._due)))
        return " ".join(found)

    @property
    def waits(self) -> bool:
        """Whether there is something to ask for again, or Slurm to be found back."""
        return bool(self._refusal) or self._silent_since is not None

    @property
    def may_ask(self) -> bool:
        """Whether more workers may be asked for now."""
        return self._silent_since is None and (not self._refusal or time.monotonic() >= self._due)

    def refused(self, error: SlurmError) -> None:
        """Slurm answered, and took nothing."""
        pause = PAUSES[min(self._refusals, len(PAUSES) - 1)]
        self._refusal, self._due = words_of(error), time.monotonic() + pause
        self._refusals += 1

    def taken(self) -> None:
        """Slurm took what it was asked for, or somebody has been told that it did not."""
        self._refusal, self._refusals = "", 0

    def silent(self) -> None:
        """Slurm did not answer."""
        self._silent_since = time.monotonic() if self._silent_since is None else self._silent_since

    def heard(self) -> None:
        """Slurm answered, whatever it said."""
        self._silent_since = None

    def _clock(self, at: float) -> str:
        moment = datetime.now().astimezone() + timedelta(seconds=at - time.monotonic())
        return self._words.time(moment)


def words_of(error: SlurmError) -> str:
    """What Slurm said, without the name of its command and without a full stop.

    >>> words_of(SlurmError("sbatch", 1, "sbatch: error: Invalid account."))
    'Invalid account'
    """
    return (error.said or str(error)).removeprefix(f"{error.command}: error: ").rstrip(".")
