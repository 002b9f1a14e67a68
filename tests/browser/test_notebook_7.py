"""Notebook 7, one notebook on a page: what is left, the panel, and a cluster made and stopped by mouse."""

from __future__ import annotations

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Locator, Page, expect
from visiting import READY, Visitor, notebook

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PERSON = "class18"
NOT_RUN = "[ ]:"


def test_what_is_left_and_a_new_cluster_are_there(visit: Visitor) -> None:
    page = visit(PERSON, locale="en-GB")
    server = notebook(page, "seven.ipynb", ["from aif import allocation\nallocation()"], "profile=cpu&minutes=60")
    page.goto(f"{server}/notebooks/seven.ipynb")
    cell = page.locator(".jp-NotebookPanel .jp-CodeCell").first
    _run(page, cell)
    left = cell.locator(".aif-meter")
    expect(left.locator(".aif-legend")).to_contain_text("Free to plan", timeout=READY)
    expect(left.locator(".aif-countdown")).to_contain_text(re.compile(r"^This session: (1 h|5\d min) left, until"))

    page.keyboard.press("Control+Shift+C")
    expect(page.locator("#modal-command-palette input")).to_be_focused()
    page.keyboard.type("Budget and time of this session")
    page.keyboard.press("Enter")
    side = page.get_by_role("region", name="Budget and time of this session")
    mine = side.get_by_role("region", name="My clusters")
    mine.get_by_role("button", name="New cluster").click(timeout=READY)
    expect(mine.get_by_role("status").last).to_have_text("A cell in seven.ipynb makes it.")
    made = page.locator(".jp-NotebookPanel .aif-cluster")
    expect(made.get_by_role("img", name=re.compile("^2 planned, 2 asked of Slurm"))).to_be_visible(timeout=READY)
    row = mine.get_by_role("listitem")
    expect(row.get_by_role("link", name=re.compile("^Dashboard of the cluster"))).to_be_visible(timeout=READY)
    row.get_by_role("button", name=re.compile("^Stop the cluster")).click()
    row.get_by_role("button", name="Stop it").click()
    expect(made).to_contain_text("It is closed.", timeout=READY)


def _run(page: Page, cell: Locator) -> None:
    """Asks for it until it runs: before the page has a kernel the cell is left as it was, and no mark tells when."""
    prompt = cell.locator(".jp-InputPrompt")
    for _ in range(READY // 1000):
        cell.locator(".cm-content").click(timeout=READY)
        page.keyboard.press("Control+Enter")
        with suppress(AssertionError):
            expect(prompt).not_to_have_text(NOT_RUN, timeout=1000)
            return
    expect(prompt).not_to_have_text(NOT_RUN)
