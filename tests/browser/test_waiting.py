"""Waiting and what comes after it, live: receipts of sessions that ended, seen by those who may see them."""

from __future__ import annotations

import pytest
from conftest import Visitor, start
from playwright.sync_api import expect

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.timeout(180)]


@pytest.mark.usefixtures("no_room")
def test_a_session_leaves_a_receipt_that_only_its_owner_sees(visit: Visitor) -> None:
    page = visit("joost")
    start(page, "slice")
    page.get_by_role("main").get_by_role("button", name="Cancel").click()
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
