"""What is off in an answer is told by its likeliest mistake, and never by the answer."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aif.core.sentence import Sentence
from aif.learn import between, close_to, off, same_set
from aif.widgets.figures import speech

SAID = [
    (..., "There is no answer yet"),
    (None, "There is no answer yet"),
    ("7", "of kind str"),
    (True, "of kind bool"),
    ([7, 7], "of kind list"),
    (math.nan, "not a number (NaN)"),
    (math.inf, "divided by 0"),
    (-7, "the sign is not"),
    (700, "a hundred times too large"),
    (0.07, "a hundred times too small"),
    (7000, "1000 times too large"),
    (0.000007, "1000000 times too small"),
    (7.3, "Close, and a little too high"),
    (6.8, "Close, and a little too low"),
    (10, "This is too high"),
    (5, "This is too low"),
    (30, "more than twice"),
    (1, "less than half"),
    (0, "less than half"),
    (12, "That is the sum"),
    (len, "Put parentheses behind"),
    (SimpleNamespace(compute=len, dask={}), "Put .compute() behind"),
]


def said(sentence: Sentence | None) -> str:
    """The sentence in English, as an exercise says it."""
    assert sentence is not None
    return sentence.said(lambda text: speech("en").words.get(text, text))


@pytest.mark.parametrize(("answer", "says"), SAID, ids=str)
def test_a_wrong_number_is_told_by_its_likeliest_mistake(answer: Any, says: str) -> None:
    assert says in said(close_to(answer, 7, traps=[(12, "That is the sum of both.")]))


@pytest.mark.parametrize("answer", [7, 7.0, 7.03, Decimal("7.01"), Fraction(7), 6.95, complex(7).real])
def test_a_right_number_is_right_in_any_type_and_with_its_noise(answer: Any) -> None:
    assert close_to(answer, 7) is None


@given(st.floats(-1e12, 1e12), st.floats(-0.009, 0.009))
def test_every_number_is_close_to_itself_and_its_rounding(right: float, noise: float) -> None:
    assert close_to(right, right) is None
    assert close_to(right * (1 + noise), right) is None
    assert between(right, right - 1, right + 1) is None


@given(st.floats(-1e9, 1e9), st.floats(-1e9, 1e9))
def test_what_is_said_of_a_wrong_number_never_holds_the_answer(answer: float, right: float) -> None:
    found = close_to(answer, right)
    if found is None:
        assert abs(answer - right) <= max(0.01 * (abs(right) or 1), 1e-9 * abs(right))
    else:
        assert set(found.gaps) <= {"factor"}
        assert said(found)


def test_a_trap_that_is_as_good_as_the_answer_is_no_trap() -> None:
    assert close_to(7.001, 7, traps=[(7.002, "not said")]) is None
    assert "Close" in said(close_to(7.3, 7, traps=[(7.0, "not said")]))


def test_a_band_accepts_what_differs_from_run_to_run() -> None:
    assert between(0.8, 0.75, 0.9) is None
    assert "a hundred times too large" in said(between(82.5, 0.75, 0.9))
    assert "too low" in said(between(0.7, 0.75, 0.9))


@pytest.mark.parametrize("answer", ["Stretch film", " stretch   FILM ", ["Stretch film"], ("stretch film",)])
def test_a_name_is_right_however_it_is_written(answer: Any) -> None:
    assert same_set(answer, "Stretch film") is None


def test_names_that_do_not_belong_or_are_missing_are_told_without_those_that_are_asked() -> None:
    assert said(same_set(["a", "x"], ["a", "b"])) == "“x” does not belong here."
    assert "1 of 2" in said(same_set(["a"], ["a", "b"]))
    assert said(same_set("c", "a", traps=[("C", off("That is the {what}.", what="town"))])) == "That is the town."
    assert "of kind object" in said(same_set(object(), "a"))
