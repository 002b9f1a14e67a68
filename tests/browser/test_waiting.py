"""Waiting and what comes after it, live: receipts of sessions that ended, seen by those who may see them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect
from visiting import Visitor, start

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]


@pytest.mark.usefixtures("no_room")
def test_a_session_leaves_a_receipt_that_its_owner_and_administrators_see(visit: Visitor) -> None:
    page = visit("joost")
    start(page, "slice")
    page.get_by_role("main").get_by_role("button", name="Cancel", exact=True).click()
    expect(page.locator("#part-running")).to_contain_text("Nothing is running", timeout=60_000)
    row = page.locator("#part-past li").first
    expect(row).to_contain_text("Cancelled", timeout=60_000)
    row.locator("summary").first.click()
    row.get_by_role("link", name="Receipt").click()
    expect(page.get_by_role("main")).to_contain_text("It never started, and waiting costs nothing.")

    told = page.request.get(f"{page.url}?as=json").json()
    assert told["login"].endswith("-joost")
    assert (told["gpus"], told["gpu_weight"], told["gpu_hours"]) == (1, "1/7", 0)
    assert told["seconds_waited"] > 0
    assert told["ended"]

    other = visit("visser")
    answer = other.goto(page.url)
    assert answer is not None
    assert answer.status == 404
    assert other.request.get(f"{page.url}?as=json").status == 404

    operator = visit("olga")
    answer = operator.goto(page.url)
    assert answer is not None
    assert answer.status == 200
    expect(operator.get_by_role("main")).to_contain_text(told["login"])
    expect(operator.get_by_role("button", name="Start again")).to_have_count(0)
    expect(page.get_by_role("button", name="Start again")).to_have_count(1)
    operator.goto("/hub/aif/sessions")
    expect(operator.get_by_role("main")).to_contain_text("There are no sessions on this page.")


@pytest.mark.usefixtures("no_room")
def test_the_last_choice_is_started_again_from_home_with_one_click(visit: Visitor) -> None:
    page = visit("joost")
    page.goto("/hub/spawn?profile=slice&minutes=120")  # whatever their last choice was
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")
    page.get_by_role("main").get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Start again: Small GPU part, 2 h").click(timeout=60_000)
    page.wait_for_url("**/spawn-pending/**")
    page.goto("/hub/home")
    expect(page.locator(".session")).to_contain_text("Small GPU part")
    expect(page.locator(".project")).to_contain_text("One session waits")
    page.goto("/hub/aif/sessions")
    expect(page.locator(".past > li").first).to_contain_text("Cancelled")


@pytest.mark.usefixtures("no_room")
def test_home_hears_of_an_end_through_one_stream_without_asking_again_and_again(visit: Visitor) -> None:
    page = visit("joost")
    start(page, "slice")
    home = page.context.new_page()
    asked: list[str] = []
    home.on("request", lambda request: asked.append(request.url))
    home.goto("/hub/home")
    expect(home.locator(".session")).to_contain_text("Waiting", timeout=30_000)

    page.get_by_role("main").get_by_role("button", name="Cancel", exact=True).click()
    expect(home.locator("#part-running")).to_contain_text("Nothing is running", timeout=30_000)
    expect(home.locator("#part-past li").first).to_contain_text("Cancelled", timeout=30_000)
    assert sum("/hub/aif/events" in url for url in asked) == 1
    assert sum(url.endswith("/hub/home") for url in asked) <= 8, "once to open it, and once for each thing that changed"


def test_the_waiting_page_opens_jupyterlab_by_itself(visit: Visitor, no_room: Callable[[], None]) -> None:
    page = visit("joost")
    asked: list[str] = []
    start(page, "slice")
    page.on("request", lambda request: asked.append(request.url))
    expect(page.get_by_role("heading", name="Waiting for your turn")).to_be_visible(timeout=30_000)
    no_room()
    page.wait_for_url("**/user/**/lab**", timeout=90_000)
    assert not [url for url in asked if "/progress" in url]
    assert sum("/spawn-pending/" in url for url in asked) <= 8


@pytest.mark.usefixtures("no_room")
def test_a_waiting_session_is_switched_to_another_size_in_one_step(visit: Visitor) -> None:
    page = visit("joost")
    start(page, "slice")
    expect(page.get_by_role("heading", name="Waiting for your turn")).to_be_visible(timeout=30_000)
    token = page.locator("input[name=_xsrf]").first.input_value()

    refused = page.request.post("/hub/aif/switch", form={"_xsrf": token, "server": "", "profile": "no-such-size"})
    assert refused.status == 400
    assert page.locator("[aria-current=step]").count() == 1, "a refused switch cancels nothing"

    # A drained node is a reason to offer other sizes at once.
    page.get_by_role("button", name="Switch to No GPU").click()
    page.wait_for_url("**/user/**/lab**", timeout=90_000)
    page.goto("/hub/home")
    expect(page.locator(".session")).to_have_count(1)
    expect(page.locator(".session")).to_contain_text("No GPU")
    expect(page.locator("#part-past li").first).to_contain_text("Cancelled")


@pytest.mark.usefixtures("no_room")
def test_a_notification_is_asked_for_and_a_browser_that_blocks_it_is_explained(visit: Visitor) -> None:
    page = visit("joost")
    page.context.add_init_script(
        """window.asked = 0;
        window.Notification = class {
          static permission = "default";
          static async requestPermission() { window.asked += 1; return (Notification.permission = "denied"); }
        };"""
    )
    start(page, "slice")
    button = page.get_by_role("button", name="Tell me when it is ready")
    expect(button).to_have_attribute("aria-pressed", "false")
    assert page.evaluate("window.asked") == 0, "nobody is asked before they ask"
    button.click()
    expect(page.locator("[data-tell] [role=status]")).to_contain_text("Your browser blocks notifications")
    expect(button).to_have_attribute("aria-pressed", "false")


def becomes_ready_behind_others(page: Page, no_room: Callable[[], None]) -> Locator:
    """A session is ready while its page, which is to tell of it, is behind other tabs. The button that asked for it."""
    start(page, "slice")
    expect(page).to_have_title(re.compile("^Waiting for your turn"), timeout=30_000)
    button = page.get_by_role("button", name="Tell me when it is ready")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
          document.hasFocus = () => false;
        }"""
    )
    no_room()
    expect(page).to_have_title("Ready: your session is open", timeout=90_000)
    return button


def is_looked_at(page: Page) -> None:
    """The person comes back to the tab, and goes on to JupyterLab."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "visible" });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )
    page.wait_for_url("**/user/**/lab**", timeout=60_000)


def test_a_tab_behind_others_says_in_its_title_and_in_a_notification_that_it_is_ready(
    visit: Visitor, no_room: Callable[[], None]
) -> None:
    page = visit("joost")
    page.context.add_init_script(
        """window.told = [];
        window.Notification = class {
          static permission = "granted";
          constructor(text) { window.told.push(text); }
        };"""
    )
    becomes_ready_behind_others(page, no_room)
    assert page.evaluate("window.told") == ["Ready: your session is open"]
    is_looked_at(page)


def test_a_browser_that_makes_no_notifications_says_in_its_title_that_it_is_ready(
    visit: Visitor, no_room: Callable[[], None]
) -> None:
    page = visit("joost")
    page.context.add_init_script(
        """window.tried = 0;
        window.Notification = class {
          static permission = "granted";
          constructor() { window.tried += 1; throw new TypeError("Illegal constructor"); }
        };"""
    )
    button = becomes_ready_behind_others(page, no_room)
    assert page.evaluate("window.tried") == 1
    expect(button).to_be_hidden()
    is_looked_at(page)


@pytest.mark.usefixtures("no_room")
def test_who_cannot_be_told_is_not_asked_whether_to_be(visit: Visitor) -> None:
    page = visit("joost")
    page.context.add_init_script(
        """window.asked = 0;
        window.Notification = class {
          static permission = "default";
          static async requestPermission() { window.asked += 1; return (Notification.permission = "granted"); }
          constructor() { throw new TypeError("Illegal constructor"); }
        };"""
    )
    start(page, "slice")
    expect(page).to_have_title(re.compile("^Waiting for your turn"), timeout=30_000)
    expect(page.locator("[data-tell]")).to_be_hidden()
    assert page.evaluate("window.asked") == 0
