"""Notebook 7, one notebook on a page: what is left, the panel, and a cluster made and stopped by mouse."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect
from visiting import READY, Visitor, notebook

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

PERSON = "class18"


def test_what_is_left_and_a_new_cluster_are_there(visit: Visitor) -> None:
    page = visit(PERSON, locale="en-GB")
    server = notebook(page, "seven.ipynb", ["from aif import allocation\nallocation()"], "profile=cpu&minutes=60")
    page.goto(f"{server}/notebooks/seven.ipynb")
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_visible(timeout=READY)
    cells = page.locator(".jp-NotebookPanel .jp-CodeCell")
    cells.first.locator(".cm-content").click(timeout=READY)
    page.keyboard.press("Shift+Enter")
    left = cells.first.locator(".aif-meter")
    expect(left.locator(".aif-legend")).to_contain_text("Free to plan", timeout=READY)
    expect(left.locator(".aif-countdown")).to_contain_text(re.compile(r"^This session: (1 h|59 min) .*left, until"))

    page.keyboard.press("Control+Shift+C")
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
