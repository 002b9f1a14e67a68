"""The pages as people meet them: sign in, start, wait, work, stop, be refused; with and without JavaScript."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Response, expect
from visiting import Visitor, sign_in, stop

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.timeout(180)]

CELL = """
import os
from aif import session
print("told", session().job_id, session().node, os.environ["CUDA_VISIBLE_DEVICES"], sep="|")
"""


def test_a_wrong_password_is_answered_in_words(visit: Visitor) -> None:
    page = visit()
    expect(page.get_by_text("demo sign-in")).to_be_visible()
    sign_in(page, "marieke", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("do not belong together")
    expect(page.locator("#username_input")).to_have_value("marieke")


def test_a_learner_starts_the_lesson_runs_a_cell_on_the_node_and_stops(visit: Visitor) -> None:
    page = visit("marieke")
    expect(page.get_by_role("heading", name="Hello, Marieke de Vries")).to_be_visible()
    page.click("#learn")
    expect(page.locator("#sentence")).to_contain_text("costs at most 0.15 GPU-hours")  # the hour that the lesson takes
    page.click("#start")
    page.wait_for_url("**/lab/tree/tutorials/01_spreadsheet.ipynb", timeout=90_000)

    told = run_first_cell(page, CELL)
    job, node, devices = told.split("|")[1:]
    assert int(job) > 0
    assert node == "mig01"
    assert re.fullmatch(r"\d+", devices)

    page.goto("/hub/home")
    card = page.locator(".session")
    expect(card).to_contain_text("Running")
    expect(card).to_contain_text("on mig01")
    stop(page)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_whole_lesson_is_found_in_the_catalogue_and_runs_in_a_session_without_an_error(visit: Visitor) -> None:
    page = visit("class01")
    page.click("#tutorials")
    page.locator("[data-tutorial='01_spreadsheet']").get_by_role("link", name="Start it").click()
    expect(page.locator("input[value=slice]")).to_be_checked()
    page.click("#start")
    page.wait_for_url("**/lab/tree/tutorials/01_spreadsheet.ipynb", timeout=90_000)
    page.locator(".jp-NotebookPanel:visible .jp-Cell").first.click(timeout=60_000)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = page.locator(".jp-NotebookPanel:visible .jp-CodeCell").last.locator(".jp-InputPrompt")
    expect(last).to_have_text(re.compile(r"\[\d+\]:"), timeout=200_000)  # cells run in order; a star while it waits
    with page.expect_response(lambda answer: answer.request.method == "PUT" and ".ipynb" in answer.url):
        page.keyboard.press("Control+s")

    base = page.url.split("/lab/")[0]
    saved = page.request.get(f"{base}/api/contents/tutorials/01_spreadsheet.ipynb").json()["content"]
    cells = [cell for cell in saved["cells"] if cell["cell_type"] == "code"]
    errors = [output for cell in cells for output in cell["outputs"] if output["output_type"] == "error"]
    assert errors == []
    assert [cell["source"] for cell in cells if cell["source"] and not cell["execution_count"]] == []
    replies = [
        output["data"]["text/plain"] for cell in cells for output in cell["outputs"] if "answer" in cell["source"]
    ]
    assert [reply.split("\n")[0] for reply in replies] == [f"▲ Exercise {number}: not yet" for number in (1, 2, 3)]
    assert "# solution" not in str(cells)

    page.goto("/hub/aif/tutorial/01_spreadsheet")  # a link from outside: the session is there, so it opens
    expect(page).to_have_url(re.compile("/lab/tree/tutorials/01_spreadsheet.ipynb"))


@pytest.mark.slow
@pytest.mark.usefixtures("no_room")  # or it may be ready before the waiting page is seen
def test_start_and_cancel_work_without_javascript(visit: Visitor) -> None:
    page = visit("joost", java_script_enabled=False)
    page.click("#start")
    page.check("input[value=slice]")
    page.select_option("#minutes", "30")
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")
    expect(page.locator("[aria-current=step]")).to_have_count(1)
    expect(page.locator("main")).to_contain_text("You can close this tab")
    page.locator("main").get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/hub/home")
    for _ in range(30):  # without JavaScript the page reads itself again; a person would press reload
        if page.locator(".session").count() == 0:
            break
        page.wait_for_timeout(1000)
        page.reload()
    expect(page.locator("#part-past")).to_contain_text("Cancelled")


def test_a_refusal_comes_back_with_its_words_and_the_choices(visit: Visitor) -> None:
    page = visit("bakker", java_script_enabled=False)
    page.click("#start")
    page.check("input[value=slice]")
    page.check("input[value=mobtest01]")
    page.select_option("#minutes", "720")
    page.click("#start")
    expect(page.get_by_role("alert")).to_contain_text("Choose at most 480 minutes")
    expect(page.get_by_role("alert")).not_to_contain_text("HTTP")
    expect(page.locator("input[value=slice]")).to_be_checked()
    expect(page.locator("input[value=mobtest01]")).to_be_checked()
    expect(page.locator("#minutes")).to_have_value("720")


def test_the_sentence_follows_size_and_length_by_keyboard_alone(visit: Visitor) -> None:
    page = visit("bakker")
    page.click("#start")
    page.focus("input[name=profile]:checked")
    page.check("input[value=slice]")
    slider = page.get_by_role("slider", name="How long?")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("#sentence")).to_contain_text("costs at most 1.15 GPU-hours")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^8 h, until \d\d:\d\d"))
    page.focus("input[value=slice]")
    page.keyboard.press("ArrowUp")  # the sizes go round: the last one has no GPU
    expect(page.locator("#sentence")).to_contain_text("costs no GPU-hours")


@pytest.mark.slow
def test_a_page_that_is_not_there_says_what_to_do(visit: Visitor) -> None:
    page = visit("visser")
    answer = page.goto("/hub/nothing-here")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.get_by_role("main").get_by_role("link", name="Home").click()
    page.wait_for_url("**/hub/home")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/hub/home", "/hub/spawn", "/hub/nothing-here", "/hub/token"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_scrolls_in_one_direction_only(visit: Visitor, path: str, scheme: str) -> None:
    page = visit("visser", color_scheme=scheme)
    page.set_viewport_size({"width": 375, "height": 812})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 375


@pytest.mark.slow
def test_the_switch_for_light_and_dark_is_the_hubs_own(visit: Visitor) -> None:
    page = visit("visser", color_scheme="light")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(paper) == "rgb(255, 255, 255)"
    page.click("#dark-theme-toggle")
    assert page.evaluate(paper) == "rgb(15, 26, 34)"
    page.reload()
    assert page.evaluate(paper) == "rgb(15, 26, 34)"


@pytest.mark.slow
@pytest.mark.parametrize(
    "path",
    ["home", "spawn?profile=slice", "aif/tutorials", "aif/sessions", "aif/project/mobility01", "token", "not-there"],
)
def test_a_page_weighs_little(visit: Visitor, path: str) -> None:
    page = visit("visser").context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"/hub/{path}")
    page.wait_for_load_state("networkidle")
    assert len(answers) <= 10
    ended = [answer for answer in answers if "/aif/events" not in answer.url]  # that goes on
    whole = [answer for answer in ended if answer.status in (200, 404)]
    assert sum(len(answer.body()) for answer in whole) < 150_000


def run_first_cell(page: Page, code: str) -> str:
    """The line that begins with "told", printed by `code` in a new first cell, which is taken out again."""
    notebook = page.locator(".jp-NotebookPanel:visible")
    notebook.locator(".jp-Cell").first.click(timeout=60_000)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    page.keyboard.press("Escape")
    expect(notebook.locator(".jp-Notebook")).to_have_class(re.compile("jp-mod-commandMode"))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(notebook.locator(".jp-Cell.jp-mod-active .cm-content")).to_be_focused()
    page.keyboard.insert_text(code.strip())
    page.keyboard.press("Shift+Enter")
    output = notebook.locator(".jp-OutputArea-output", has_text="told|").first
    output.wait_for(timeout=60_000)
    told = next(line for line in output.inner_text().splitlines() if line.startswith("told|"))
    for key in ("Escape", "k", "d", "d"):
        page.keyboard.press(key)
    return told
