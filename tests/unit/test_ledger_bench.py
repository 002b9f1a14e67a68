"""The parts of `aif bench ledger` that need no hub: the slow count, the comparison of places, the count of queries."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from aif_hub.bench import histories, measure, places
from aif_hub.bench.histories import Run
from aif_hub.bench.places import Seen, amounts
from aif_hub.demo.errors import DemoError

NOW = datetime(2026, 11, 24, 9, 2, 31, tzinfo=UTC)


def test_the_ledger_counts_random_histories_as_the_second_by_second_count_does() -> None:
    assert histories.tried(20, seed=3) == (20, 0)


def test_one_second_more_of_one_job_is_noticed() -> None:
    dice = random.Random(5)  # noqa: S311  # the same history each time
    told = next(
        one
        for one in (histories.history(dice) for _ in range(200))
        if len(histories.counted(one)) > 4 and all(run.end for run in one.runs)
    )
    figures = histories.figures(histories.read(told, dice))
    noticed = []
    for at, run in enumerate(told.runs):
        longer = replace(run, end=(run.end or 0) + 1)
        changed = replace(told, now=told.now + 1, runs=(*told.runs[:at], longer, *told.runs[at + 1 :]))
        noticed.append(histories.counted(changed) != figures)
    assert any(noticed), "the slow count follows what happened"
    assert not all(noticed), "and leaves out what is not the allocation's"


def test_a_night_with_25_hours_is_counted_by_its_own_calendar() -> None:
    told = histories.history(random.Random(1))  # noqa: S311
    begin = 1792875600  # 2026-10-24 23:00 in Amsterdam: the clocks go back in the night after
    night = replace(
        told,
        allocation=replace(told.allocation, start=None, compute_end=None),
        zone=histories.ZoneInfo("Europe/Amsterdam"),
        now=begin + 30 * 3600,
        runs=(Run(1, "ann", "inspect01", 1, begin, begin + 27 * 3600, 99999),),
    )
    used = histories.figures(histories.read(night, random.Random(1)))  # noqa: S311
    assert {str(day): hours for day, hours in used.items() if str(day).startswith("2026-")} == {
        "2026-10-24": Fraction(1),
        "2026-10-25": Fraction(25),
        "2026-10-26": Fraction(1),
    }


def test_places_agree_when_each_figure_that_they_show_is_the_same() -> None:
    told = {"limit": 500.0, "consumed": 0.1429, "committed": 0.0, "left": 499.8571, "free_to_plan": 499.8571}
    first = Seen("REST", NOW, amounts(told))
    home = Seen("Home", NOW, amounts({"left": 499.8571}))
    assert places.against(first, [home]).disagreements == ()
    words = Seen("the start page", NOW, said={"left": "499.86"}, by_the_minute=True)
    assert places.against(first, [home, words]).disagreements == ()
    wrong = Seen("Home", NOW, {"left": Decimal("499.9000")})
    assert places.against(first, [home, wrong]) == places.Compared(2, ("Home: left 499.9000 and not 499.8571",))
    wrong = Seen("the start page", NOW, said={"left": "499.9"})
    assert len(places.against(first, [wrong]).disagreements) == 1


def test_a_place_that_says_the_minute_alone_is_of_the_reading_in_that_minute() -> None:
    first = Seen("REST", NOW)
    assert Seen("the start page", NOW.replace(second=0), by_the_minute=True).at_the_time_of(first)
    assert not Seen("the start page", NOW.replace(second=0) + timedelta(minutes=1), by_the_minute=True).at_the_time_of(
        first
    )
    assert not Seen("Home", NOW + timedelta(seconds=1)).at_the_time_of(first)


def test_a_budget_is_read_off_a_page() -> None:
    drawn = HOME.format(name="inspect01", left="499.9818", used="0.0182", as_of="2026-11-24T14:33:31+00:00")
    other = HOME.format(name="other", left="7.0", used="1.0", as_of="2026-11-24T14:33:30+00:00")
    seen = places.of_page("Home", other + drawn, "inspect01")
    assert seen.figures == {"left": Decimal("499.9818"), "consumed": Decimal("0.0182")}
    assert seen.as_of == places.moment("2026-11-24T14:33:31+00:00")
    with pytest.raises(DemoError, match="does not show"):
        places.of_page("Home", drawn, "nonesuch")


HOME = """<div class="budget" data-allocation="{name}">
  <p class="budget__left" title="x"><data class="budget__figure" value="{left}">500.0</data> <span>GPU-hours left</span></p>
  <p class="budget__asof">as of <time datetime="{as_of}">14:33</time></p>
  <dt title="x"><span class="legend__key meter__part--consumed" aria-hidden="true"></span>used</dt><dd><data class="figure" value="{used}">0.02</data></dd>
</div>
"""  # noqa: E501


@pytest.mark.parametrize(("commands", "count"), [(("sacct", "sacctmgr"), 5), (("squeue",), 40), (("sreport",), 0)])
def test_accounting_queries_are_counted_from_the_hubs_own_metrics(commands: tuple[str, ...], count: int) -> None:
    page = """# TYPE aif_slurm_call_seconds histogram
aif_slurm_call_seconds_count{command="sacct",outcome="ok"} 3.0
aif_slurm_call_seconds_count{command="sacct",outcome="away"} 1.0
aif_slurm_call_seconds_count{command="sacctmgr",outcome="ok"} 1.0
aif_slurm_call_seconds_count{command="squeue",outcome="ok"} 40.0
"""
    assert measure.counted(page, "aif_slurm_call_seconds_count", command=commands) == count
