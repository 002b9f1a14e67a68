"""How long the auditor of `aif bench chaos` says that something was wrong, where not every look can judge it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from chaos_material import JOB, LATE, SESSION, WHO, books, counts, job, record

from aif_hub.bench.chaos.auditor import PATIENCE_SECONDS, Auditor
from aif_hub.bench.chaos.books import Books

ENDED = (record("ended", cause="stopped"),)
Look = Callable[[float], Books]
#: What lasts, by the count that it ends in; all of it needs Slurm's queue to be told.
LASTING: list[tuple[str, Look]] = [
    ("untrue_over_30s", lambda at: books(at, shown="waiting")),
    ("untrue_over_30s", lambda at: books(at, answers=False)),
    ("untrue_over_30s", lambda at: replace(books(at, ENDED, (), servers={}), shown={WHO: {SESSION: "ready"}})),
    ("lost", lambda at: books(at, shown=None)),
    ("orphans", lambda at: books(at, ENDED, shown=None, servers={})),
    ("orphans", lambda at: books(at, ENDED, (job("COMPLETED"),), None, {900: JOB})),
]
SHOWN = [(count, look) for count, look in LASTING if count != "orphans"]


def auditor_that_saw(look: Look, *moments: float) -> Auditor:
    auditor = Auditor()
    auditor.may_end(SESSION, "stopped")
    for at in moments:
        auditor.seen(look(at))
    return auditor


def away(look: Look, at: float) -> Books:
    """The same while Slurm cannot be asked."""
    return replace(look(at), jobs=None)


@pytest.mark.parametrize(("count", "look"), LASTING)
def test_what_is_wrong_before_and_after_slurm_was_away_adds_up(count: str, look: Look) -> None:
    auditor = auditor_that_saw(look, 0, 20)
    for at in (21.0, 24.0):
        auditor.seen(away(look, at))
    auditor.seen(look(25))
    auditor.seen(look(35))
    assert counts(auditor) == {}
    auditor.seen(look(36))
    assert counts(auditor) == {count: 1}


@pytest.mark.parametrize(("count", "look"), LASTING)
def test_an_outage_itself_is_no_untrue_time_however_long_it_is(count: str, look: Look) -> None:
    auditor = auditor_that_saw(look, 0, 1)
    for at in range(2, 200):
        auditor.seen(away(look, at))
    auditor.seen(look(200))
    auditor.seen(look(200 + PATIENCE_SECONDS - 1))
    assert counts(auditor) == {}
    auditor.seen(look(200 + PATIENCE_SECONDS))
    assert counts(auditor) == {count: 1}


@pytest.mark.parametrize(("count", "look"), SHOWN)
def test_answers_that_only_the_hub_cannot_read_stop_its_clock_too(count: str, look: Look) -> None:
    auditor = auditor_that_saw(look, 0, 20)
    with auditor.without_slurm("slurm-garbage"):
        for at in (21.0, 60.0):
            auditor.seen(look(at))
            auditor.seen(books(at + 1, shown="unknown"))
    auditor.seen(look(62))
    auditor.seen(look(72))
    assert counts(auditor) == {}
    auditor.seen(look(73))
    assert counts(auditor) == {count: 1}


@pytest.mark.parametrize(("count", "look"), SHOWN)
def test_a_hub_that_does_not_answer_stops_the_clock_of_what_it_shows(count: str, look: Look) -> None:
    auditor = auditor_that_saw(look, 0, 20)
    for at in (21.0, 60.0):
        auditor.seen(replace(look(at), shown={}))
    auditor.seen(look(61))
    auditor.seen(look(71))
    assert counts(auditor) == {}
    auditor.seen(look(72))
    assert counts(auditor) == {count: 1}


def test_what_came_right_after_an_outage_begins_anew() -> None:
    def untrue(at: float) -> Books:
        return books(at, shown="waiting")

    auditor = auditor_that_saw(untrue, 0, 29)
    auditor.seen(away(untrue, 30))
    auditor.seen(books(31))
    auditor.seen(untrue(32))
    auditor.seen(untrue(32 + PATIENCE_SECONDS))
    assert counts(auditor) == {}


def test_an_outage_makes_no_second_time_of_one_that_is_counted() -> None:
    def untrue(at: float) -> Books:
        return books(at, shown="waiting")

    auditor = auditor_that_saw(untrue, 0, 31)
    auditor.seen(away(untrue, 40))
    for at in (50.0, 90.0):
        auditor.seen(untrue(at))
    assert counts(auditor) == {"untrue_over_30s": 1}


def test_what_a_fault_excuses_keeps_the_time_that_it_had_before() -> None:
    def unknown(at: float) -> Books:
        return books(at, shown="unknown")

    auditor = auditor_that_saw(unknown, 0, 20)
    with auditor.excused(SESSION):
        for at in (21.0, 100.0):
            auditor.seen(unknown(at))
    auditor.seen(unknown(101))
    auditor.seen(unknown(111))
    assert counts(auditor) == {}
    auditor.seen(unknown(112))
    assert counts(auditor) == {"untrue_over_30s": 1}


def test_nobody_agrees_with_what_could_not_be_judged() -> None:
    auditor = auditor_that_saw(books, 0)
    assert auditor.agree(-1, WHO)
    assert auditor.judges
    auditor.seen(away(books, 5))
    assert not auditor.agree(0, WHO)
    assert not auditor.judges
    with auditor.without_slurm("slurm-garbage"):
        auditor.seen(books(6))
        assert not auditor.judges
    auditor.seen(replace(books(7), shown={}))
    assert not auditor.agree(0, WHO)
    auditor.seen(books(8))
    assert auditor.agree(7, WHO)


def test_what_was_wrong_before_an_outage_differs_until_it_is_judged_again_or_counted() -> None:
    def untrue(at: float) -> Books:
        return books(at, shown="waiting")

    auditor = auditor_that_saw(untrue, 0)
    auditor.seen(away(untrue, 1))
    assert auditor.differing(WHO) == [f"{WHO}: session {SESSION[:8]} is shown as waiting and its job is RUNNING"]
    assert not auditor.agree(0)
    for at in (2.0, 3 + PATIENCE_SECONDS):
        auditor.seen(untrue(at))
    assert counts(auditor) == {"untrue_over_30s": 1}
    assert auditor.agree(2, WHO)  # no lane need wait for it any more
    assert auditor.differing(WHO)


def test_the_longest_pause_between_two_looks_is_known() -> None:
    assert auditor_that_saw(books, 0, 2, 7, 8).longest_pause == 5


@pytest.mark.parametrize(
    ("shown", "answers", "wrong"), [("ready", False, 1), ("silent", True, 1), ("silent", False, 0)]
)
def test_a_server_is_to_be_shown_as_answering_or_not_as_it_does(shown: str, answers: bool, wrong: int) -> None:
    """Also while it is silenced on purpose: the hub is to find out."""
    auditor = Auditor()
    with auditor.excused(SESSION):
        for at in (0.0, PATIENCE_SECONDS):
            auditor.seen(books(at, shown=shown, answers=answers))
        assert counts(auditor) == {}
        auditor.seen(books(LATE, shown=shown, answers=answers))
    assert auditor.counts()["untrue_over_30s"] == wrong
