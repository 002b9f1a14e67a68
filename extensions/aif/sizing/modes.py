"""The ways to ask for computing time, read from `modes.toml` beside this, and which of them an estimate fits. Pure."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from aif.sizing.estimate import Estimate

FILE = Path(__file__).with_name("modes.toml")
DAYS_A_MONTH = 30.4
#: The best first: all of the range fits; the likely amount does; the call says how much; meant for more; for less.
VERDICTS = ("fits", "perhaps", "by-call", "too-little", "too-much")


@dataclass(frozen=True)
class Mode:
    """One access mode. `least` and `most` are GPU-hours, `most` None where the call says it; `months` its longest.

    `seen` says that `most` is no rule, but the largest grant that we know of.
    """

    name: str
    who: str
    months: int
    least: float = 0.0
    most: float | None = None
    seen: bool = False
    meant: Mapping[str, str] = field(default_factory=dict)  # for whom, by language
    answer: Mapping[str, str] = field(default_factory=dict)  # how soon, by language

    def verdict(self, asked: Estimate) -> str:
        """One of `VERDICTS`."""
        hours = asked.gpu_hours
        if hours.likely < self.least:
            return "too-little"
        if self.most is None:
            return "fits" if self.least else "by-call"
        return "fits" if hours.high <= self.most else "perhaps" if hours.likely <= self.most else "too-much"

    def at_once(self, asked: Estimate, already: float) -> int:
        """How many runs must go on at once for the dear end to be ready in time; `already` is how many do."""
        return math.ceil(max(1.0, asked.days.high * already / (self.months * DAYS_A_MONTH)))


@cache
def known(file: Path = FILE) -> tuple[Mode, ...]:
    """The modes that `file` lists."""
    told = tomllib.loads(file.read_text(encoding="utf-8"))
    return tuple(
        Mode(**{"meant" if key == "for" else key: value for key, value in one.items()}) for one in told["mode"]
    )


@cache
def as_of(file: Path = FILE) -> str:
    """The month that the list was right in: ``2026-06``."""
    return str(tomllib.loads(file.read_text(encoding="utf-8"))["as_of"])


def of(who: str, modes: Sequence[Mode]) -> tuple[Mode, ...]:
    """Those that such a person may apply for."""
    return tuple(mode for mode in modes if mode.who == who)


def proposed(asked: Estimate, modes: Sequence[Mode]) -> Mode | None:
    """The first of the best verdict; None where nothing is to be applied for, or nothing fits."""
    if not asked.gpu_hours.likely:
        return None
    best = min(modes, key=lambda mode: VERDICTS.index(mode.verdict(asked)), default=None)
    return best if best and VERDICTS.index(best.verdict(asked)) <= VERDICTS.index("by-call") else None
