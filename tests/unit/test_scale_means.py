"""What a cluster may still use, of its session's time and of money, and how it is said."""

from __future__ import annotations

import math
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from scale_material import in_cores, place
from told_material import as_told, balance, write_session

from aif.scale.means import Means
from aif.scale.place import Funds, funds
from aif.scale.plan import NotPlanned, Plan, plan
from aif.scale.tally import Tally
from aif.widgets.figures import speech

HOUR = timedelta(hours=1)


def means(minutes: float = 120.5, free: float | None = 8, budget: Fraction | None = None, **session: Any) -> Means:
    made = Means(place(minutes=minutes, **session), Tally(Fraction(1), budget))
    made.funds = Funds(free, True)
    return made


def first(workers: int = 1, size: str = "gpu") -> Plan:
    return plan(place(), workers=workers, hours=1, size=size)


def test_a_worker_that_is_asked_for_late_ends_with_its_session() -> None:
    assert means(minutes=41.5).longest(None) == timedelta(minutes=41)
    assert means(ends_at=None).longest(None) is None, "as long as its plan says"


def test_a_budget_bounds_how_long_but_nobody_is_asked_for_less_than_five_minutes() -> None:
    assert means(budget=Fraction(2)).longest(Fraction(4)) == timedelta(minutes=30)
    assert means(budget=Fraction(2)).longest(None) == timedelta(minutes=120), "how many there are changes by itself"
    assert means(budget=Fraction(1, 500)).longest(Fraction(1)) == timedelta(minutes=5)
    assert means(budget=Fraction(2)).lasts(Fraction()) is None, "nothing is used of it"


def test_growing_is_priced_by_what_the_clusters_own_budget_can_cost() -> None:
    means(budget=Fraction(8)).check(first(), 100)
    with pytest.raises(NotPlanned, match=r"100 × One GPU more for 1 h costs up to 9\.00 GPU-hours"):
        means(budget=Fraction(9)).check(first(), 100)
    means(free=0).check(first(size="cpu"), 100)
    means(free=None).check(first(), 100)


def test_no_worker_is_replaced_for_less_than_five_minutes() -> None:
    assert means().replaces(Fraction(1))
    late = means(minutes=4.5)
    assert not late.replaces(Fraction(1))
    assert str(late.trouble) == "This session ends in 4 min, so no more workers are started."
    spent = means(budget=Fraction(1, 20))
    assert not spent.replaces(Fraction(1))
    assert str(spent.trouble) == "The budget lasts for 3 min, so no more workers are started."


@pytest.mark.parametrize(
    ("asked", "free", "budget", "size", "comes"),
    [
        ((0, 4), 8, None, "gpu", 4),
        ((0, 4), None, None, "gpu", 4),
        ((0, 1000), 0, None, "cpu", 1000),
        ((0, math.inf), 8, None, "gpu", 4),
        ((0, math.inf), None, None, "gpu", math.inf),
        ((0, math.inf), 0, None, "gpu", 1),
        ((0, 1000), 8, Fraction(8), "gpu", 1000),
    ],
)
def test_an_adapting_cluster_may_come_to_what_could_be_paid_until_the_session_ends(
    asked: tuple[int, float], free: float | None, budget: Fraction | None, size: str, comes: float
) -> None:
    assert means(free=free, budget=budget).adapting(first(size=size), 1, *asked) == comes


@pytest.mark.parametrize("asked", [(0, 5), (5, math.inf), (5, 2)])
def test_more_is_refused_with_what_fits(asked: tuple[int, float]) -> None:
    with pytest.raises(NotPlanned, match=r"adapt\(maximum=5\) of One GPU .* What fits: cluster\.adapt\(maximum=4\)\."):
        means().adapting(first(), 1, *asked)
    with pytest.raises(NotPlanned, match="who leads the project"):
        means(free=0).adapting(first(), 0, 1, 1)
    with pytest.raises(NotPlanned, match="This session ends in 4 min"):
        means(minutes=4.5).adapting(first(), 1, *asked)


def test_what_it_cannot_pay_for_it_does_not_grow_by_and_says_why() -> None:
    one = means(free=2.5)
    assert one.affordable(first(), 2) == 2
    assert one.trouble is None
    assert one.affordable(first(), 4) == 2
    assert str(one.trouble).startswith("It wants 4 more workers, each for up to 1.00 GPU-hours, and 2.50 are free")
    assert one.affordable(first(), 1) == 1
    assert one.trouble is None
    assert means(minutes=4).affordable(first(), 1) == 0
    assert means(free=-3).affordable(first(), 1) == 0


@pytest.mark.parametrize(
    ("language", "free", "says"),
    [
        ("en", 7600, "At most 16 GPU-hours in all, 7,600 free to plan"),
        ("nl", 7600, "Hooguit 16 GPU-uur in totaal, 7.600 vrij te plannen"),
        ("en", None, "At most 16 GPU-hours in all"),
    ],
)
def test_the_price_is_said_with_what_is_free(language: str, free: float | None, says: str) -> None:
    one = means(free=free)
    assert one.said(Fraction(16), Fraction(8), speech(language)) == says
    assert one.said(Fraction(), Fraction(), speech(language)) == "", "it costs nothing"


def test_the_price_is_said_in_the_unit_of_the_budget() -> None:
    one = Means(in_cores(minutes=120.5), Tally(Fraction(2), unit="core-hour"))
    one.funds = Funds(4, True)
    assert one.said(Fraction(16), Fraction(8), speech("en")).startswith("At most 16 core-hours in all")
    assert one.affordable(plan(in_cores(), workers=1, hours=1, size="cpu"), 9) == 2
    assert "each for up to 2.00 core-hours, and 4.00 are free" in str(one.trouble)
    with pytest.raises(NotPlanned, match=r"costs up to 18.08 core-hours more in 2 h"):
        one.adapting(plan(in_cores(), workers=1, hours=1, size="cpu"), 1, 0, 5)


def test_what_is_free_is_only_known_in_that_unit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_session(
        tmp_path, as_told(balance(unit="core-hour", settled=Fraction(496), running=Fraction(), committed=Fraction()))
    )
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path))
    assert (funds("core-hour").free, funds().free) == (4, None)


def test_it_says_what_is_not_known_yet_and_how_long_a_budget_lasts() -> None:
    one = means(budget=Fraction(32, 3))
    one.funds = Funds()
    said = one.said(Fraction(32, 3), Fraction(8), speech("en"))
    assert said == (
        "At most 10.7 GPU-hours in all, the budget lasts for about 1 h 20 min at this size, "
        "what is free is not read yet"
    )
