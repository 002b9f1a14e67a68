"""Numbers, lengths and clock times in each language."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from fractions import Fraction

import pytest

from aif_hub import figures, prices, words
from aif_hub.speech import speak

NOW = datetime.fromisoformat("2027-04-01T14:30:00+02:00")


@pytest.fixture(autouse=True)
def _in_dutch() -> Iterator[None]:
    speak("nl")
    yield
    speak("en")


@pytest.mark.parametrize(
    ("after", "says", "in_a_sentence"),
    [
        (timedelta(hours=2), "16.30 uur", "om 16.30 uur"),
        (timedelta(hours=12), "morgen 02.30 uur", "morgen om 02.30 uur"),
        (timedelta(hours=-15), "gisteren 23.30 uur", "gisteren om 23.30 uur"),
        (timedelta(days=3), "zo 4 apr 14.30 uur", "zo 4 apr om 14.30 uur"),
        (timedelta(days=240), "za 27 nov 14.30 uur", "za 27 nov om 14.30 uur"),
    ],
)
def test_a_clock_time_is_said_as_the_dutch_do(after: timedelta, says: str, in_a_sentence: str) -> None:

    assert words.clock(NOW + after, NOW) == says
    assert words.at(NOW + after, NOW) == in_a_sentence


def test_dutch_amounts_have_a_comma_and_thousands_a_point() -> None:
    shown = [words.amount(Fraction(x)) for x in ("0", "1/1000", "2/7", "4", "0.5", "499.71", "12300")]
    assert shown == ["0", "minder dan 0,01", "0,29", "4", "0,5", "499,7", "12.300"]


def test_costs_are_in_gpu_uur() -> None:
    assert [words.cost(Fraction(x)) for x in ("0", "2/7", "1", "12")] == [
        "Geen GPU-uren",
        "0,29 GPU-uur",
        "1 GPU-uur",
        "12 GPU-uur",
    ]
    assert [words.at_most(Fraction(x)) for x in ("0", "1/7", "9.999", "12.01")] == [
        "Geen GPU-uren",
        "0,15 GPU-uur",
        "10 GPU-uur",
        "12,1 GPU-uur",
    ]
    assert prices.an_hour(Fraction(1, 7), "gpu-hour") == "0,14 GPU-uur per uur"
    assert prices.an_hour(Fraction(), "gpu-hour") == "Kost geen GPU-uren"


@pytest.mark.parametrize(
    ("minutes", "says"),
    [
        (0, "minder dan een minuut"),
        (40, "40 min"),
        (120, "2 u"),
        (125, "2 u 05 min"),
        (1440, "1 d"),
        (3 * 1440 + 240, "3 d 4 u"),
    ],
)
def test_a_length_is_short_in_dutch(minutes: int, says: str) -> None:
    assert words.length(timedelta(minutes=minutes)) == says


def test_a_rough_length_says_so() -> None:
    assert words.about(timedelta(minutes=2)) == "ongeveer 2 min"
    assert words.about(timedelta(seconds=2)) == "minder dan een minuut"


def test_small_numbers_are_letters() -> None:
    assert [words.count(number) for number in (0, 1, 3, 10, 11, 1200)] == ["geen", "één", "drie", "tien", "11", "1.200"]


def test_english_is_as_it_was_after_somebody_spoke_dutch() -> None:
    speak("en")
    assert words.at(NOW + timedelta(hours=12), NOW) == "at 02:30 tomorrow"
    assert words.length(timedelta(minutes=125)) == "2 h 05 min"


def test_the_pages_script_gets_the_same_patterns() -> None:
    assert words.patterns()["tomorrow"] == "morgen {time}"
    assert words.patterns()["hours-minutes"] == "{hours} u {minutes} min"


def test_what_is_kept_of_numbers_and_days_is_bounded() -> None:
    kept = (figures._number_in, figures._percent_in, figures._day_in, figures._as_told)
    assert all(one.cache_info().maxsize == figures.KEPT for one in kept)
