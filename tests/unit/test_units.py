"""Slurm's times, weights and lengths, and the examples in our own documentation."""

from __future__ import annotations

import doctest
from contextlib import suppress
from datetime import timedelta
from fractions import Fraction
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aif.core import jobs, request, site, slurm, states, units
from aif.core.units import gpu_hours, parse_time, parse_weight, words
from aif_hub import estimates, free, projects


@pytest.mark.parametrize("module", [jobs, request, site, slurm, states, units, estimates, free, projects])
def test_the_examples_in_the_documentation_are_true(module: ModuleType) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1", 60),
        ("0", 0),
        ("01:30", 90),
        ("1:00:00", 3600),
        ("23:59:59", 86399),
        ("1-0", 86400),
        ("1-02", 93600),
        ("1-02:30", 95400),
        ("365-00:00:01", 365 * 86400 + 1),
    ],
)
def test_all_forms_of_a_time_are_read(text: str, seconds: int) -> None:
    assert parse_time(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "NOT_SET", "INVALID", "N/A", "1:2:3:4", "-1", "1-", "1 h", "1.5", "1-2-3", "1\n"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a Slurm time"):
        parse_time(text)


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_a_value_error(text: str) -> None:
    with suppress(ValueError):
        assert isinstance(parse_time(text), timedelta)


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=400)))
def test_slurm_s_own_way_to_write_a_time_reads_back(time: timedelta) -> None:
    seconds = int(time.total_seconds())
    days, rest = divmod(seconds, 86400)
    text = f"{days}-{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    assert parse_time(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("weight", "value"), [("1/7", Fraction(1, 7)), (1, Fraction(1)), (0.5, Fraction(1, 2))])
def test_weights_are_exact(weight: str | float, value: Fraction) -> None:
    assert parse_weight(weight) == value


@pytest.mark.parametrize("weight", ["-1/7", "1/0", "x", "", "nan", "inf"])
def test_what_is_no_weight_is_refused(weight: str) -> None:
    with pytest.raises((ValueError, ZeroDivisionError)):
        parse_weight(weight)


def test_seven_slices_for_an_hour_are_one_gpu_hour() -> None:
    assert gpu_hours(7, Fraction(1, 7), timedelta(hours=1)) == 1


@given(st.timedeltas(min_value=timedelta(), max_value=timedelta(days=4000)))
def test_any_length_has_short_words(time: timedelta) -> None:
    assert 3 <= len(words(time)) <= 16
