"""What the demo's people ran before its first day: believable jobs, the same each time from the same seed and day.

Who runs what how often stands in `history.toml`. Lengths are stretched so that each allocation's jobs add up to what it
is said to have used, to the second; where and when they ran says `past_queue`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random

from aif_hub.demo.errors import DemoError
from aif_hub.demo.grants import WHOLE_GPU

HOUR = 3600
#: How jobs end, and how often; the others complete.
_ENDS = {"FAILED": 0.07, "CANCELLED": 0.06, "TIMEOUT": 0.03, "OUT_OF_MEMORY": 0.01}
#: Which part of a week's jobs falls on each day, Monday first.
_WEEK = (0.18, 0.19, 0.19, 0.18, 0.15, 0.05, 0.06)
#: The time limits that people ask for, in hours.
_LIMITS = (1, 2, 4, 8, 12, 24)
_LONGEST = 12 * HOUR
#: How far one job's length is changed, in seconds, to make a sum come out.
_NUDGE = 600


@dataclass(frozen=True)
class Size:
    """What a job asks for."""

    partition: str
    cpus: int
    memory_gb: int
    gpus: int = 0
    gpu_type: str = ""

    @property
    def billing(self) -> int:
        """By the TRESBillingWeights of slurm.conf: 7 for a whole GPU, 1 for a slice."""
        return self.gpus * (WHOLE_GPU if self.gpu_type == "h100" else 1)


@dataclass(frozen=True)
class Habit:
    """What one person runs on one allocation, `a_week` times, submitted between the hours of `clock`."""

    allocation: str
    person: str
    name: str
    size: str
    a_week: float
    clock: tuple[int, int]
    hours: tuple[float, float]


@dataclass(frozen=True)
class Wish:
    """A job as it was submitted, and how long it ran. Times in seconds since 1970."""

    allocation: str
    person: str
    name: str
    size: Size
    submitted: int
    seconds: int
    state: str = "COMPLETED"

    @property
    def limit_seconds(self) -> int:
        """Its time limit: one that ran into it had just that."""
        return next(hours * HOUR for hours in _LIMITS if hours * HOUR >= self.seconds)

    @property
    def cost(self) -> int:
        """In seconds of billing."""
        return self.seconds * self.size.billing


@dataclass(frozen=True)
class History:
    """All of `history.toml`."""

    seed: int
    days: int
    sizes: Mapping[str, Size]
    habits: tuple[Habit, ...]

    def wishes(self, used: Mapping[str, tuple[Fraction, int]], first_day: date) -> list[Wish]:
        """Every job submitted before `first_day`: `used` says of each allocation the GPU-hours and its age in days."""
        found: list[Wish] = []
        for name, (gpu_hours, age) in used.items():
            habits = [habit for habit in self.habits if habit.allocation == name]
            drawn = list(self._drawn(habits, min(self.days, age), first_day))
            found += stretched(drawn, int(gpu_hours * HOUR * WHOLE_GPU))
        return sorted(found, key=lambda wish: (wish.submitted, wish.allocation, wish.person, wish.name))

    def _drawn(self, habits: Iterable[Habit], days: int, first_day: date) -> Iterator[Wish]:
        for habit in habits:
            dice = Random(f"{self.seed} {habit.allocation} {habit.person} {habit.name}")  # noqa: S311 - not a secret
            for ago in range(days, 0, -1):
                day = first_day - timedelta(days=ago)
                often = habit.a_week * _WEEK[day.weekday()]
                for _ in range(int(often) + (dice.random() < often % 1)):
                    yield _wish(habit, self.sizes[habit.size], midnight(day), dice)


def read(path: Path) -> History:
    """The habits of a `history.toml`."""
    text = tomllib.loads(path.read_text())
    habits = (
        Habit(**{**entry, "clock": tuple(entry["clock"]), "hours": tuple(entry["hours"])}) for entry in text["habit"]
    )
    sizes = {name: Size(**entry) for name, entry in text["size"].items()}
    return History(text["seed"], text["days"], sizes, tuple(habits))


def midnight(day: date) -> int:
    """When the day began here."""
    return int(datetime(day.year, day.month, day.day).astimezone().timestamp())


def _wish(habit: Habit, size: Size, day: int, dice: Random) -> Wish:
    """One drawn job. What fails, mostly fails early; what is cancelled, anywhen."""
    submitted = day + int(dice.uniform(*habit.clock) * HOUR)
    hours = dice.triangular(*habit.hours)
    rolled, state = dice.random(), "COMPLETED"
    for end, share in _ENDS.items():
        rolled -= share
        if rolled < 0:
            state = end
            break
    if state in ("FAILED", "OUT_OF_MEMORY"):
        hours *= dice.uniform(0.02, 0.4)
    elif state == "CANCELLED":
        hours *= dice.uniform(0.1, 0.9)
    wish = Wish(habit.allocation, habit.person, habit.name, size, submitted, max(20, int(hours * HOUR)), state)
    return replace(wish, seconds=wish.limit_seconds) if state == "TIMEOUT" else wish


def stretched(wishes: list[Wish], cost: int) -> list[Wish]:
    """The same jobs, longer or shorter, so that they cost just that: what ran into its limit stays as long as it is."""
    fixed = sum(wish.cost for wish in wishes if wish.state == "TIMEOUT")
    free = sum(wish.cost for wish in wishes) - fixed
    if not free:
        if cost:
            raise DemoError(f"No habit in history.toml can have cost {cost} seconds of billing.")
        return wishes
    by = (cost - fixed) / free
    made = [
        wish if wish.state == "TIMEOUT" else replace(wish, seconds=max(20, min(_LONGEST, int(wish.seconds * by))))
        for wish in wishes
    ]
    left = cost - sum(wish.cost for wish in made)
    able = [at for at, wish in enumerate(made) if wish.state == "COMPLETED" and wish.size.billing]
    # A slice's second costs 1 and a whole GPU's 7: so first a slice takes what is odd, then the largest take the most.
    for at in sorted(able, key=lambda at: (made[at].size.billing != 1, -made[at].size.billing)):
        price = made[at].size.billing
        more = left % WHOLE_GPU if price == 1 else max(-_NUDGE, min(_NUDGE, int(left / price)))
        if 20 <= made[at].seconds + more <= _LONGEST:
            made[at] = replace(made[at], seconds=made[at].seconds + more)
            left -= more * price
    if left:
        raise DemoError(f"The habits in history.toml do not come to the used amount: {left} seconds of billing off.")
    return made
