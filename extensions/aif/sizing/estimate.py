"""From one measured run to hours: the formulas, with every assumption and its unit in sight. Pure.

    hours of one run = seconds ÷ 3600 × off × (own size ÷ measured size) ** growth
    session hours    = hours of one run × runs × (1 + again) ÷ busy
    GPU-hours        = session hours × GPUs

Each assumption has a low, a likely and a high value. The likely result takes all likely values. The range multiplies
and divides that by what the assumptions leave open together: their factors count as independent, so their logarithms
are added as squares (propagation of uncertainty: JCGM 100:2008, 5.1.2 and 5.1.6). All of them going badly at once is
rarer than one.

What the values stand on: a pass over the rows grows with exponent 1, sorting by 1.06 between a million and a thousand
million (n log n), and the rest up to 1.2 is for data that outgrow a memory; each row with each other would be 2, which
`growth` can be set to. That a session is paid for while somebody thinks is what centres tell their users (JSC's course:
"if you are just thinking you are burning project time"). How often runs are done again, how much of a session computes,
and how far one measurement is off, is our own reckoning: about one project in ten would lie beyond either end.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from aif.core.sentence import Sentence
from aif.refusals import Refusal

SECONDS = 3600.0
#: No project is larger; numbers beyond it are slips of a key.
MOST = 1e15


class BadNumber(Refusal):
    """A number that nothing can be calculated from: `name` is that of the argument, `allowed` says what it may be."""

    def __init__(self, name: str, asked: object, allowed: Sentence) -> None:
        super().__init__(Sentence("{name} is {asked}.", name=name, asked=asked), allowed)
        self.name = name
        self.allowed = allowed


def _least(least: float) -> Sentence:
    return Sentence("It must be {least} or more.", least=f"{least:g}")


_MORE_THAN_NOTHING = Sentence("It must be more than 0.")


@dataclass(frozen=True)
class Range:
    """One figure three times: about one project in ten lies below `low`, and one in ten above `high`."""

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        if not 0 <= self.low <= self.likely <= self.high < math.inf:
            raise BadNumber(
                "range",
                (self.low, self.likely, self.high),
                Sentence("It must be three numbers from 0 on, none smaller than the one before it."),
            )

    def times(self, factor: float) -> Range:
        """All three of them multiplied."""
        return Range(self.low * factor, self.likely * factor, self.high * factor)


@dataclass(frozen=True)
class Measured:
    """One run that was timed: how many `seconds` it took for how much, `size`, in `unit` (a word: "rows").

    `on` is ``cpu`` or ``gpu``, or empty where that is not known.
    """

    seconds: float
    size: float
    unit: str = ""
    on: str = ""

    def __post_init__(self) -> None:
        if self.on not in ON:
            raise BadNumber("on", self.on, Sentence("It must be one of: {names}.", names=", ".join(filter(None, ON))))
        for name in ("seconds", "size"):
            _check(name, getattr(self, name))


@dataclass(frozen=True)
class Wish:
    """What somebody means to do: `own` size in the unit of the run, how many `runs`, on how many GPUs each, how many
    `at_once`, as a ``company`` or for ``science``.

    `gpus` counts as the budget does: 1/7 for a seventh part, 0 without.
    """

    own: float
    runs: float = 100
    gpus: float = 1.0
    at_once: float = 1
    who: str = "company"

    def __post_init__(self) -> None:
        _check("own", self.own)
        _check("runs", self.runs, least=1)
        _check("at_once", self.at_once, least=1)
        if not 0 <= self.gpus <= MOST:  # also refuses what is not a number
            raise BadNumber("gpus", self.gpus, _least(0))
        if self.who not in WHO:
            raise BadNumber("who", self.who, Sentence("It must be one of: {names}.", names=", ".join(WHO)))


#: What a run can be timed on.
ON = ("", "cpu", "gpu")
#: Who may apply for what: companies by industrial modes, everybody in research and the public sector by the others.
WHO = ("company", "science")


@dataclass(frozen=True)
class Assumed:
    """What is not measured. Of `busy` the low value is the dear one, for it divides."""

    growth: Range = Range(0.9, 1.0, 1.2)  # exponent: 1 takes twice as long for twice as much
    again: Range = Range(0.1, 0.3, 1.0)  # runs that failed or were changed and are done again, over those that count
    busy: Range = Range(0.35, 0.6, 0.9)  # of the time that a session is paid for, the share in which it computes
    off: Range = Range(0.9, 1.0, 1.25)  # what one measurement is off by, as a factor

    def __post_init__(self) -> None:
        for each in fields(self):
            if each.name != "again" and getattr(self, each.name).low <= 0:
                raise BadNumber(each.name, getattr(self, each.name).low, _MORE_THAN_NOTHING)
        if self.busy.high > 1:
            raise BadNumber("busy", self.busy.high, Sentence("It must be 1 at most: a share."))


ASSUMED = Assumed()


@dataclass(frozen=True)
class Estimate:
    """What follows: hours of one run, hours of all sessions together, GPU-hours, and days of the calendar."""

    run_hours: Range
    session_hours: Range
    gpu_hours: Range
    days: Range


def estimate(measured: Measured, wish: Wish, assumed: Assumed = ASSUMED) -> Estimate:
    """The work of `wish`, by the run that was `measured`."""
    larger = wish.own / measured.size
    growth = _powers(larger, assumed.growth)
    again = Range(1 + assumed.again.low, 1 + assumed.again.likely, 1 + assumed.again.high)
    busy = Range(1 / assumed.busy.high, 1 / assumed.busy.likely, 1 / assumed.busy.low)
    alone = measured.seconds / SECONDS
    sessions = _together(assumed.off, growth, again, busy).times(alone * wish.runs)
    return Estimate(
        run_hours=_together(assumed.off, growth).times(alone),
        session_hours=sessions,
        gpu_hours=sessions.times(wish.gpus),
        days=sessions.times(1 / 24 / wish.at_once),
    )


# Below: the parts -----------------------------------------------------------------------------------------------------


def _powers(larger: float, growth: Range) -> Range:
    """How many times as long for `larger` times as much; for less of it the steep exponent is the cheap one."""
    low, likely, high = (larger**exponent for exponent in (growth.low, growth.likely, growth.high))
    return Range(min(low, high), likely, max(low, high))


def _together(*factors: Range) -> Range:
    """The product of independent factors: their spreads as logarithms, added as squares on either side."""
    likely = math.prod(each.likely for each in factors)
    up = math.sqrt(sum(math.log(each.high / each.likely) ** 2 for each in factors))
    down = math.sqrt(sum(math.log(each.likely / each.low) ** 2 for each in factors))
    return Range(likely / math.exp(down), likely, likely * math.exp(up))


def _check(name: str, value: float, least: float = 0.0) -> None:
    if not (least <= value <= MOST and value > 0):  # also refuses what is not a number
        raise BadNumber(name, value, _least(least) if least else _MORE_THAN_NOTHING)
