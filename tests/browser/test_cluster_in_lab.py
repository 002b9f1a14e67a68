"""A cluster as its owner sees it: in a cell of JupyterLab, live, and gone with the session."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from visiting import READY, Visitor, notebook, opened, stop_all

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

#: Where the documentation's pictures are; made anew where $AIF_PICTURES asks for pictures.
DOCS = Path(__file__).parents[2] / "hub_config/docs/pictures"
CELL = "from aif import gpu_cluster\ncluster = gpu_cluster(gpus=4, hours=0.5, budget=8)\ncluster"
PERSON = "class22"


@pytest.fixture
def workers(instance: dict[str, Any]) -> Callable[[], list[str]]:
    """The ids of the person's worker jobs, waiting or running."""
    login = f"{instance['instance']}-{PERSON}"
    argv = ["squeue", "-h", "-r", "-u", login, "-n", "aif-worker", "-o", "%i"]

    def found() -> list[str]:
        env = {**os.environ, "SLURM_CONF": str(instance["slurm_conf"])}
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30, env=env).stdout.split()

    return found


def test_a_cluster_is_seen_to_come_to_work_and_ends_with_its_session(
    visit: Visitor, workers: Callable[[], list[str]]
) -> None:
    page = visit(PERSON, locale="en-GB")
    server = notebook(page, "cluster.ipynb", [CELL], "profile=gpu&minutes=60")
    cells = opened(page, server, "cluster.ipynb")
    cells.locator(".cm-content").click(timeout=READY)
    page.keyboard.press("Shift+Enter")
    shown = page.locator(".jp-OutputArea-output .widget-html-content, .jp-OutputArea-output.jp-RenderedHTML").first
    bar = shown.get_by_role("img", name="4 planned, 4 asked of Slurm, 4 at work")
    expect(bar).to_be_visible(timeout=READY)
    expect(shown).to_contain_text("● at work")
    expect(shown.get_by_role("row")).to_have_count(5)
    expect(shown).to_contain_text(re.compile(r"4 GPU-hours an hour, .* of 8 used so far"))
    assert len(workers()) == 4
    picture(cells.first, shown)
    stop_all(page)
    ended = time.monotonic()
    while workers():
        assert time.monotonic() - ended < 60, "no worker outlives its session by a minute"
        page.wait_for_timeout(500)


def picture(cell: Locator, shown: Locator) -> None:
    if os.environ.get("AIF_PICTURES"):
        shown.scroll_into_view_if_needed()
        cell.screenshot(path=DOCS / "cluster.png")
