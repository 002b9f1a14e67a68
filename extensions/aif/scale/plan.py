"""What a cluster is to be, priced and refused before anything reaches Slurm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aif.core.errors import AifError
from aif.core.units import words
from aif.scale.place import Place, Size

#: A worker is not started for less: it would end before it has done anything.
SHORTEST = timedelta(minutes=5)
#: So many workers may be asked for at once; more is a slip of the finger on any cluster of this kind.
MOST_WORKERS = 1000


class NotPlanned(AifError):
    """A cluster that cannot be: what was asked, what is allowed, what to do."""


@dataclass(frozen=True)
class Plan:
    """`workers` workers of one size, each for `time` at most; they are paid from when each of them starts."""

    size: Size
    workers: int
    time: timedelta

    @property
    def price(self) -> Fraction:
        """GPU-hours of whole GPUs that all of them use in an hour."""
        return self.size.price * self.workers

    @property
    def most_gpu_hours(self) -> Fraction:
        """What it costs at most."""
        return self.price * Fraction(int(self.time.total_seconds()), 3600)


def plan(
    place: Place,
    *,
    gpus: int | None = None,
    workers: int | None = None,
    hours: float | None = None,
    size: str | None = None,
    free: float | None = None,
) -> Plan:
    """The cluster that was asked for: one worker a GPU, of the session's own size and length where nothing is said.

    `free` is what the budget has free to plan, in GPU-hours; None where that is not known. Raises NotPlanned.
    """
    chosen = _size(place, size, gpus)
    count = _count(gpus, workers, chosen)
    made = Plan(chosen, count, _time(place, hours, chosen))
    if free is not None and made.most_gpu_hours > Fraction(free):
        raise NotPlanned(*_too_dear(made, Fraction(free)))
    return made


def _size(place: Place, name: str | None, gpus: int | None) -> Size:
    if name is not None:
        for one in place.sizes:
            if one.name == name:
                return one
        raise NotPlanned(
            f"There is no worker size called “{name}”.",
            f"The sizes are {', '.join(one.name for one in place.sizes) or 'none on this cluster'}.",
            "Choose one of these.",
        )
    own = [one for one in place.sizes if one.name == place.size]
    alike = [one for one in place.sizes if one.gpus and one.gpu_type == place.gpu_type]
    without = [one for one in place.sizes if not one.gpus]
    with_gpu = [one for one in place.sizes if one.gpus]
    wanted = (alike or with_gpu) if gpus or place.gpu_type else (own or without)
    if not wanted:
        raise NotPlanned(
            "No worker size of this cluster fits what was asked for.",
            f"The sizes are {', '.join(one.name for one in place.sizes) or 'none'}.",
            "Name one with size=, or start a session of another size.",
        )
    return wanted[0]


def _count(gpus: int | None, workers: int | None, size: Size) -> int:
    if gpus is not None and workers is not None and gpus != workers:
        raise NotPlanned(
            f"gpus={gpus} and workers={workers} were both asked for.",
            "A worker has one GPU, so both are the same number.",
            "Leave one of them out.",
        )
    count = gpus if gpus is not None else workers if workers is not None else 1
    if gpus and not size.gpus:
        raise NotPlanned(
            f"{gpus} GPUs were asked for in the size “{size.name}”.",
            "It has no GPU.",
            "Ask for workers= in its place, or choose another size.",
        )
    if type(count) is not int or not 0 <= count <= MOST_WORKERS:
        raise NotPlanned(
            f"{count!r} workers were asked for.",
            f"A cluster has a whole number of them, from 0 to {MOST_WORKERS}.",
            "Choose one of these.",
        )
    return count


def _time(place: Place, hours: float | None, size: Size) -> timedelta:
    most, left = timedelta(hours=size.hours_max), place.time_left()
    if left is not None and left < SHORTEST:
        raise NotPlanned(
            f"This session ends in {words(left)}.",
            "Workers end with it, so none would do anything.",
            "Start the next session first.",
        )
    if hours is None:
        return min(most, left) if left is not None else most
    try:
        wanted = timedelta(hours=hours)
    except (TypeError, OverflowError) as fault:
        raise NotPlanned(
            f"hours={hours!r} is not a length.", f"{size.title} runs for at most {words(most)}.", "Say hours=2 or 0.5."
        ) from fault
    if not SHORTEST <= wanted <= most:
        raise NotPlanned(
            f"hours={hours:g} was asked for.",
            f"A worker of the size {size.name} runs for {words(SHORTEST)} to {words(most)}.",
            "Choose a length in between, or another size.",
        )
    return wanted if left is None else min(wanted, left)  # workers end with their session


def _too_dear(made: Plan, free: Fraction) -> tuple[str, str, str]:
    fits = int(free / (made.size.price * Fraction(int(made.time.total_seconds()), 3600)))
    time = timedelta(minutes=int(free * 60 / made.price))
    ways = [f"{fits} of them for {words(made.time)}"] if fits else []
    ways += [f"all for {words(time)}"] if time >= SHORTEST else []
    return (
        f"{made.workers} × {made.size.title} for {words(made.time)} costs up to {float(made.most_gpu_hours):.2f} "
        "GPU-hours.",
        f"{float(free):.2f} are free to plan.",
        f"What fits: {' or '.join(ways)}." if ways else "Ask who leads the project for more.",
    )
