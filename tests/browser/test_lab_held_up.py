"""JupyterLab's panel and Home of somebody with another session that Slurm has suspended, and then resumed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from in_lab import lab, panel
from playwright.sync_api import Page, expect
from visiting import Slurm, Visitor, start

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
FOLLOWED = 60_000


def is_behind(page: Page) -> None:
    """The page is a tab behind another, which this browser counts as looked at all the same."""
    page.evaluate(
        """() => {
          Object.defineProperty(document, "hidden", { configurable: true, get: () => true });
          Object.defineProperty(document, "visibilityState", { configurable: true, get: () => "hidden" });
          document.dispatchEvent(new Event("visibilitychange"));
        }"""
    )


def test_another_session_is_paused_in_the_panel_and_on_home_until_it_is_resumed(
    visit: Visitor, slurm: Slurm, instance: dict[str, Any]
) -> None:
    page = visit("joost")
    lab(page, "cpu")
    other = page.context.new_page()
    other.goto("/hub/home")
    start(other, "cpu")
    other.wait_for_url("**/session-2/lab**", timeout=90_000)
    expect(other.locator(".aif-statusbar button")).to_be_visible(timeout=60_000)
    is_behind(other)
    page.locator(".aif-statusbar button").click()
    second = panel(page).locator(".aif-sessions li").filter(has_text="session-2")
    expect(second).to_contain_text("Running", timeout=90_000)

    newest_first = slurm("squeue", "-h", "-u", f"{instance['instance']}-joost", "-o", "%A", "--sort=-i").split()
    job = newest_first[0]
    slurm("scontrol", "suspend", job)
    try:
        expect(second).to_contain_text("Paused", timeout=FOLLOWED)
        expect(second).to_contain_text("it goes on by itself")
        other.goto("/hub/home")
        card = other.locator(".session").filter(has_text="session-2")
        expect(card).to_contain_text("Paused")
        expect(card).to_contain_text("There is nothing that you need to do.")
        expect(card.get_by_role("link", name="Try to open JupyterLab")).to_be_visible()
        expect(other.locator(".session a.button--primary")).to_have_text(["Open JupyterLab"])
    finally:
        slurm("scontrol", "resume", job)
    expect(second).to_contain_text("Running", timeout=FOLLOWED)
    expect(second).not_to_contain_text("it goes on by itself")
    expect(card).to_contain_text("Running", timeout=FOLLOWED)
    expect(card.get_by_role("link", name=re.compile("^Open JupyterLab$"))).to_be_visible()
