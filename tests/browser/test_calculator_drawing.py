"""The calculator's form: what it shows, what it asks when a number is typed, and what it says of one that cannot be."""

from __future__ import annotations

import json
import os
import string
from dataclasses import asdict
from pathlib import Path

import pytest
from looking import violations, without_keys
from playwright.sync_api import Page, expect
from test_drawing import DOCS, MUTED, THEMES

from aif.sizing import Calculator, calculator
from aif.widgets.calculator import CalculatorWidget, form

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

PAGE = string.Template(Path(__file__).with_name("drawing.html.in").read_text())
#: The widths, languages and themes that it is looked at in, and which of them the documentation shows.
PICTURES = {("en", 616, "light"): "calculator", ("nl", 320, "dark"): ""}
#: Keys that come faster than somebody reads.
TYPE = """(field, values) => values.forEach((value) => {
    field.value = value;
    field.dispatchEvent(new Event("input"));
})"""


def mine(language: str = "en", **changes: object) -> Calculator:
    """The closing of the first tutorial."""
    unit = {"en": "rows", "nl": "rijen"}[language]
    asked = {"seconds": 8.3, "size": 2_000_000, "own": 50_000_000, "runs": 200, "unit": unit, "gpus": 1 / 7}
    return calculator(**{**asked, **changes}, language=language)


def drawn(page: Page, of: Calculator, theme: str = "light") -> CalculatorWidget:
    """The form on the page, and what stands behind it in the kernel."""
    widget = form(of)
    names = ("wish", "answer", "trouble", "who", "words")
    values = {
        "css": widget._css,
        "module": str(widget._esm).replace("export default", "const widget ="),
        "theme": THEMES[theme] + MUTED[theme],
        "light": "true" if theme == "light" else "false",
        "language": of.language or "en",
    }
    page.set_content(PAGE.substitute(values, state=json.dumps({name: getattr(widget, name) for name in names})))
    return widget


def answered(page: Page, widget: CalculatorWidget) -> None:
    """What was typed reaches the kernel, and its answer the page."""
    page.wait_for_function("sent.length")
    widget.wish = page.evaluate("sent.pop()")
    page.evaluate("changes => tell(changes)", {"answer": widget.answer, "trouble": widget.trouble})


@pytest.mark.parametrize(("language", "width", "theme"), PICTURES)
def test_it_is_there_for_everyone(page: Page, language: str, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 100})
    drawn(page, mine(language), theme)
    expect(page.locator(".aif-figure")).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    if os.environ.get("AIF_PICTURES") and PICTURES[language, width, theme]:
        page.screenshot(path=DOCS / f"{PICTURES[language, width, theme]}.png", full_page=True)
    for fold in page.locator("summary").all():
        fold.click()
    assert violations(page) == []
    assert without_keys(page) == []


def test_a_typed_number_is_asked_once_and_everything_follows(page: Page) -> None:
    calculated = mine()
    widget = drawn(page, calculated)
    likely = page.locator(".aif-figure").nth(1)
    expect(likely).to_have_text("3.6")
    page.get_by_label("How many runs").evaluate(TYPE, ["2", "20", "200", "2000", "20000"])
    answered(page, widget)
    assert page.evaluate("sent.length") == 0
    expect(likely).to_have_text("360")
    expect(page.get_by_role("status").first).to_contain_text("360 GPU-hours are likely")
    assert asdict(calculated.wish) == {**asdict(mine().wish), "runs": 20_000, "gpus": pytest.approx(1 / 7, rel=1e-5)}
    page.get_by_label("Who applies").select_option("science")
    answered(page, widget)
    expect(page.get_by_role("row", name="AI for Science")).to_contain_text("look at the call")


def test_a_number_that_cannot_be_is_said_and_the_answer_stays(page: Page) -> None:
    widget = drawn(page, mine())
    page.get_by_label("How many runs").fill("")
    answered(page, widget)
    expect(page.get_by_role("alert")).to_have_text("How many runs: It must be 1 or more.")
    expect(page.locator(".aif-figure").nth(1)).to_have_text("3.6")
    page.get_by_label("How many runs").fill("400")
    answered(page, widget)
    expect(page.get_by_role("alert")).to_be_hidden()


def test_the_text_for_an_application_can_be_copied_by_keyboard(page: Page) -> None:
    drawn(page, mine())
    page.evaluate("navigator.clipboard ??= {}")
    page.evaluate("navigator.clipboard.writeText = async (text) => { window.copied = text; }")
    page.get_by_text("Text for an application").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("copied") == mine().application()
