"""What a cluster is to be, priced and refused before anything reaches Slurm."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aif.core.sentence import Sentence, Unit
from aif.refusals import Refusal
from aif.scale.place import Place, Size

#: A worker is not started for less: it would end before it has done anything.
SHORTEST = timedelta(minutes=5)
#: So many workers may be asked for at once; more is a slip of the finger on any cluster of this kind.
MOST_WORKERS = 1000


class NotPlanned(Refusal):
    """A cluster that cannot be: what was asked, what is allowed, what to do."""


@dataclass(frozen=True)
class Plan:
    """`workers` workers of one size, each for `time` at most; they are paid from when each of them starts.

    Amounts are in the size's unit. `budget` ends them all when it is spent.
    """

    size: Size
    workers: int
    time: timedelta
    budget: Fraction | None = None

    @property
    def price(self) -> Fraction:
        """What all of them use in an hour."""
        return self.size.price * self.workers

    @property
    def most(self) -> Fraction:
        """What it costs at most."""
        cost = self.price * Fraction(int(self.time.total_seconds()), 3600)
        return cost if self.budget is None else min(cost, self.budget)


def plan(
    place: Place,
    *,
    gpus: int | None = None,
    workers: int | None = None,
    hours: float | None = None,
    size: str | None = None,
    free: float | None = None,
    budget: Fraction | None = None,
) -> Plan:
    """The cluster that was asked for: one worker a GPU, of the session's own size and length where nothing is said.

    `free` is what the project's budget has free to plan, None where that is not known; `budget` is the cluster's own.
    Both are in the place's unit. Raises NotPlanned.
    """
    chosen = _size(place, size, gpus)
    count = _count(gpus, workers, chosen)
    made = Plan(chosen, count, _time(place, hours, chosen), budget)
    if free is not None and made.most > Fraction(free):
        raise NotPlanned(
            Sentence("{workers} × {size} for {time} costs up to {most} {unit}.", **_asked(made)),
            Sentence("{free} are free to plan.", free=Fraction(free)),
            _what_fits(made, Fraction(free)),
        )
    return made


def growth(place: Place, first: Plan, more: int, *, free: float | None = None, budget: Fraction | None = None) -> Plan:
    """So many workers more as those of `first`, priced and refused as these were. Raises NotPlanned."""
    count = _count(None, more, first.size)
    made = Plan(first.size, count, _time(place, first.time.total_seconds() / 3600, first.size), budget)
    if free is not None and made.most > Fraction(free):
        fewer = _fewer(made, Fraction(free))
        raise NotPlanned(
            Sentence("{workers} × {size} more for {time} costs up to {most} {unit}.", **_asked(made)),
            Sentence("{free} are free to plan.", free=Fraction(free)),
            Sentence("What fits: {fewer} of them for {time}.", fewer=fewer, time=made.time)
            if fewer
            else Sentence("Ask who leads the project for more."),
        )
    return made


def _size(place: Place, name: str | None, gpus: int | None) -> Size:
    if name is not None:
        for one in place.sizes:
            if one.name == name:
                return one
        raise NotPlanned(
            Sentence("There is no worker size called “{name}”.", name=name),
            _sizes(place),
            Sentence("Choose one of these."),
        )
    own = [one for one in place.sizes if one.name == place.size]
    alike = [one for one in place.sizes if one.gpus and one.gpu_type == place.gpu_type]
    without = [one for one in place.sizes if not one.gpus]
    with_gpu = [one for one in place.sizes if one.gpus]
    wanted = (alike or with_gpu) if gpus or place.gpu_type else (own or without)
    if not wanted:
        raise NotPlanned(
            Sentence("No worker size of this cluster fits what was asked for."),
            _sizes(place),
            Sentence("Name one with size=, or start a session of another size."),
        )
    return wanted[0]


def _count(gpus: int | None, workers: int | None, size: Size) -> int:
    if gpus is not None and workers is not None and gpus != workers:
        raise NotPlanned(
            Sentence("gpus={gpus} and workers={workers} were both asked for.", gpus=gpus, workers=workers),
            Sentence("A worker has one GPU, so both are the same number."),
            Sentence("Leave one of them out."),
        )
    count = gpus if gpus is not None else workers if workers is not None else 1
    if gpus and not size.gpus:
        raise NotPlanned(
            Sentence("{gpus} GPUs were asked for in the size “{size}”.", gpus=gpus, size=size.name),
            Sentence("It has no GPU."),
            Sentence("Ask for workers= in its place, or choose another size."),
        )
    if type(count) is not int or not 0 <= count <= MOST_WORKERS:
        raise NotPlanned(
            Sentence("{count} workers were asked for.", count=repr(count)),
            Sentence("A cluster has a whole number of them, from 0 to {most}.", most=MOST_WORKERS),
            Sentence("Choose one of these."),
        )
    return count


def _time(place: Place, hours: float | None, size: Size) -> timedelta:
    most, left = timedelta(hours=size.hours_max), place.time_left()
    if left is not None and left < SHORTEST:
        raise NotPlanned(
            Sentence("This session ends in {left}.", left=left),
            Sentence("Workers end with it, so none would do anything."),
            Sentence("Start the next session first."),
        )
    if hours is None:
        return min(most, left) if left is not None else most
    try:
        wanted = timedelta(hours=hours)
    except (TypeError, ValueError, OverflowError) as fault:
        raise NotPlanned(
            Sentence("hours={hours} is not a length.", hours=repr(hours)),
            Sentence("{size} runs for at most {most}.", size=size.title, most=most),
            Sentence("Say hours=2 or 0.5."),
        ) from fault
    if not SHORTEST <= wanted <= most:
        raise NotPlanned(
            Sentence("hours={hours} was asked for.", hours=f"{hours:g}"),
            Sentence(
                "A worker of the size {size} runs for {least} to {most}.", size=size.name, least=SHORTEST, most=most
            ),
            Sentence("Choose a length in between, or another size."),
        )
    return wanted if left is None else min(wanted, left)  # workers end with their session


def _sizes(place: Place) -> Sentence:
    names = ", ".join(one.name for one in place.sizes)
    return (
        Sentence("The sizes are {names}.", names=names) if names else Sentence("This cluster has no sizes of workers.")
    )


def _asked(made: Plan) -> dict[str, object]:
    return {
        "workers": made.workers,
        "size": made.size.title,
        "time": made.time,
        "most": made.most,
        "unit": Unit(made.size.unit),
    }


def _fewer(made: Plan, free: Fraction) -> int:
    return int(free / (made.size.price * Fraction(int(made.time.total_seconds()), 3600)))


def _what_fits(made: Plan, free: Fraction) -> Sentence:
    fewer = _fewer(made, free)
    sooner = timedelta(minutes=int(free * 60 / made.price))
    if fewer and sooner >= SHORTEST:
        return Sentence(
            "What fits: {fewer} of them for {time} or all for {sooner}.", fewer=fewer, time=made.time, sooner=sooner
        )
    if fewer:
        return Sentence("What fits: {fewer} of them for {time}.", fewer=fewer, time=made.time)
    if sooner >= SHORTEST:
        return Sentence("What fits: all for {sooner}.", sooner=sooner)
    return Sentence("Ask who leads the project for more.")
