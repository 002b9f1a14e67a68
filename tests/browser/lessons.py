"""A tutorial in JupyterLab, as who learns uses it: cells are found by what they say, run, answered, and saved."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

READY = 60_000


def cell(page: Page, says: str) -> Locator:
    """The code cell that says so, in the notebook in front."""
    return page.locator(".jp-NotebookPanel:visible .jp-CodeCell", has_text=says)


def exercise(page: Page, number: int) -> Locator:
    """The cell in which the answer to that exercise is to come."""
    return cell(page, f"exercise({number}).check(answer)")


def outputs(of: Locator) -> Locator:
    """What came out of that cell, all of it together."""
    return of.locator(".jp-Cell-outputArea")


def stand_in(there: Locator) -> None:
    """Clicks into that cell; returns when the notebook's kernel is there and has nothing to do."""
    there.locator(".cm-content").click(timeout=READY)
    expect(there.page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=READY)


def run_above(there: Locator) -> None:
    """Has all cells above that one run, by the menu."""
    stand_in(there)
    there.page.get_by_role("menuitem", name="Run", exact=True).click()
    there.page.get_by_role("menuitem", name="Run All Above Selected Cell", exact=True).click()


def run(there: Locator) -> Locator:
    """Runs that cell; what comes out of it."""
    there.locator(".cm-content").click()
    there.page.keyboard.press("Control+Enter")
    return outputs(there)


def ran(there: Locator) -> Locator:
    """What came out of that cell, once it has run."""
    expect(there.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=READY)
    return outputs(there)


def answer(there: Locator, code: str) -> Locator:
    """Writes that into an exercise's cell in place of what stood there, and runs it; what comes out of it."""
    there.locator(".cm-content").click()
    there.page.keyboard.press("Control+a")
    there.page.keyboard.insert_text(code)
    there.page.keyboard.press("Control+Enter")
    return outputs(there)


def run_below(there: Locator, code: str) -> Locator:
    """Runs that in a new cell under that one; what comes out of it."""
    there.locator(".jp-InputPrompt").click()
    there.page.keyboard.press("b")
    there.page.keyboard.press("Enter")
    there.page.keyboard.insert_text(code)
    there.page.keyboard.press("Control+Enter")
    return outputs(there.page.locator(".jp-NotebookPanel:visible .jp-CodeCell.jp-mod-active"))


def open_first(page: Page, name: str, question: str) -> Locator:
    """From its card in the catalogue into the session that runs, by one click; its first cell, which has run."""
    card = page.locator(f"[data-tutorial='{name}']")
    expect(card).to_contain_text(question)
    card.get_by_role("link", name="Open it").click()
    first = cell(page, f'tutorial("{name}")')
    stand_in(first)
    run(first)
    ran(first)
    return first


def save(page: Page) -> None:
    """Saves the notebook in front, by its key."""
    with page.expect_response(lambda answer: answer.request.method == "PUT" and ".ipynb" in answer.url):
        page.keyboard.press("Control+s")
