"""What several pages are made of: a moment and a state, for machines and in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aif_hub import words


@dataclass(frozen=True)
class When:
    """A moment for machines and in words."""

    iso: str
    text: str

    @classmethod
    def of(cls, moment: datetime, now: datetime) -> When:
        """The moment as somebody at `now` says it."""
        return cls(moment.isoformat(timespec="seconds"), words.clock(moment, now))


@dataclass(frozen=True)
class State:
    """A state as word, shape (the name of an icon) and tone (plain, good, warn, stop)."""

    word: str
    shape: str
    tone: str = "plain"
