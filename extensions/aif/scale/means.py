"""What a cluster may still use: of its session's time, of what its project has free, and of a budget of its own."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction

from aif.core.sentence import Sentence, Unit
from aif.scale.place import Funds, Place, funds
from aif.scale.plan import MOST_WORKERS, SHORTEST, NotPlanned, Plan, growth
from aif.scale.tally import Tally
from aif.widgets.figures import Speech


class Means:
    """Of one cluster. `funds` are as last read; `trouble` says why it does not grow, or does not replace what went."""

    def __init__(self, place: Place, tally: Tally) -> None:
        self._place, self._tally = place, tally
        self.funds = Funds()
        self.trouble: Sentence | None = None

    def read(self) -> None:
        """Reads anew what is free to plan: a small file of the session's."""
        self.funds = funds(self._place.unit)

    @property
    def left(self) -> timedelta | None:
        """Whole minutes until the session ends; None where that is not known."""
        left = self._place.time_left()
        return None if left is None else timedelta(minutes=left // timedelta(minutes=1))

    @property
    def ends(self) -> bool:
        """Whether the session ends so soon that no worker is started any more."""
        left = self._place.time_left()
        return left is not None and left < SHORTEST

    @property
    def budget(self) -> Fraction | None:
        """What is left of the cluster's own; None where it has none."""
        budget = self._tally.budget
        return None if budget is None else max(budget - self._tally.spent, Fraction())

    def lasts(self, rate: Fraction) -> timedelta | None:
        """For how long the cluster's own budget pays for `rate` an hour; None where nothing is used of it."""
        return None if self.budget is None or not rate else timedelta(seconds=int(self.budget / rate * 3600))

    def longest(self, rate: Fraction | None) -> timedelta | None:
        """The longest that a worker which is asked for now may run; None: as long as its plan says.

        No longer than its session, nor than the budget pays for `rate`; None where `rate` will change by itself.
        """
        paid = self.lasts(rate) if rate is not None else None
        known = [one for one in (self.left, None if paid is None else max(paid, SHORTEST)) if one is not None]
        return min(known, default=None)

    def check(self, first: Plan, more: int) -> None:
        """Prices so many more workers like the first ones. Raises NotPlanned where they do not fit."""
        growth(self._place, first, more, free=self.funds.free, budget=self.budget)

    def replaces(self, rate: Fraction) -> bool:
        """Whether another worker is worth starting where one went; `trouble` says why not."""
        paid = self.lasts(rate)
        if self.ends:
            self.trouble = self._ends()
        elif paid is not None and paid < SHORTEST:
            self.trouble = Sentence("The budget lasts for {left}, so no more workers are started.", left=paid)
        else:
            return True
        return False

    def affordable(self, first: Plan, more: int) -> int:
        """How many of so many more workers an adapting cluster asks for; `trouble` says why not for all."""
        left, more = self._place.time_left(), min(more, MOST_WORKERS)
        if self.ends:
            self.trouble = self._ends()
            return 0
        each = Plan(first.size, 1, first.time if left is None else min(first.time, left)).most
        fits, free = more, self.funds.free
        if free is not None and each and self._at_most(more * each) > Fraction(free):
            fits = min(more, int(Fraction(free) / each))
        self.trouble = None
        if fits < more and free is not None:
            self.trouble = Sentence(
                "It wants {more} more workers, each for up to {each} {unit}, and {free} are free to plan.",
                more=more,
                each=each,
                unit=Unit(self._place.unit),
                free=Fraction(free),
            )
        return max(0, fits)

    def adapting(self, first: Plan, has: int, least: float, most: float) -> float:
        """How many workers a cluster that has `has` of them may come to by itself, of `most`.

        Priced as if it had them all until the session ends. Where nobody said how many, as many as there are means for.
        Raises NotPlanned.
        """
        left, free = self._place.time_left(), self.funds.free
        time = first.time if left is None else left
        wanted = max(least, most) if most < math.inf else least
        if wanted > has and self.ends:
            growth(self._place, first, int(wanted) - has)  # says so
        if free is None or not first.size.price or (self.budget is not None and self.budget <= Fraction(free)):
            return most
        held = Plan(first.size, has, min(first.time, time)).most
        each = Plan(first.size, 1, time).most
        fits = max(has, int((Fraction(free) + held) / each)) if each else has
        if wanted > fits:
            raise NotPlanned(
                Sentence(
                    "adapt(maximum={workers}) of {size} costs up to {most} {unit} more in {time}.",
                    workers=int(wanted),
                    size=first.size.title,
                    time=time,
                    most=self._at_most(int(wanted) * each - held),
                    unit=Unit(self._place.unit),
                ),
                Sentence("{free} are free to plan.", free=Fraction(free)),
                Sentence("What fits: {call}.", call=f"cluster.adapt(maximum={fits})")
                if fits
                else Sentence("Ask who leads the project for more."),
            )
        return min(most, fits)

    def said(self, upper: Fraction | None, rate: Fraction, words: Speech) -> str:
        """What it all costs at most, what is free, and how long a budget lasts; empty where nothing costs anything."""
        if not upper:
            return ""
        parts = [words.say("cluster.upper", most=words.amount(float(upper)), unit=words.unit(self._place.unit))]
        if (paid := self.lasts(rate)) is not None:
            parts.append(words.say("cluster.upper.lasts", time=words.length(paid)))
        if not self.funds.read:
            parts.append(words.say("cluster.upper.unread"))
        elif self.funds.free is not None:
            parts.append(words.say("cluster.upper.free", free=words.amount(max(0.0, self.funds.free))))
        return ", ".join(parts)

    def _ends(self) -> Sentence:
        left = self._place.time_left()
        return Sentence("This session ends in {left}, so no more workers are started.", left=left)

    def _at_most(self, cost: Fraction) -> Fraction:
        return cost if self.budget is None else min(cost, self.budget)
