"""Somebody goes to lunch: a notice on the open page, one click to keep the session, then its stop, in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from idle_hub import IdleHub
from playwright.sync_api import Browser, Page, expect
from smtp_sink import served
from visiting import sign_in

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def hub(instance: dict[str, Any]) -> Iterator[IdleHub]:
    with served() as sink:
        made = IdleHub(instance, sink)
        try:
            made.start()
            yield made
        finally:
            made.close()


def at_home(browser: Browser, hub: IdleHub, login: str, locale: str) -> Page:
    page = browser.new_context(base_url=hub.url, locale=locale).new_page()
    page.set_default_timeout(60_000)
    page.goto("/hub/login")
    sign_in(page, login, hub.password(login))
    page.wait_for_url("**/hub/home")
    return page


def test_who_goes_to_lunch_is_told_may_keep_it_and_finds_why_it_was_stopped(browser: Browser, hub: IdleHub) -> None:
    login = hub.login("class21")
    assert hub.ask_for(login, profile="slice", minutes=60).status in (201, 202)
    hub.await_ready(login)
    page = at_home(browser, hub, login, "en-GB")
    dutch = at_home(browser, hub, login, "nl-NL")
    notice = page.locator("[data-event]", has_text="Your session is idle")
    expect(notice).to_contain_text("It costs 0.14 GPU-hours an hour.", timeout=60_000)  # the page heard of it by itself
    expect(notice).to_contain_text("Closing the browser does not stop it sooner; what is saved stays.")
    expect(dutch.locator("[data-event]", has_text="Uw sessie doet niets")).to_contain_text(
        "Dat kost 0,14 GPU-uur per uur."
    )
    notice.get_by_role("button", name="Keep it").click()
    expect(notice).to_have_count(0, timeout=30_000)
    expect(page.locator(".session")).to_contain_text("Running")
    expect(notice).to_have_count(1, timeout=60_000)
    stopped = page.locator("[data-event]", has_text="Your session was stopped")
    expect(stopped).to_contain_text("Stopping it early spared 0.14 GPU-hours.", timeout=90_000)
    expect(page.locator("#part-past")).to_contain_text("Stopped when idle")
    expect(dutch.locator("#part-past")).to_contain_text("Gestopt: er draaide niets", timeout=30_000)
    stopped.get_by_role("link", name="Receipt").click()
    page.wait_for_url("**/hub/aif/session/*")
    expect(page.locator("main")).to_contain_text("Nothing ran in it any more, so it was stopped")
    expect(page.locator("main")).to_contain_text("Stopping it early spared 0.14 GPU-hours.")
    page.goto("/hub/home")
    stopped.get_by_role("button", name="Put away").click()
    expect(stopped).to_have_count(0)
    for one in (page, dutch):
        one.context.close()
