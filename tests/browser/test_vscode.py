"""Widgets in VS Code: drawn by its own manager of widgets, from what a real kernel says, without JupyterLab."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from fractions import Fraction
from pathlib import Path

import pytest
from far_kernel import THEMES, FarKernel, entries, far_kernel, opened
from looking import violations
from pictures import WANTED
from playwright.sync_api import Browser, Page, expect
from test_cluster_drawing import cluster
from told_material import as_told, balance, write_session

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

ALLOCATION = "from aif import allocation\nallocation()"
LATER = """import json, os
from pathlib import Path
from aif.widgets import allocation as module
[widget] = module._widgets.values()
later = Path(os.environ["AIF_SESSION_DIR"], "later.json").read_text()
widget.allocation = json.loads(later)["allocations"][0]"""
CLUSTER = """import json
from aif.widgets.cluster import ClusterWidget
from aif.widgets.figures import speech
drawn = ClusterWidget(words=speech("en").words, told=json.loads({!r}))
def hear(widget, wish, buffers):
    with widget.hold_sync():
        widget.told = widget.told | {{"plan": wish["workers"], "main": wish["workers"]}}
        widget.answer = {{"wish": wish["wish"], "said": ""}}
drawn.on_msg(hear)
drawn"""
CALCULATOR = """from aif.sizing import calculator
calculator(seconds=8.3, size=2_000_000, own=50_000_000, runs=200, unit="rows", gpus=1 / 7)"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarKernel]:
    folder = tmp_path_factory.mktemp("vs")
    now = datetime.now().astimezone()
    write_session(folder, as_told(balance(as_of=now, settled=Fraction(100))))
    (folder / "allocations.json").rename(folder / "later.json")
    write_session(folder, as_told(balance(as_of=now)))
    with far_kernel(folder) as kernel:
        yield kernel


@pytest.fixture(scope="module")
def vscode(browser: Browser, kernel: FarKernel) -> Iterator[Page]:
    """Its page of outputs. All that a widget needs is in the environment of the kernel."""
    page = browser.new_page(viewport={"width": 640, "height": 700})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    asked = opened(page)
    kernel.page = page
    yield page
    assert (faults, page.evaluate("faults"), asked) == ([], [], [])
    page.close()


def test_the_kernels_environment_has_the_script_of_our_widgets() -> None:
    assert entries() == {"anywidget": "nbextensions/anywidget/index"}


def test_an_allocation_is_drawn_and_follows(vscode: Page, kernel: FarKernel) -> None:
    kernel.show(ALLOCATION)
    whole = vscode.get_by_role("region", name="Inspection pilot")
    expect(whole.get_by_role("status")).to_have_text("Active")
    expect(whole.locator(".aif-figure")).to_have_text(["495.8", "60"])
    meter = "4.15 used, 0.29 committed, 495.6 free to plan, of 500 GPU-hours"
    expect(whole.get_by_role("img", name=meter)).to_be_visible()
    expect(whole.get_by_role("table", name="By person").get_by_role("row")).to_have_count(3)
    expect(whole.get_by_role("img", name="Use a day in the last 30 days")).to_be_visible()
    expect(whole).to_contain_text(re.compile(r"This session: (2 h|1 h 5\d min) left"))
    kernel.run(LATER)
    expect(whole.locator(".aif-figure").first).to_have_text("400.0")


def test_a_cluster_hears_the_slider_and_leads_to_no_page_of_the_hub(vscode: Page, kernel: FarKernel) -> None:
    kernel.show(CLUSTER.format(json.dumps(cluster())))
    whole = vscode.get_by_role("group", name="Dask cluster aif-k3x_91ab")
    expect(whole.get_by_role("img", name="4 planned, 3 asked of Slurm, 2 at work")).to_be_visible()
    expect(whole.get_by_role("row")).to_have_count(5)
    expect(whole.get_by_role("link")).to_have_count(0)
    whole.get_by_role("slider").focus()
    vscode.keyboard.press("ArrowRight")
    kernel.answer()
    expect(whole.get_by_role("status").filter(has_text="Done.")).to_be_visible()
    expect(whole.get_by_role("img", name="5 planned, 3 asked of Slurm, 2 at work")).to_be_visible()


def test_a_calculator_answers_what_is_typed(vscode: Page, kernel: FarKernel) -> None:
    kernel.show(CALCULATOR)
    whole = vscode.get_by_role("region", name="What would it take for us?")
    likely = whole.locator(".aif-figure").nth(1)
    expect(likely).to_have_text("3.6")
    whole.get_by_label("How many runs").fill("20000")
    kernel.answer()
    expect(likely).to_have_text("360")
    expect(whole.get_by_role("status").first).to_contain_text("360 GPU-hours are likely")


@pytest.mark.parametrize("theme", THEMES)
def test_they_can_be_read_in_each_of_its_themes(vscode: Page, kernel: FarKernel, theme: str) -> None:
    """Its page has JupyterLab's light colours, whatever its theme is: its manager of widgets brings them."""
    if not vscode.locator(".aif-meter").count():
        kernel.show(ALLOCATION)
    vscode.evaluate("theme => put_on(theme)", theme)
    assert violations(vscode) == []
    if WANTED:
        vscode.screenshot(path=Path(WANTED) / f"vscode-{theme}.png", full_page=True)
