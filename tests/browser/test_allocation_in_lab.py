"""`allocation()` in a real session: the figures of Home at the same moment, live, readable when the kernel is gone."""

from __future__ import annotations

import json
import re
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from visiting import Visitor, notebook, opened, server_token

from aif.widgets.figures import speech

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

CELLS = (
    "from aif import allocation, session\nallocation()",
    "session()",
    "print('told|' + json.dumps(dict(allocation().told)))",
)
READY = 60_000
#: A widget looks every ten seconds whether there is something new.
REDRAWN = 20_000


@pytest.fixture(scope="module", params=["en", "nl"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def lab(visit: Visitor, language: str) -> Page:
    """JupyterLab of a session that was asked for in that language, with a notebook of our cells that has run."""
    page = visit("class30", locale={"en": "en-GB", "nl": "nl-NL"}[language])
    base = notebook(page, "budget.ipynb", ("import json", *CELLS), "profile=slice&minutes=30")
    run_all(page, opened(page, base, "budget.ipynb"))
    return page


def run_all(page: Page, cells: Locator) -> None:
    """Each cell in turn."""
    for number in range(len(CELLS) + 1):
        cell = cells.nth(number)
        cell.locator(".cm-content").click(timeout=READY)
        page.keyboard.press("Shift+Enter")
        expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=READY)


def cells(page: Page) -> Locator:
    return page.locator(".jp-NotebookPanel .jp-CodeCell")


def told(page: Page) -> dict[str, Any]:
    """What the kernel has of it."""
    output = cells(page).nth(len(CELLS)).locator(".jp-OutputArea-output").inner_text()
    return dict(json.loads(output.split("told|")[1]))


def test_it_says_what_home_and_rest_say_at_the_same_moment(lab: Page, language: str) -> None:
    meter = lab.locator(".aif-meter").first
    expect(meter).to_be_visible()
    home = lab.context.new_page()
    here, said = at_one_moment(lab, home, language)
    assert said == here
    words = speech(language)
    parts = [words.amount(here[name]) for name in ("consumed", "committed", "free_to_plan")]
    budget = home.locator(f"[data-allocation='{here['id']}']")
    expect(budget.locator(".budget__left data")).to_have_text(words.large(here["left"]))
    assert budget.locator(".legend dd").all_inner_texts() == parts
    home.close()
    expect(meter.locator(".aif-figure").first).to_have_text(words.large(here["left"]), timeout=REDRAWN)
    expect(meter.locator(".aif-legend strong")).to_have_text(parts, timeout=REDRAWN)
    expect(meter.locator(".aif-label").first).to_have_text({"en": "GPU-hours left", "nl": "GPU-uur over"}[language])
    expect(meter.locator(".aif-countdown")).to_contain_text(
        {"en": "This session: ", "nl": "Deze sessie: nog "}[language]
    )


def test_it_follows_what_the_hub_says_without_being_run_again(lab: Page) -> None:
    meter = lab.locator(".aif-meter").first
    expect(meter).to_be_visible()
    source = meter.locator(".aif-source p").first
    expect(source).not_to_have_text(source.inner_text(), timeout=200_000)  # the hub is asked about once a minute


def test_a_saved_notebook_says_in_words_what_it_was_when_its_kernel_is_gone(lab: Page, language: str) -> None:
    with lab.expect_response(lambda answer: answer.request.method == "PUT" and "budget.ipynb" in answer.url):
        lab.keyboard.press("Control+s")
    base, token = re.sub(r"/lab.*", "", lab.url), server_token(lab)
    for kernel in lab.request.get(f"{base}/api/sessions").json():
        lab.request.delete(f"{base}/api/sessions/{kernel['id']}", headers={"X-XSRFToken": token})
    lab.goto(f"{base}/lab/workspaces/{uuid4().hex}/tree/budget.ipynb")
    output = cells(lab).nth(1).locator(".aif-kept")  # trusted, as one's own notebooks are: widgets go before HTML
    expect(output).to_contain_text(
        {"en": "Run the cell again", "nl": "Voer de cel opnieuw uit"}[language], timeout=READY
    )
    expect(output).not_to_contain_text("Error displaying widget")
    expect(cells(lab).nth(2).locator(".aif-kept")).to_contain_text("mig01")


def at_one_moment(page: Page, home: Page, language: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the kernel has and what REST says of the same moment, with Home open at it too.

    The hub reads once a minute while somebody looks, and the session's server asks it once a minute, at other moments:
    so it may take some until all three are at one.
    """
    for _ in range(90):
        again = cells(page).nth(len(CELLS))
        prompt = again.locator(".jp-InputPrompt")
        before = prompt.inner_text()
        again.locator(".cm-content").click()
        page.keyboard.press("Control+Enter")
        expect(prompt).not_to_have_text(before)
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"))
        here = told(page)
        home.goto("/hub/home")
        shown = home.locator(f"[data-allocation='{here['id']}'] time").first.get_attribute("datetime")
        said = hub_says(page, here["id"], language)
        if here["as_of"] == shown == said["as_of"]:
            return here, said
        page.wait_for_timeout(2000)
    raise AssertionError(f"kernel {here['as_of']}, Home {shown}, REST {said['as_of']}")


def hub_says(page: Page, name: str, language: str) -> dict[str, Any]:
    """The allocation over REST, now, with its title in that language."""
    answer = page.request.get(
        "/hub/api/aif/v1/allocations", headers={"Accept": "application/json", "Accept-Language": language}
    )
    assert answer.ok, answer.text()
    return dict(next(one for one in answer.json()["allocations"] if one["id"] == name))
