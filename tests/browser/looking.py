"""What is wrong with a page for people who cannot see it, cannot use a mouse, or have a phone: a list of words each."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Error, Page

PHONE, DESK = {"width": 375, "height": 812}, {"width": 1440, "height": 900}
_SCRIPT = (Path(__file__).parent / "looking.js").read_text()
_axe = Axe()


def violations(page: Page) -> list[str]:
    """What axe-core finds, by all of its rules: rule, place and why."""
    found = _while_it_keeps_still(page, lambda: _axe.run(page))
    return [
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    ]


def without_keys(page: Page) -> list[str]:
    """What of a notebook's widget can have the focus and leaves Enter and arrows to JupyterLab's own shortcuts."""
    held = "a[href], button, input, select, textarea, summary, [tabindex='0']"
    found = page.locator(f".aif-meter :is({held}):not([data-lm-suppress-shortcuts])")
    return list(found.evaluate_all("all => all.map((each) => each.outerHTML.slice(0, 80))"))


def faults(page: Page, language: str) -> list[str]:
    """Of its structure: language, title, landmarks, headings in order, sizes of what is touched."""
    return list(_asked(page, "structure", language))


def too_wide(page: Page) -> list[str]:
    """What makes it scroll sideways, or is cut off."""
    return list(_asked(page, "wide"))


def by_keyboard(page: Page, most: int = 60) -> list[str]:
    """Goes through the page with Tab from its top: stops in another order than they are read, or without a ring."""
    _asked(page, "fromTheTop")
    found: list[str] = []
    for step in range(most):
        page.keyboard.press("Tab")
        told = _asked(page, "stop")
        if told is None or told == "again":
            return found if step else ["nothing can be reached with Tab"]
        if step == 0 and not told["skip"]:
            found.append(f"the first stop is not the skip link but {told['name']}")
        found += [f"{told['name']} {fault}" for fault in told["faults"]]
    return [*found, f"more than {most} stops"]


def words(page: Page) -> set[str]:
    """Its pieces of text, without those that are figures and signs alone."""
    plain = (re.sub(r"\s+", " ", text).strip(" .,:·") for text in _asked(page, "words"))
    return {text for text in plain if re.search(r"[A-Za-z]{3}", text)}


def _asked(page: Page, what: str, *values: str) -> Any:
    def ask() -> Any:
        if not page.evaluate("'looking' in window"):
            page.evaluate(_SCRIPT)
        return page.evaluate(f"(values) => looking.{what}(...values)", list(values))

    return _while_it_keeps_still(page, ask)


def _while_it_keeps_still(page: Page, ask: Any) -> Any:
    """The answer; asked again when the page renewed itself meanwhile, as some do every few seconds."""
    for _ in range(4):
        try:
            return ask()
        except Error as error:
            if not re.search(r"context was destroyed|navigation|looking is not defined", str(error)):
                raise
            page.wait_for_load_state()
    raise AssertionError("the page renews itself all the time")
