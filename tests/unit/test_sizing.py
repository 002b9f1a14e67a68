"""The calculator: its formulas by hand, its bounds, the access modes, and what it says in each language."""

from __future__ import annotations

import doctest
import json
import math
import re
import string
from pathlib import Path

import pytest
import scale_material as material
import told_material
from hypothesis import given
from hypothesis import strategies as st

from aif import sizing
from aif.sizing import BadNumber, Measured, Range, Wish, calculator
from aif.sizing import modes as access
from aif.sizing.estimate import Assumed, estimate
from aif.sizing.words import FOLDER, about, spoken, took

LANGUAGES = ("en", "nl")
SURE = Assumed(growth=Range(1, 1, 1), again=Range(0, 0, 0), busy=Range(1, 1, 1), off=Range(1, 1, 1))
#: 200 runs of half an hour on two GPUs.
RUN = {"seconds": 90, "size": 1_000, "own": 20_000, "runs": 200, "unit": "rows", "gpus": 2}
#: What is composed of a name and an ending in `shown.py` and `calculator.js`.
COMPOSED = re.compile(
    r"calc\.(text\.on\.|low|likely|high|verdict\.|assumed\.|budget\.|who\.|own$|runs$|gpus$|at_once$|mode)"
)


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """No session, unless a test makes one."""
    monkeypatch.delenv("AIF_SESSION_DIR", raising=False)


def in_a_session(folder: Path, monkeypatch: pytest.MonkeyPatch, profile: str, language: str = "en") -> None:
    facts = {**material.facts(profile, "h100" if profile != "cpu" else "", language=language)}
    told_material.write_session(folder, **facts)
    monkeypatch.setenv("AIF_SESSION_DIR", str(folder))


# The formulas ---------------------------------------------------------------------------------------------------------


def test_what_nothing_is_assumed_of_is_plain_arithmetic() -> None:
    mine = calculator(**RUN, assumed=SURE)
    assert (mine.low, mine.likely, mine.high) == pytest.approx((200, 200, 200))
    assert mine.estimate.run_hours.likely == pytest.approx(0.5)
    assert mine.estimate.days.likely == pytest.approx(100 / 24)


def test_the_likely_figure_takes_each_assumptions_likely_value() -> None:
    assert calculator(**RUN).likely == pytest.approx(200 * 1.3 / 0.6)


def test_the_range_adds_what_is_open_as_squares_of_logarithms() -> None:
    mine = calculator(**RUN)
    up = math.hypot(math.log(20**0.2), math.log(2 / 1.3), math.log(0.6 / 0.35), math.log(1.25))
    down = math.hypot(math.log(20**0.1), math.log(1.3 / 1.1), math.log(0.9 / 0.6), math.log(1 / 0.9))
    assert mine.high == pytest.approx(mine.likely * math.exp(up))
    assert mine.low == pytest.approx(mine.likely / math.exp(down))


def test_the_further_from_what_was_measured_the_wider() -> None:
    spreads = [calculator(**{**RUN, "own": own}) for own in (1_000, 10_000, 1_000_000)]
    ratios = [each.high / each.low for each in spreads]
    assert ratios == sorted(ratios)
    assert ratios[0] < ratios[-1] / 2


numbers = st.floats(min_value=1e-3, max_value=1e6)


@given(seconds=numbers, size=numbers, own=numbers, runs=st.integers(1, 10_000), gpus=st.floats(0, 64))
def test_it_is_in_order_and_more_never_costs_less(
    seconds: float, size: float, own: float, runs: int, gpus: float
) -> None:
    measured = Measured(seconds, size)
    one = estimate(measured, Wish(own, runs, gpus))
    assert 0 <= one.gpu_hours.low <= one.gpu_hours.likely <= one.gpu_hours.high
    larger = [Wish(own * 2, runs, gpus), Wish(own, runs * 2, gpus), Wish(own, runs, gpus + 1)]
    assert all(estimate(measured, each).gpu_hours.likely >= one.gpu_hours.likely for each in larger)
    side_by_side = estimate(measured, Wish(own, runs, gpus, at_once=2))
    assert side_by_side.gpu_hours == one.gpu_hours
    assert side_by_side.days.likely == pytest.approx(one.days.likely / 2)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"seconds": 0}, "seconds is 0. It must be more than 0."),
        ({"size": float("nan")}, "size is nan. It must be more than 0."),
        ({"own": -5}, "own is -5. It must be more than 0."),
        ({"runs": 0.5}, "runs is 0.5. It must be 1 or more."),
        ({"at_once": 0}, "at_once is 0. It must be 1 or more."),
        ({"gpus": -1}, "gpus is -1. It must be 0 or more."),
        ({"own": math.inf}, "own is inf. It must be more than 0."),
        ({"on": "paper"}, "on is paper. It must be one of: cpu, gpu."),
        ({"who": "me"}, "who is me. It must be one of: company, science."),
    ],
)
def test_a_number_that_nothing_follows_from_is_named_with_what_it_may_be(changes: dict[str, object], says: str) -> None:
    with pytest.raises(BadNumber, match=re.escape(says)):
        calculator(**{**RUN, **changes})


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Range(2, 1, 3),
        lambda: Range(0, 1, math.inf),
        lambda: Assumed(busy=Range(0.5, 1, 1.1)),
        lambda: Assumed(growth=Range(0, 1, 1)),
    ],
)
def test_an_assumption_that_cannot_be_is_refused(wrong: object) -> None:
    with pytest.raises(BadNumber):
        wrong()  # type: ignore[operator]


# Access modes ---------------------------------------------------------------------------------------------------------


def needing(likely: float, **wish: object) -> sizing.Calculator:
    """A calculator that comes to so many GPU-hours, all of its range."""
    return calculator(seconds=3600, size=1, own=1, gpus=1, **{"runs": likely, **wish}, assumed=SURE)


@pytest.mark.parametrize(
    ("hours", "mode"),
    [(1, "Playground"), (5000, "Playground"), (5001, "Fast Lane"), (50_000, "Fast Lane"), (50_001, "Large Scale")],
)
def test_a_company_begins_with_the_smallest_mode_that_holds_it(hours: float, mode: str) -> None:
    assert needing(hours).mode.name == mode


def test_a_mode_that_holds_the_likely_amount_alone_gives_way_to_one_that_holds_the_high_one() -> None:
    mine = calculator(**{**RUN, "runs": 1000})
    assert mine.likely < 5000 < mine.high
    assert access.known()[0].verdict(mine.estimate) == "perhaps"
    assert mine.mode.name == "Fast Lane"


def test_for_science_the_call_says_how_much() -> None:
    assert needing(80_000, who="science").mode.name.startswith("AI for Science")
    assert {mode.verdict(needing(80_000).estimate) for mode in access.of("science", access.known())} == {"by-call"}


def test_the_calendar_says_how_many_must_run_at_once() -> None:
    mine = needing(24 * 30.4 * 5)  # five months of one GPU, in a mode of three
    playground = access.known()[0]
    assert playground.at_once(mine.estimate, mine.wish.at_once) == 2
    assert "needs 2 runs at once to be ready in time" in repr(mine)
    assert "needs" not in repr(needing(24 * 30.4 * 5, at_once=2)).split("By a comparison")[0]


def test_work_without_a_gpu_asks_for_no_gpu_hours() -> None:
    mine = calculator(**{**RUN, "gpus": 0})
    assert (mine.likely, mine.mode) == (0, None)
    assert "This needs no GPU" in repr(mine)
    assert "about 220 hours of sessions without one" in mine.application()


def test_a_processors_time_is_not_passed_off_as_a_gpus() -> None:
    assert "time it there before you apply" in repr(calculator(**RUN, on="cpu"))
    assert "took 90 s on a processor.\n" in calculator(**RUN, on="cpu").application()
    assert "time it there" not in repr(calculator(**RUN, on="gpu")) + repr(calculator(**{**RUN, "gpus": 0}, on="cpu"))
    assert "took 90 s.\n" in calculator(**RUN).application()


def test_each_mode_is_said_in_each_language_and_limits_do_not_cross() -> None:
    modes = access.known()
    assert {mode.who for mode in modes} == {"company", "science"}
    for mode in modes:
        assert set(mode.meant) == set(mode.answer) == set(LANGUAGES), mode.name
        assert mode.most is None or mode.least < mode.most, mode.name


# In a session ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("profile", "gpus"), [("slice", 1 / 7), ("gpu", 1), ("cpu", 0)])
def test_it_counts_gpus_as_the_session_is_paid(
    profile: str, gpus: float, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_session(tmp_path, monkeypatch, profile)
    assert calculator(seconds=1, size=1).wish.gpus == pytest.approx(gpus)


def test_outside_a_session_it_counts_a_whole_gpu_and_ten_times_the_size() -> None:
    assert calculator(seconds=1, size=7).wish == Wish(own=70, runs=100, gpus=1)


@pytest.mark.parametrize(
    ("free", "says"),
    [(2000, "It fits what your project"), (500, "probably fits what your"), (400, "does not fit what your")],
)
def test_it_says_whether_the_projects_own_budget_holds_it(
    free: float, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_a_session(tmp_path, monkeypatch, "gpu")
    told = told_material.as_told(told_material.balance())
    told = {**told, "free_to_plan": free, "days_left": 3}
    (tmp_path / "allocations.json").write_text(json.dumps({"allocations": [told]}))
    mine = calculator(**{**RUN, "own": 20_000, "runs": 200})
    assert says in repr(mine)
    assert "The project ends in 3 days" in repr(mine)


# What it says ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_text_html_and_application_say_the_same_three_figures(language: str) -> None:
    mine = calculator(**RUN, language=language)
    figures = [about(each, spoken(language)) for each in (mine.low, mine.likely, mine.high)]
    for said in (repr(mine), mine._repr_html_(), mine.application()):
        assert all(re.search(rf"(?<![\d.,]){re.escape(figure)}(?!\d)", said) for figure in figures)
    assert mine.application("nl").startswith("REKENTIJD\n")
    assert {"[", "]"} <= set(mine.application())
    assert "{" not in repr(mine) + mine.application() + mine._repr_html_()


def test_it_can_be_pasted_in_another_language_than_the_notebooks() -> None:
    assert calculator(**RUN, language="nl").application("en").startswith("COMPUTING TIME\n")


def test_an_estimate_has_two_digits_that_mean_something() -> None:
    assert [about(value, spoken("nl")) for value in (0, 0.2857, 271.3, 12_345)] == ["0", "0,29", "270", "12.000"]


@pytest.mark.parametrize("slip", [{"own": 1e15}, {"seconds": 1e15}, {"runs": 1e15, "own": 1e15}])
def test_a_slip_of_a_key_is_reckoned_with_too(slip: dict[str, float]) -> None:
    mine = calculator(**{**RUN, **slip})
    assert "COMPUTING TIME" in mine.application("en")
    assert mine._repr_html_()


def test_what_takes_years_is_said_in_days() -> None:
    assert took(4200 * 86_400.0, spoken("en")) == "4,200 d"


def test_a_unit_is_never_markup() -> None:
    assert "<b>" not in calculator(**{**RUN, "unit": "<b>rows</b>"})._repr_html_()


def test_each_language_has_every_sentence_with_the_same_gaps_and_none_is_left_over() -> None:
    catalogues = {language: json.loads((FOLDER / f"words.{language}.json").read_text()) for language in LANGUAGES}
    english = catalogues["en"]
    for words in catalogues.values():
        assert list(words) == list(english)
        for key, text in words.items():
            assert {name for _, name, _, _ in string.Formatter().parse(text) if name} == {
                name for _, name, _, _ in string.Formatter().parse(english[key]) if name
            }, key
    script = FOLDER.parent / "widgets/static/calculator.js"
    sources = [*FOLDER.glob("*.py"), script, FOLDER.parent / "widgets/calculator.py"]
    text = "".join(file.read_text() for file in sources)
    unused = {key for key in english if not re.search(rf"['\"]{re.escape(key)}['\"]", text)}
    assert {key for key in unused if not COMPOSED.match(key)} == set()
    assert not [text for text in catalogues["nl"].values() if re.search(r"!|\b(je|jij|jouw|jullie)\b", text)]


def test_the_example_in_its_documentation_is_right() -> None:
    assert doctest.testmod(sizing).failed == 0
    assert doctest.testmod(sizing).attempted >= 4


# The form -------------------------------------------------------------------------------------------------------------


def test_what_is_typed_changes_the_calculator_and_what_cannot_be_says_why() -> None:
    pytest.importorskip("anywidget")
    from aif.widgets.calculator import form

    mine = calculator(**RUN, language="nl")
    widget, before = form(mine), mine.likely
    widget.wish = {**widget.wish, "runs": 400}
    assert mine.likely == pytest.approx(2 * before)
    answer = widget.answer
    widget.wish = {**widget.wish, "runs": None}
    assert widget.trouble == "Hoeveel keer: Het moet 1 of meer zijn."
    assert (widget.answer, mine.wish.runs) == (answer, 400)
    widget.wish = {**widget.wish, "runs": 1}
    assert widget.trouble == ""


def test_a_notebook_gets_the_form_and_what_is_read_without_it() -> None:
    pytest.importorskip("anywidget")
    mine = calculator(**RUN)
    data, _ = mine._repr_mimebundle_()
    assert {"text/plain", "text/html", "application/vnd.jupyter.widget-view+json"} <= set(data)
    again, _ = mine._repr_mimebundle_()
    assert again["application/vnd.jupyter.widget-view+json"] == data["application/vnd.jupyter.widget-view+json"]
