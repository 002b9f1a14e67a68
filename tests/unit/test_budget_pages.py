"""What pages say of a budget: the journeys' figures, every state, old figures, and what is not recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

import pytest
from budget_material import (
    INSPECT,
    MOBILITY,
    NOW,
    PILOT,
    REGULAR,
    VISSER,
    bakkers_morning,
    balance,
    funds,
    two_projects,
)
from test_views import PATHS, running, session

from aif.core.ledger.usage import Balance
from aif_hub.speech import speak
from aif_hub.views_budget import Budget, budgets
from aif_hub.views_project import ProjectPage, project_page
from aif_hub.views_projects import project_card


def shown(of: Balance, now: datetime = NOW) -> Budget:
    (one,) = budgets(funds(of), now, two_projects())
    return one


def test_marieke_sees_hours_and_days_and_what_they_are_on_a_small_part() -> None:
    """Journey A, step 3."""
    one = shown(balance(PILOT))
    assert one.left
    assert one.days
    assert one.as_of
    assert (one.left.text, one.left_unit, one.days.text, one.days_unit) == (
        "500.0",
        "GPU-hours left",
        "60",
        "days left",
    )
    assert one.as_of.text == "09:02"
    assert one.as_parts == "That is about 3,500 hours on “Small GPU part”."
    assert (one.state.word, one.state.shape, one.what_now) == ("Active", "done", None)
    assert one.grant == "Playground · EHPC-AIF-2026PG01-123"


def test_bakker_sees_parts_that_add_up_and_the_pace() -> None:
    """Journey B, step 1."""
    morning = bakkers_morning()
    (one,) = budgets(funds(morning, project=MOBILITY), morning.usage.as_of, two_projects())
    assert [(part.kind, part.figure.text) for part in one.parts] == [
        ("consumed", "12,300"),
        ("committed", "100"),
        ("free", "7,600"),
    ]
    assert one.parts[0].term.startswith("12,288 by sessions and jobs that have ended, 12 by running ones")
    assert sum(part.share for part in one.parts) == pytest.approx(100, abs=0.02)
    assert one.pace == "61.5% used, 58.6% of the time over: slightly ahead of even pace."
    assert one.lasts == "At this rate it lasts beyond its last day, 28 February 2028."
    assert one.as_parts == "", "only for whom GPU-hours are new"
    assert one.meter == "Of 20,000 GPU-hours: 12,300 used, 100 committed, 7,600 free to plan."
    assert one.left
    assert (one.left.text, one.left.value) == ("7,700", "7700.0")


def test_the_same_in_dutch() -> None:
    speak("nl")
    try:
        one = shown(balance(PILOT, settled=Fraction(1, 10)))
        assert one.left
        assert (one.left.text, one.left_unit, one.days_unit) == ("499,9", "GPU-uur over", "dagen over")
        assert one.state.word == "Actief"
    finally:
        speak("en")


def test_the_rate_says_until_when_it_lasts() -> None:
    days = tuple((NOW.date() - timedelta(days=ago), Fraction(20)) for ago in reversed(range(10)))
    assert shown(balance(PILOT, settled=Fraction(200), days=days)).lasts == "At this rate it lasts until 16 April 2027."


def test_figures_of_a_source_that_is_away_are_old_ones_and_say_since_when_and_why() -> None:
    one = shown(balance(PILOT, settled=Fraction(1), trouble="sacct failed"), NOW + timedelta(minutes=3))
    assert one.old == (
        "These figures were counted at 09:02. Slurm's record of jobs cannot be read just now. "
        "What was used since is not in them."
    )
    assert one.left, "the last good ones are shown all the same"


def test_figures_that_nobody_has_read_for_long_are_old_without_a_trouble_too() -> None:
    assert shown(balance(PILOT), NOW + timedelta(minutes=10)).old == ""
    assert "They are being read again." in shown(balance(PILOT), NOW + timedelta(minutes=16)).old


def test_what_is_not_recorded_says_so_and_has_no_figure() -> None:
    one = shown(balance(PILOT, settled=None))
    assert (one.left, one.parts, one.meter, one.pace) == (None, (), "", "")
    assert one.instead == "What is used is not recorded here."
    unlimited = shown(balance(replace(PILOT, limit=None), settled=Fraction(3)))
    assert unlimited.instead == "3 GPU-hours used. No limit is recorded here."


def test_a_budget_that_was_never_read_says_so() -> None:
    (one,) = budgets(replace(funds(balance(PILOT)), balances={}), NOW, two_projects())
    assert (one.left, one.as_of, one.state.word) == (None, None, "Not known")
    assert one.what_now
    assert one.what_now.text.startswith("What is left is not known yet.")


STATES = {
    "pending": (balance(replace(PILOT, start=date(2027, 4, 2))), "Not begun", "It begins on 2 April 2027."),
    "low": (
        balance(PILOT, settled=Fraction(451)),
        "Nearly used up",
        "A session that could cost more than is free to plan is not started.",
    ),
    "full_commit": (
        balance(PILOT, settled=Fraction(400), committed=Fraction(100)),
        "All committed",
        "All that is left is committed",
    ),
    "exhausted": (balance(PILOT, settled=Fraction(500)), "Used up", "All of it is used."),
    "suspended": (balance(replace(PILOT, suspended=True)), "Suspended", "The operators have suspended it"),
    "compute_ended": (
        balance(replace(PILOT, compute_end=date(2027, 3, 31))),
        "Ended",
        "Its last day was 31 March 2027: nothing can be started on it any more.",
    ),
    "data_removed": (
        balance(replace(PILOT, compute_end=date(2027, 3, 2), data_end=date(2027, 3, 31))),
        "Closed",
        "Its last day was 2 March 2027, and its data could be read until 31 March 2027.",
    ),
}


@pytest.mark.parametrize("state", STATES)
def test_each_state_has_its_word_and_says_what_it_means(state: str) -> None:
    of, word, means = STATES[state]
    one = shown(of)
    assert (of.state, one.state.word) == (state, word)
    assert one.what_now
    assert one.what_now.text.startswith(means)
    assert one.state.tone != "good"


def test_after_the_last_day_data_can_be_read_until_their_day() -> None:
    one = shown(STATES["compute_ended"][0])
    assert one.what_now
    assert one.what_now.todo == "Its data can be read until 31 August 2027."


def test_who_leads_the_project_is_who_to_ask_and_else_the_site() -> None:
    low = balance(REGULAR, settled=Fraction(19000))
    (one,) = budgets(funds(low, project=MOBILITY, pi=(VISSER,)), NOW, two_projects())
    assert one.what_now
    assert one.what_now.todo == "Ask Prof. Hanna Visser for more in time."
    (one,) = budgets(funds(low, project=MOBILITY), NOW, two_projects())
    assert one.what_now
    assert one.what_now.todo == "Ask support@example.org for more in time."


def test_a_project_says_what_the_person_runs_on_it() -> None:
    site = two_projects()
    mine = [
        replace(one, request=replace(one.request, account="inspect01"))
        for one in (running(site), session(site, step="waiting"))
    ]
    card = project_card(funds(balance(PILOT)), mine, NOW, site, PATHS)
    assert (card.title, card.account, card.url) == ("Inspection pilot", "inspect01", "/hub/aif/project/inspect01")
    assert (card.now, card.rate) == ("One session runs, one session waits", "0.14 GPU-hours per hour")
    card = project_card(funds(balance(PILOT)), mine, NOW, site, PATHS, {mine[0].session: Fraction(4)})
    assert card.rate == "4.14 GPU-hours per hour", "its cluster counts"
    other = project_card(funds(balance(REGULAR), project=MOBILITY), mine, NOW, site, PATHS)
    assert (other.now, other.rate) == ("Nothing of yours runs on it now", "")
    assert INSPECT.account == card.account


# A project's own page -------------------------------------------------------------------------------------------------


def page_for(login: str, role: str) -> ProjectPage:
    morning = bakkers_morning()
    names = {"visser": "Prof. Hanna Visser", "bakker": "Dr. Iris Bakker"}
    of = funds(morning, project=MOBILITY)
    return project_page(of, role, login, names.__getitem__, morning.usage.as_of, two_projects(), PATHS)


def test_who_leads_a_project_sees_what_each_used_and_it_adds_up() -> None:
    """Journey B, steps 1 and 13."""
    (account,) = page_for("visser", "pi").accounts
    assert [(row.name, row.used.text, row.own) for row in account.people] == [
        ("Dr. Iris Bakker", "10,000", False),
        ("Prof. Hanna Visser", "2,300", True),
    ]
    rows = {row.label: row.figure.text for row in account.rows}
    assert rows == {
        "Limit": "20,000",
        "Used by what has ended": "12,288",
        "Used until now by what runs": "12",
        "Used in all": "12,300",
        "Left": "7,700",
        "Committed to what runs or waits": "100",
        "Free to plan": "7,600",
    }
    assert sum(float(row.used.value) for row in account.people) == float(account.rows[3].figure.value)
    assert account.rate == "4 GPU-hours"


def test_a_member_sees_the_totals_and_only_their_own_line() -> None:
    page = page_for("bakker", "member")
    (account,) = page.accounts
    assert [row.login for row in account.people] == ["bakker"]
    assert "Of what is used, nobody's own" not in {row.label for row in account.rows}
    assert {row.label: row.figure.text for row in account.rows}["Used in all"] == "12,300"
    assert page.leaders == ("Prof. Hanna Visser",)
    assert not page.sees_all


def test_days_have_bars_up_to_the_busiest_one() -> None:
    (account,) = page_for("visser", "pi").accounts
    assert (len(account.bars), account.bars[-1].day, account.most) == (30, "1 October 2027", "50 GPU-hours")
    assert {bar.height for bar in account.bars} == {100.0}


def test_the_days_of_a_grant_are_said_in_full() -> None:
    (account,) = project_page(funds(balance(PILOT)), "member", "x", str, NOW, two_projects(), PATHS).accounts
    assert account.dates == (
        ("First day", "1 March 2027"),
        ("Last day for sessions and jobs", "31 May 2027"),
        ("Data can be read until", "31 August 2027"),
    )
    assert (account.people, account.most, account.unit) == ((), "", "GPU-hours")
