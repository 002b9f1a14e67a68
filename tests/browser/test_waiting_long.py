"""A full cluster: the place in line, other sizes when it takes long, and a hub that stops while pages listen."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from gallery import Gallery
from playwright.sync_api import Browser, Page, expect
from visiting import sign_in

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

LONG_SECONDS = 20


class Impatient(Gallery):
    """Offers other sizes sooner than a real site does, on a cluster without a free GPU."""

    place = "impatient"
    terms = ""

    def site(self, values: Mapping[str, Any]) -> str:
        """Three minutes are long for a test."""
        return super().site(values).replace("[session]\n", f"[session]\nlong_wait_seconds = {LONG_SECONDS}\n")


@pytest.fixture(scope="module")
def hub(instance: dict[str, Any]) -> Iterator[Impatient]:
    made = Impatient(instance)
    try:
        made.start()
        made.fill()
        yield made
    finally:
        made.close()


@pytest.fixture
def visit(browser: Browser, hub: Impatient) -> Iterator[Callable[[str], Page]]:
    """Home of a person, signed in."""
    with ExitStack() as stack:

        def visitor(short: str) -> Page:
            context = browser.new_context(base_url=hub.url, viewport={"width": 1440, "height": 900})
            stack.callback(context.close)
            page = context.new_page()
            page.goto("/hub/login")
            sign_in(page, short, hub.password(hub.login(short)))
            page.wait_for_url("**/hub/home")
            return page

        yield visitor


def test_who_waits_is_told_their_place_and_after_a_while_what_is_sooner(
    hub: Impatient, visit: Callable[[str], Page]
) -> None:
    first, second = hub.login("class02"), hub.login("class03")
    for login in (first, second):
        assert hub.ask_for(login, profile="gpu", minutes=60).status in (201, 202)
        hub.await_job(login, "PENDING")
    page = visit("class03")
    page.goto(f"/hub/spawn-pending/{second}")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    # Those are the other learner, and who has filled all whole GPUs and asked for more.
    expect(page.get_by_role("main")).to_contain_text("Waiting for a free GPU. Two people are ahead.", timeout=60_000)

    other = page.get_by_role("heading", name="This takes longer than usual")
    expect(other).to_be_visible(timeout=(LONG_SECONDS + 30) * 1000)
    expect(page.get_by_role("button", name="Switch to Small GPU part")).to_be_visible()
    assert sum("/spawn-pending/" in url for url in asked) <= 12, "the stream told it, the page did not ask"

    assert hub.ask_to_stop(first).status in (202, 204)
    expect(page.get_by_role("main")).to_contain_text("One person is ahead.", timeout=60_000)


def test_a_hub_that_stops_does_not_wait_for_pages_that_listen(hub: Impatient, visit: Callable[[str], Page]) -> None:
    page = visit("class05")
    with page.expect_response(lambda answer: "/hub/aif/events" in answer.url):
        page.goto("/hub/home")
    began = time.monotonic()
    hub.stop()
    assert time.monotonic() - began < 8, "pages that are open delay a restart"

    hub.start()
    assert hub.ask_for(hub.login("class05"), profile="gpu", minutes=60).status in (201, 202)
    expect(page.locator(".session")).to_contain_text("Waiting", timeout=60_000)
