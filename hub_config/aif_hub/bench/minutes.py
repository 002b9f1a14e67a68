"""A count that is looked at now and then: how much it grows in a minute, and in the worst one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

MINUTE = 60.0


@dataclass(frozen=True)
class Seen:
    """One look: when, in seconds of a clock that never jumps, and the count then."""

    at: float
    count: int


#: Looks at a count that only grows, in their order.
Stretch = Sequence[Seen]


def growing(looks: Sequence[Seen]) -> Stretch:
    """The same looks at a count that began anew in between, as slurmctld's does at midnight: here it goes on.

    >>> [one.count for one in growing([Seen(0, 40), Seen(5, 42), Seen(10, 1), Seen(15, 4)])]
    [40, 42, 43, 46]
    """
    found = [*looks[:1]]
    for before, now in pairwise(looks):
        more = now.count - before.count if now.count >= before.count else now.count
        found.append(Seen(now.at, found[-1].count + more))
    return found


def a_minute(stretches: Sequence[Stretch]) -> float:
    """By how much the counts have grown in a minute, on average over all stretches.

    >>> a_minute([[Seen(0, 4), Seen(90, 10)], [Seen(400, 0), Seen(430, 2)]])
    4.0
    """
    grown = sum(one[-1].count - one[0].count for one in stretches)
    seconds = sum(one[-1].at - one[0].at for one in stretches)
    return MINUTE * grown / seconds


def most_in_a_minute(stretch: Stretch) -> int:
    """By how much the count has grown in the worst minute, or a little more, and never less.

    A minute that begins between two looks is over before the first look that is a minute after the second of them. Of a
    stretch that is shorter, all that there is.

    >>> most_in_a_minute([Seen(0, 0), Seen(10, 1), Seen(60, 9), Seen(80, 9), Seen(150, 11)])
    10
    """
    grown = (_after(stretch, second.at + MINUTE).count - first.count for first, second in pairwise(stretch))
    return max(grown, default=0)


def _after(stretch: Stretch, moment: float) -> Seen:
    return next((one for one in stretch if one.at >= moment), stretch[-1])
