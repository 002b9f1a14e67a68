"""The drawing of an allocation: at 600 and 320 pixels, light and dark, in both languages, for eyes and for ears."""

from __future__ import annotations

import itertools
import json
import os
import string
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from looking import violations, without_keys
from playwright.sync_api import Page, expect
from told_material import TODAY, as_told, balance

from aif.core.ledger.usage import PersonUse
from aif.widgets import modules
from aif.widgets.figures import speech

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

PAGE = string.Template(Path(__file__).with_name("drawing.html.in").read_text())
NOW = datetime.now().astimezone()
#: What JupyterLab's own themes set.
THEMES = {
    "light": "--jp-layout-color1: #fff; --jp-content-font-color1: rgba(0, 0, 0, 0.87); --jp-border-color2: #e0e0e0;",
    "dark": "--jp-layout-color1: #111; --jp-content-font-color1: #fff; --jp-border-color2: #616161;",
}
MUTED = {"light": "--jp-ui-font-color2: rgba(0, 0, 0, 0.54);", "dark": "--jp-ui-font-color2: rgba(255, 255, 255, 0.7);"}
#: Where the documentation's pictures are; made anew where $AIF_PICTURES asks for pictures.
DOCS = Path(__file__).parents[2] / "hub_config/docs/pictures"
PICTURES = {
    ("en", 616, "light"): "allocation", ("nl", 616, "light"): "allocation-nl", ("en", 616, "dark"): "allocation-dark",
    ("en", 320, "light"): "allocation-small",
}  # fmt: skip
#: What of a drawing is beside its ground.
OUTSIDE = """[...document.querySelectorAll(".aif-meter *")].filter((one) =>
    one.getBoundingClientRect().right > one.closest(".aif-meter").getBoundingClientRect().right - 16
).map((one) => one.outerHTML)"""
CROWD = tuple(PersonUse(f"p{number}", Fraction(number, 3), Fraction(), Fraction(number % 2)) for number in range(8))
ALL = Fraction(28, 3) + Fraction(1, 42)


def drawn(page: Page, allocation: dict[str, Any], language: str = "en", theme: str = "light", left: int = 6720) -> None:
    """The drawing of the allocation in a session with so many seconds left."""
    ends = (datetime.now().astimezone() + timedelta(seconds=left)).isoformat(timespec="seconds")
    state = {"allocation": allocation, "session": {"ends_at": ends}, "words": speech(language).words}
    values = {
        "css": modules.sheets("meter.css"),
        "module": modules.whole("widget.js").replace("export default", "const widget ="),
        "theme": THEMES[theme] + MUTED[theme],
        "light": "true" if theme == "light" else "false",
        "language": language,
    }
    page.set_content(PAGE.substitute(values, state=json.dumps(state)))


def fresh(role: str = "member", **changes: Any) -> dict[str, Any]:
    return as_told(balance(as_of=datetime.now().astimezone(), **changes), role)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("language", "width"), [("en", 616), ("nl", 616), ("en", 320), ("nl", 274)])
def test_it_is_there_for_everyone(page: Page, language: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    few = PersonUse("few", Fraction(1, 1000))
    low = {"settled": Fraction(18500), "limit": Fraction(20000), "people": (*CROWD, few), "unattributed": Fraction(50)}
    drawn(page, fresh("pi", **low), language, theme)
    expect(page.locator(".aif-figure")).to_have_count(2)
    assert page.evaluate(OUTSIDE) == []
    sizes = page.locator(".aif-figure").evaluate_all("all => all.map((each) => getComputedStyle(each).fontSize)")
    assert len(set(sizes)) == 1
    assert violations(page) == []
    assert without_keys(page) == []


@pytest.mark.parametrize(("language", "width", "theme"), PICTURES)
def test_it_is_as_the_documentation_shows_it(page: Page, language: str, width: int, theme: str) -> None:
    """A pilot after some weeks, as who leads it sees it."""
    page.set_viewport_size({"width": width, "height": 100})
    weeks = [Fraction(number % 7 < 5 and number * 5 % 13 + 1, 4) for number in range(30)]
    days = tuple((TODAY - timedelta(days=29 - number), used) for number, used in enumerate(weeks))
    people = (
        PersonUse("marieke", sum(weeks, Fraction()) / 2, Fraction(1, 7), Fraction(2, 7)),
        PersonUse("joost", sum(weeks, Fraction()) / 3),
        PersonUse("femke", sum(weeks, Fraction()) / 6, Fraction(0), Fraction(4)),
    )
    used = sum((one.settled for one in people), Fraction())
    when = {"start": TODAY - timedelta(days=32), "compute_end": TODAY + timedelta(days=60)}
    told = fresh(
        "pi", settled=used, running=Fraction(1, 7), committed=Fraction(30, 7), people=people, days=days, **when
    )
    drawn(page, told, language, theme)
    expect(page.locator(".aif-people tbody tr")).to_have_count(3)
    if os.environ.get("AIF_PICTURES"):
        page.screenshot(path=DOCS / f"{PICTURES[language, width, theme]}.png", full_page=True)


def test_its_parts_are_as_wide_as_they_are_many_with_a_gap_between_them(page: Page) -> None:
    drawn(page, fresh(settled=Fraction(100), running=Fraction(0), committed=Fraction(50), people=()))
    boxes = page.locator(".aif-bar .aif-part").evaluate_all(
        "all => all.map((e) => [e.getBoundingClientRect().left, e.getBoundingClientRect().right])"
    )
    widths = [right - left for left, right in boxes]
    assert widths == pytest.approx([sum(widths) * share for share in (0.2, 0.1, 0.7)], abs=1)
    gaps = [after[0] - before[1] for before, after in itertools.pairwise(boxes)]
    assert gaps == pytest.approx([2, 2], abs=0.1)
    expect(page.get_by_role("img", name="100 used, 50 committed, 350 free to plan, of 500 GPU-hours")).to_be_visible()


def test_new_figures_change_the_drawing_and_leave_the_reader_where_they_were(page: Page) -> None:
    drawn(page, fresh("pi", settled=ALL, people=CROWD))
    fold = page.locator("details")
    page.locator("summary").click()
    page.evaluate("window.before = document.querySelector('.aif-figure')")
    later = fresh("pi", settled=ALL + 1, people=(*CROWD[:-1], PersonUse("p7", Fraction(10, 3))))
    page.evaluate("told => change(told)", later)
    expect(page.locator(".aif-figure").first).to_have_text("489.6")
    assert page.evaluate("window.before === document.querySelector('.aif-figure')")
    assert fold.evaluate("fold => fold.open")
    page.evaluate("end()")


def test_a_member_sees_their_own_line_and_the_others_together(page: Page) -> None:
    drawn(page, fresh())
    rows = page.locator(".aif-people tbody tr").all_inner_texts()
    assert [row.split() for row in rows] == [
        ["Marieke", "de", "Vries", "0.15", "0.29"],
        ["Others", "in", "the", "project", "4", "0"],
    ]


@pytest.mark.parametrize(
    ("changes", "word", "says"),
    [
        ({}, "Active", ""),
        ({"settled": Fraction(460)}, "Nearly used up", "92% of it is used."),
        ({"settled": Fraction(300), "committed": Fraction(250)}, "All committed", "comes back as they end"),
        ({"settled": Fraction(501)}, "Used up", "All of it is used."),
        ({"suspended": True}, "Suspended", "nothing can be started on it for now"),
        ({"start": date(2100, 1, 1)}, "Not begun", "2100"),
        ({"compute_end": date(2020, 1, 1)}, "Ended", "Nothing can be started on it any more."),
    ],
)
def test_each_state_is_a_word_a_shape_and_what_it_means(page: Page, changes: Any, word: str, says: str) -> None:
    drawn(page, fresh(**changes))
    expect(page.locator(".aif-state span")).to_have_text(word)
    assert page.locator(".aif-state path").get_attribute("d")
    expect(page.locator(".aif-note")).to_contain_text(says)


def test_what_is_not_recorded_is_said_and_never_drawn_as_nothing(page: Page) -> None:
    drawn(page, fresh(limit=None, settled=None, compute_end=None))
    expect(page.locator(".aif-figure").first).to_have_text("not recorded here")
    expect(page.locator(".aif-bar")).to_be_hidden()
    expect(page.locator(".aif-legend")).to_contain_text("No limit is recorded here.")
    expect(page.locator(".aif-history")).to_be_hidden()


def test_old_figures_say_so(page: Page) -> None:
    hour_ago = as_told(balance(as_of=NOW - timedelta(hours=1)))
    drawn(page, hour_ago)
    expect(page.locator(".aif-old")).to_contain_text("no newer ones have come")
    page.evaluate("change({trouble: 'slurmdbd is away'})")
    expect(page.locator(".aif-old")).to_contain_text("does not answer just now")


def test_the_days_are_told_in_a_sentence(page: Page) -> None:
    drawn(page, fresh())
    picture = page.get_by_role("img", name="Use a day in the last 30 days")
    expect(picture).to_be_visible()
    expect(picture.locator("rect")).to_have_count(30)


@pytest.mark.parametrize(("left", "says"), [(6765, "1 h 52 min left, until"), (-60, "has ended")])
def test_the_session_counts_down(page: Page, left: int, says: str) -> None:
    drawn(page, fresh(), left=left)
    expect(page.locator(".aif-countdown")).to_contain_text(says)
