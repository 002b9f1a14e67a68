"""The documentation as the hub serves it: found from every page, in one's language, searched without a network."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import docs_blocks
import pytest
from docs_blocks import DOCS
from looking import DESK, PHONE, violations
from playwright.sync_api import Browser, Page, Request, expect
from visiting import Visitor

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]
PAPER = "getComputedStyle(document.body).backgroundColor"


def test_help_is_found_before_signing_in(visit: Visitor) -> None:
    page = visit()
    page.get_by_role("link", name="How the workbench works").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("AI Factory Workbench"))
    page.get_by_role("link", name="Your first session").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Your first session")


def test_help_is_in_the_language_of_the_page_and_leads_back(visit: Visitor) -> None:
    page = visit("visser", locale="nl-NL")
    page.get_by_role("link", name="Hulp", exact=True).click()
    expect(page.locator("html")).to_have_attribute("lang", "nl")
    page.get_by_role("link", name="Wat is een GPU-uur?").first.click()
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is a GPU-hour?")
    page.get_by_role("link", name="Back to the workbench").click()
    page.wait_for_url("**/hub/home")


def test_help_is_searched_without_asking_anybody_else(visit: Visitor) -> None:
    page = visit()
    hosts: set[str] = set()
    page.on("request", lambda request: hosts.add(_host(request)))
    page.goto("/hub/aif/docs/")
    page.get_by_role("searchbox").or_(page.get_by_placeholder("Search")).first.fill("hour")
    page.keyboard.press("Enter")
    expect(page.locator("#search-results")).to_contain_text("What is a GPU-hour?")
    assert hosts == {urlsplit(page.url).netloc}


def test_help_is_dark_where_the_hub_is(visit: Visitor) -> None:
    page = visit("visser", color_scheme="light")
    page.click("#dark-theme-toggle")
    page.goto("/hub/aif/docs/")
    assert page.evaluate(PAPER) == "rgb(15, 26, 34)"
    page.get_by_role("button", name="Toggle Light / Dark / Auto color theme").and_(page.locator(":visible")).click()
    page.goto("/hub/home")
    page.wait_for_selector("#learn")
    assert page.evaluate(PAPER) == "rgb(255, 255, 255)"


def test_an_address_that_help_does_not_have_gets_the_hubs_own_page(visit: Visitor) -> None:
    page = visit()
    answer = page.goto("/hub/aif/docs/nothing-here.html")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()


#: Pages that have each kind of thing between them: pictures, code, tables, labels, made parts, another language.
NIGHT = ("index.md", "nl/learners/first-session.md", "operators/troubleshooting.md", "reference/site-file.md")
NIGHT += ("researchers/in-a-notebook.md", "researchers/rest.md")


@pytest.fixture(scope="module")
def reader(browser: Browser, instance: dict[str, Any]) -> Iterator[Page]:
    with closing(browser.new_context(base_url=f"http://127.0.0.1:{instance['ports']['public']}")) as context:
        yield context.new_page()


@pytest.mark.slow
@pytest.mark.parametrize("name", docs_blocks.pages())
def test_a_page_of_help_is_there_for_everyone(reader: Page, name: str) -> None:
    """By day on a phone; some by night at a desk."""
    address = f"/hub/aif/docs/{name.removesuffix('.md')}.html"
    reader.emulate_media(color_scheme="light")
    reader.set_viewport_size(PHONE)
    reader.goto(address)
    assert violations(reader) == []
    assert reader.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    if name in NIGHT:
        reader.emulate_media(color_scheme="dark")
        reader.set_viewport_size(DESK)
        reader.goto(address)
        assert violations(reader) == []


@pytest.mark.slow
def test_on_a_phone_the_pages_are_reached_by_keyboard(visit: Visitor) -> None:
    page = visit()
    page.set_viewport_size(PHONE)
    page.goto("/hub/aif/docs/")
    link = page.locator(".sidebar-tree").get_by_role("link", name="What is a GPU-hour?")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Toggle site navigation sidebar").press("Enter")
    link.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("What is a GPU-hour?")


@pytest.mark.slow
def test_the_first_lesson_opens_as_help_shows_it(visit: Visitor) -> None:
    """The picture is made anew where $AIF_PICTURES asks for pictures."""
    page = visit("class03")
    page.set_viewport_size({"width": 1200, "height": 800})
    page.click("#learn")
    page.click("#start")
    page.wait_for_url("**/lab/tree/tutorials/01_spreadsheet.ipynb", timeout=90_000)
    lesson = page.locator(".jp-NotebookPanel:visible")
    expect(lesson.get_by_role("heading", level=1)).to_contain_text("spreadsheet", timeout=60_000)
    expect(page.locator("#jp-main-statusbar")).to_contain_text("| Idle", timeout=60_000)
    if os.environ.get("AIF_PICTURES"):
        page.screenshot(path=DOCS / "pictures/lab.png")


def _host(request: Request) -> str:
    return urlsplit(request.url).netloc
