"""A newcomer's first hour, shortened: found in the catalogue, started, answered, begun anew, paid; and gone on with.

Between, they ask whether their own data may come, and reckon what their own work would take.
"""

from __future__ import annotations

import pwd
import re
from pathlib import Path
from typing import Any

import pytest
from looking import PHONE, too_wide, violations
from playwright.sync_api import Locator, Page, expect
from processes import until
from visiting import Visitor, stop

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

WHO = "class37"
QUESTION = "What can a GPU do with my spreadsheet?"
ANSWER = 'answer = (orders["quantity"] * orders["price"]).sum() - tidy["amount"].sum()\nexercise(1).check(answer)'


@pytest.fixture
def newcomer(visit: Visitor, instance: dict[str, Any]) -> Page:
    """Somebody who has done nothing yet, also where the instance has been there for some time."""
    home = Path(pwd.getpwnam(f"{instance['instance']}-{WHO}").pw_dir)
    (home / ".local/share/aif/progress.json").unlink(missing_ok=True)
    return visit(WHO)


def card(page: Page) -> Locator:
    return page.locator("[data-tutorial='01_spreadsheet']")


def test_from_the_catalogue_to_the_receipt_and_back_to_where_one_was(newcomer: Page) -> None:
    page = newcomer
    page.click("#tutorials")
    page.get_by_role("link", name=re.compile("^For every sector")).click()
    expect(card(page)).to_contain_text(QUESTION)
    expect(card(page)).to_contain_text("at most 0.15 GPU-hours")
    card(page).get_by_role("link", name=re.compile("^(Start|Open) it")).click()
    expect(page.locator("input[value=slice]")).to_be_checked()
    expect(page.locator("#sentence")).to_contain_text("costs at most 0.15 GPU-hours")
    page.click("#start")
    page.wait_for_url("**/lab/tree/tutorials**", timeout=90_000)

    answers(page)
    told = "1 of 3 exercises done"
    until(lambda: told in page.request.get("/hub/aif/tutorials").text(), "the catalogue knows of the exercise", 20)
    in_the_lab(page)
    asks_about_own_data(page)
    reckons_own_work(page)
    starts_over(page)

    page.goto("/hub/home")
    stop(page)
    page.click(".past__row > summary >> nth=0")
    page.click(".past__row[open] .buttons a")
    expect(page.locator(".receipt__sum")).to_have_text(re.compile(r"^(under )?0\.\d+ GPU-hours$"))
    page.goto("/hub/home")
    expect(page.locator("#part-start")).to_contain_text("Learn: continue where you were")
    expect(page.locator("#part-start")).to_contain_text(told)
    page.click("#tutorials")
    expect(card(page)).to_contain_text("Working on it")
    expect(card(page)).to_contain_text(told)
    page.click("#continue")
    expect(page.locator("input[value=slice]")).to_be_checked()
    page.click("#start")
    goes_on(page)


def answers(page: Page) -> None:
    """Runs the lesson up to its first exercise, and answers that."""
    cell = page.locator(".jp-NotebookPanel:visible .jp-CodeCell", has_text="exercise(1).check(answer)")
    cell.locator(".cm-content").click(timeout=60_000)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Above Selected Cell", exact=True).click()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+a")
    page.keyboard.insert_text(ANSWER)
    page.keyboard.press("Shift+Enter")
    expect(cell.locator(".jp-OutputArea-output").last).to_contain_text("Exercise 1: right", timeout=60_000)
    saves(page)


def saves(page: Page) -> None:
    with page.expect_response(lambda answer: answer.request.method == "PUT" and ".ipynb" in answer.url):
        page.keyboard.press("Control+s")


def at_the_second_exercise(page: Page) -> Locator:
    """The cell in which its answer is to come; its question is in sight, too."""
    notebook = page.locator(".jp-NotebookPanel:visible")
    cell = notebook.locator(".jp-CodeCell.jp-mod-active")
    expect(cell).to_contain_text("exercise(2).check(answer)", timeout=60_000)
    expect(cell).to_be_in_viewport()
    expect(notebook.locator(".jp-MarkdownCell", has_text="Exercise 2. Which product comes back")).to_be_in_viewport()
    return cell


def in_the_lab(page: Page) -> None:
    """The panel knows where the person is, and the launcher has the way there."""
    page.locator(".aif-statusbar button").click()
    side = page.get_by_role("region", name="Learn")
    expect(side).to_contain_text(QUESTION)
    facts = ("1 h · Small GPU part · at most 0.15 GPU-hours", "BSD-3-Clause · Free for business use")
    for fact in facts:
        expect(side).to_contain_text(fact)
    expect(side.get_by_role("link", name="All tutorials")).to_have_attribute("href", re.compile("/hub/aif/tutorials$"))
    expect(side.get_by_role("button", name=f"Continue where you were: {QUESTION}")).to_be_visible(timeout=30_000)
    page.keyboard.press("Control+Shift+L")
    cards = page.locator(".jp-Launcher:visible .jp-LauncherCard")
    expect(cards.filter(has_text="All tutorials")).to_have_count(1)
    page.locator(".jp-NotebookPanel .jp-CodeCell").first.evaluate("cell => cell.scrollIntoView()")
    card_to_go_on = cards.filter(has_text="Continue where you were")
    for fact in (QUESTION, *facts):
        expect(card_to_go_on).to_contain_text(fact)
    card_to_go_on.click()
    at_the_second_exercise(page)


def asks_about_own_data(page: Page) -> None:
    """A table with people in it is not taken, before a byte of it was sent."""
    at_the_second_exercise(page).locator(".jp-InputPrompt").click()
    page.keyboard.press("b")
    page.keyboard.press("Enter")
    page.keyboard.insert_text("from aif import upload\nupload()")
    page.keyboard.press("Control+Enter")
    form = page.locator(".jp-NotebookPanel:visible .aif-upload")
    form.get_by_role("group", name="Are there people in it?").get_by_label("Yes").check(timeout=60_000)
    expect(form.locator(".aif-verdict")).to_contain_text("This site takes no personal data by upload.")
    expect(form.locator("input[type=file]")).to_be_disabled()


def reckons_own_work(page: Page) -> None:
    """From what the lesson measures on this session, and numbers of one's own, to an amount and where to ask for it."""
    code = page.locator(".jp-NotebookPanel:visible .jp-CodeCell")
    for text in ("gpu = examine()", "times = {", "mine = calculator("):
        cell = code.filter(has_text=text)
        cell.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
    likely = cell.locator(".aif-figure").nth(1)
    expect(likely).to_be_visible(timeout=60_000)
    reckoned = likely.inner_text()
    cell.get_by_label("How many runs").fill("50000")
    expect(likely).not_to_have_text(reckoned)
    expect(cell.get_by_role("status").first).to_contain_text("GPU-hours are likely")
    expect(cell).to_contain_text("We would begin with")
    cell.get_by_text("Text for an application").click()
    planned = "Planned: 50,000 runs on 50,000,000 rows each"
    expect(cell.get_by_role("textbox", name="Text for an application")).to_have_value(re.compile(planned))
    saves(page)  # from within the calculator


def goes_on(page: Page) -> None:
    """In another session it opens at the exercise, and what that builds on is one click away."""
    expect(page.locator(".aif-statusbar button")).to_be_visible(timeout=90_000)
    at_the_second_exercise(page)
    first = page.locator(".jp-NotebookPanel:visible .jp-CodeCell .jp-InputPrompt").first
    expect(first).to_have_text("[ ]:")
    note = page.locator(".Toastify__toast", has_text="Exercise 2 of 3 is next.")
    note.get_by_role("button", name="Run the cells above").click()
    expect(first).to_have_text(re.compile(r"\[[\d*]+\]:"), timeout=60_000)


def starts_over(page: Page) -> None:
    """From the catalogue, in the session that runs: the old copy is kept, and its answer in it."""
    page.goto("/hub/aif/tutorials")
    card(page).get_by_role("link", name="Start over").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Start over: {QUESTION}")
    page.set_viewport_size(PHONE)
    assert (too_wide(page), violations(page)) == ([], [])
    page.get_by_role("button", name="Start over").click()
    said = page.get_by_text("What you had is kept in").inner_text()
    kept = re.search("“(tutorials/.*)”", said)
    assert kept, said
    server = page.url.partition("/aif/tutorials/")[0]
    old = page.request.get(f"{server}/api/contents/{kept[1]}").json()["content"]
    assert ANSWER in [cell["source"] for cell in old["cells"]]
    fresh = page.request.get(f"{server}/api/contents/tutorials/01_spreadsheet.ipynb").json()["content"]
    assert ANSWER not in [cell["source"] for cell in fresh["cells"]]
    page.set_viewport_size({"width": 1440, "height": 900})
