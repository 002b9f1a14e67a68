"""A newcomer's first hour, shortened: found in the catalogue, started, answered, reckoned, stopped and paid.

And who comes back, in another session: they go on where they were, or begin anew.
"""

from __future__ import annotations

import pwd
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lessons import READY, answer, cell, exercise, open_first, outputs, ran, run, run_above, run_below, save
from looking import PHONE, too_wide, violations
from playwright.sync_api import Locator, Page, expect
from processes import until
from touring import walked
from visiting import Visitor, stop

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

QUESTION = "What can a GPU do with my spreadsheet?"
PARTS = "Can a camera find the bad parts?"
DATA = "May I put this data here?"
#: How many rows are there twice, where euros are asked.
WRONG = "answer = orders.duplicated().sum()\nexercise(1).check(answer)"
ANSWERS = (
    'answer = (orders["quantity"] * orders["price"]).sum() - tidy["amount"].sum()\nexercise(1).check(answer)',
    'answer = "Stretch film"\nexercise(2).check(answer)',
    'answer = len(orders) / times["CPU, pandas"]\nexercise(3).check(answer)',
)
Newcomer = Callable[[str], Page]


@pytest.fixture
def newcomer(visit: Visitor, instance: dict[str, Any]) -> Newcomer:
    """Somebody who has done nothing yet, also where the instance has been there for some time."""

    def arrive(who: str) -> Page:
        home = Path(pwd.getpwnam(f"{instance['instance']}-{who}").pw_dir)
        (home / ".local/share/aif/progress.json").unlink(missing_ok=True)
        for folder in ("tutorials", ".jupyter/lab/workspaces"):
            shutil.rmtree(home / folder, ignore_errors=True)
        return visit(who)

    return arrive


def test_the_first_hour_from_the_catalogue_to_the_receipt(newcomer: Newcomer) -> None:
    page = newcomer("class31")
    begins(page)
    takes_the_tour(page)
    answers_wrong_then_right(page)
    sees_what_can_go_wrong(page)
    reckons_own_work(page)
    chooses_own_sector(page)
    asks_about_own_data(page)

    page.goto("/hub/home")
    stop(page)
    page.click(".past__row > summary >> nth=0")
    page.click(".past__row[open] .buttons a")
    expect(page.locator(".receipt__sum")).to_have_text(re.compile(r"^(under )?0\.\d+ GPU-hours$"))


def test_who_comes_back_goes_on_where_they_were(newcomer: Newcomer) -> None:
    page = newcomer("class37")
    begins(page)
    run_above(exercise(page, 1))
    expect(answer(exercise(page, 1), ANSWERS[0])).to_contain_text("Exercise 1: right", timeout=READY)
    save(page)
    told = "1 of 3 exercises done"
    await_in_catalogue(page, told)
    in_the_lab(page)
    starts_over(page)

    page.goto("/hub/home")
    stop(page)
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


# Both ----------------------------------------------------------------------------------------------------------------


def card(page: Page, name: str = "01_spreadsheet") -> Locator:
    return page.locator(f"[data-tutorial='{name}']")


def await_in_catalogue(page: Page, told: str) -> None:
    until(lambda: told in page.request.get("/hub/aif/tutorials").text(), f"the catalogue says {told!r}", 20)


def begins(page: Page) -> None:
    """From Home by the catalogue to a session of the size that the first tutorial wants, at its price."""
    page.click("#tutorials, #learn[href$='#sectors']")  # the hub may remember who was here before
    page.get_by_role("link", name=re.compile("^For every sector")).click()
    expect(card(page)).to_contain_text(QUESTION)
    expect(card(page)).to_contain_text("at most 0.15 GPU-hours")
    card(page).get_by_role("link", name=re.compile("^(Start|Open) it")).click()
    expect(page.locator("input[value=slice]")).to_be_checked()
    expect(page.locator("#sentence")).to_contain_text("costs at most 0.15 GPU-hours")
    page.click("#start")
    page.wait_for_url("**/lab/tree/tutorials**", timeout=90_000)


# The first hour ------------------------------------------------------------------------------------------------------


def takes_the_tour(page: Page) -> None:
    """The six stops that the tutorial names, from the panel, with the notebook open behind them."""
    expect(exercise(page, 1)).to_have_count(1, timeout=READY)
    page.locator(".aif-statusbar button").click()
    walked(page)


def answers_wrong_then_right(page: Page) -> None:
    """All up to the last exercise runs; a wrong answer is told what is off, a hint comes, and each gets right."""
    run_above(exercise(page, 3))
    for slow in ("maker.write_orders(", "orders = pd.read_csv(", "tidy.assign(", "share.unstack()", "times = {"):
        ran(cell(page, slow))
    timed = ran(cell(page, "if len(times) == 2"))
    expect(timed).to_contain_text(re.compile("Only the CPU was timed|The GPU took"))
    first = exercise(page, 1)
    off = "This is how many rows are there twice. Asked is how many euros they add."
    expect(answer(first, WRONG)).to_contain_text(off, timeout=READY)
    hint = run_below(first, "exercise(1).hint()")
    expect(hint).to_contain_text("Exercise 1: hint 1 of 3", timeout=READY)
    for number, right in enumerate(ANSWERS, 1):
        expect(answer(exercise(page, number), right)).to_contain_text(f"Exercise {number}: right", timeout=READY)
    save(page)
    await_in_catalogue(page, "3 of 3 exercises done")


def sees_what_can_go_wrong(page: Page) -> None:
    """Too much memory is asked for and refused by name; below it stand the end of the time, and lunch."""
    refused = run(cell(page, "np.ones(2**45)"))
    expect(refused).to_contain_text("MemoryError: Unable to allocate", timeout=READY)
    told = page.locator(".jp-NotebookPanel:visible .jp-MarkdownCell", has_text="The time runs out.")
    expect(told).to_contain_text("You are told 30, 15 and 5 minutes before.")
    expect(told).to_contain_text("“Your session is idle”")


def reckons_own_work(page: Page) -> None:
    """From what was timed here, and numbers of one's own, to an amount, where to ask for it, and the text for that."""
    sized = cell(page, "mine = calculator(")
    run(sized)
    likely = sized.locator(".aif-figure").nth(1)
    expect(likely).to_be_visible(timeout=READY)
    reckoned = likely.inner_text()
    sized.get_by_label("How many runs").fill("50000")
    expect(likely).not_to_have_text(reckoned)
    expect(sized.get_by_role("status").first).to_contain_text("GPU-hours are likely")
    expect(sized).to_contain_text("We would begin with")
    sized.get_by_text("Text for an application").click()
    planned = "Planned: 50,000 runs on 50,000,000 rows each"
    expect(sized.get_by_role("textbox", name="Text for an application")).to_have_value(re.compile(planned))
    save(page)  # from within the calculator
    expect(run(cell(page, "print(mine.application())"))).to_contain_text(planned, timeout=READY)
    save(page)


def chooses_own_sector(page: Page) -> None:
    """Home leads to the sectors; one's own tutorial opens in the session that runs, and is the one to go on with."""
    page.goto("/hub/home")
    expect(page.locator("#part-start")).to_contain_text("Learn: the next one")
    expect(page.locator("#part-start")).to_contain_text("A question from your own sector")
    page.click("#learn")
    page.get_by_role("link", name=re.compile("^Manufacturing")).click()
    expect(card(page)).to_have_count(0)
    open_first(page, "10_parts", PARTS)
    save(page)
    await_in_catalogue(page, "Continue where you were")
    page.goto("/hub/aif/tutorials")
    expect(page.get_by_role("region", name="Continue where you were")).to_contain_text(PARTS)
    expect(card(page)).to_contain_text("3 of 3 exercises done")
    expect(card(page, "10_parts")).to_contain_text("Working on it")


def asks_about_own_data(page: Page) -> None:
    """The second tutorial, from its card; and a table with people in it is not taken, before a byte of it was sent."""
    first = open_first(page, "02_data", DATA)
    expect(outputs(first)).to_contain_text("birth_date")
    run_below(first, "from aif import upload\nupload()")
    form = page.locator(".jp-NotebookPanel:visible .aif-upload")
    form.get_by_role("group", name="Are there people in it?").get_by_label("Yes").check(timeout=READY)
    expect(form.locator(".aif-verdict")).to_contain_text("This site takes no personal data by upload.")
    expect(form.locator("input[type=file]")).to_be_disabled()
    first.locator(".jp-InputPrompt").click()
    save(page)


# Who comes back ------------------------------------------------------------------------------------------------------


def at_the_second_exercise(page: Page) -> Locator:
    """The cell in which its answer is to come; its question is in sight, too."""
    notebook = page.locator(".jp-NotebookPanel:visible")
    stood = notebook.locator(".jp-CodeCell.jp-mod-active")
    expect(stood).to_contain_text("exercise(2).check(answer)", timeout=READY)
    expect(stood).to_be_in_viewport()
    expect(notebook.locator(".jp-MarkdownCell", has_text="Exercise 2. Which product comes back")).to_be_in_viewport()
    return stood


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
    assert ANSWERS[0] in [one["source"] for one in old["cells"]]
    fresh = page.request.get(f"{server}/api/contents/tutorials/01_spreadsheet.ipynb").json()["content"]
    assert ANSWERS[0] not in [one["source"] for one in fresh["cells"]]
    page.set_viewport_size({"width": 1440, "height": 900})


def goes_on(page: Page) -> None:
    """In another session it opens at the exercise, and what that builds on is one click away."""
    expect(page.locator(".aif-statusbar button")).to_be_visible(timeout=90_000)
    at_the_second_exercise(page)
    first = page.locator(".jp-NotebookPanel:visible .jp-CodeCell .jp-InputPrompt").first
    expect(first).to_have_text("[ ]:")
    note = page.locator(".Toastify__toast", has_text="Exercise 2 of 3 is next.")
    note.get_by_role("button", name="Run the cells above").click()
    expect(first).to_have_text(re.compile(r"\[[\d*]+\]:"), timeout=READY)
