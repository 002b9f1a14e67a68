"""A cluster as its owner sees and uses it: in a cell of JupyterLab, in the panel, and by its dashboard."""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from looking import violations
from playwright.sync_api import Locator, Page, WebSocket, expect
from visiting import READY, Visitor, notebook, opened, stop_all

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(400)]

#: Where the documentation's pictures are; made anew where $AIF_PICTURES asks for pictures.
DOCS = Path(__file__).parents[2] / "hub_config/docs/pictures"
CELL = "from aif import gpu_cluster\ncluster = gpu_cluster(gpus=4, hours=0.5, budget=8)\ncluster"
SMALL = "from aif import gpu_cluster\ncluster = gpu_cluster(workers=1, size='cpu', hours=0.5)\ncluster"
#: Takes longer than any look at it; a picture of the cluster is to be usable meanwhile.
BUSY = "import time\ntime.sleep(600)"
PERSON, MOUSE, PANEL, READER, OTHER = "class22", "class13", "class14", "class16", "class15"
#: The workbench's promise for what is cancelled.
MINUTE = 60.0


@pytest.fixture
def workers(instance: dict[str, Any]) -> Callable[[str], list[str]]:
    """The ids of a person's worker jobs, waiting or running."""

    def found(person: str) -> list[str]:
        login = f"{instance['instance']}-{person}"
        argv = ["squeue", "-h", "-r", "-u", login, "-n", "aif-worker", "-o", "%i"]
        env = {**os.environ, "SLURM_CONF": str(instance["slurm_conf"])}
        return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30, env=env).stdout.split()

    return found


def begun(page: Page, *cells: str, size: str = "gpu") -> str:
    """A notebook of these cells in JupyterLab, in a new session, whose kernel is ready; the server's address."""
    server = notebook(page, "cluster.ipynb", cells, f"profile={size}&minutes=60")
    opened(page, server, "cluster.ipynb")
    return server


def run(page: Page, number: int = 0) -> None:
    page.locator(".jp-NotebookPanel:visible .jp-CodeCell .cm-content").nth(number).click(timeout=READY)
    page.keyboard.press("Shift+Enter")


def drawing(page: Page) -> Locator:
    return page.locator(".jp-NotebookPanel:visible .aif-cluster").first


def saved(page: Page, server: str) -> str:
    """What the notebook's file says of the first cell's cluster; it is being saved."""
    page.keyboard.press("Control+s")
    answer = page.request.get(f"{server}/api/contents/cluster.ipynb")
    if not answer.ok:  # while it is being written
        return ""
    cell = answer.json()["content"]["cells"][0]
    kept = (output.get("data", {}).get("text/plain", "") for output in cell["outputs"])  # others were printed
    return "".join(line for each in kept for line in each)


def until(true: Callable[[], bool], page: Page, seconds: float = MINUTE) -> None:
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < seconds, "not within the time that is promised"
        page.wait_for_timeout(500)


def test_a_cluster_is_seen_to_come_to_work_and_ends_with_its_session(
    visit: Visitor, workers: Callable[[str], list[str]]
) -> None:
    page = visit(PERSON, locale="en-GB")
    server = begun(page, CELL)
    run(page)
    shown = drawing(page)
    first = shown.element_handle(timeout=READY)
    expect(shown.get_by_role("img", name="4 planned, 4 asked of Slurm, 4 at work")).to_be_visible(timeout=READY)
    expect(shown.locator("tbody tr")).to_have_count(4)
    expect(shown.locator("tbody tr").first).to_contain_text(re.compile(r"● at work gpu0\d"))
    expect(shown.locator("tbody tr").first).to_contain_text(re.compile(r"of [\d.]+ GB *\d+%"), timeout=READY)
    expect(shown).to_contain_text(re.compile(r"4 GPU-hours an hour, .* of 8 used so far"))
    assert len(workers(PERSON)) == 4
    picture(page, page.locator(".jp-NotebookPanel:visible .jp-CodeCell").first, "cluster")
    until(lambda: "4 planned, 4 asked of Slurm, 4 at work" in saved(page, server), page)
    assert first is not None
    assert first.evaluate("node => node.isConnected"), "the drawing that somebody may be using is the same one"
    expect(page.locator(".jp-NotebookPanel:visible .aif-cluster")).to_have_count(1)
    stop_all(page)
    until(lambda: not workers(PERSON), page)


def test_the_dashboard_is_its_owners_behind_the_hubs_sign_in_and_home_ends_its_cluster(
    visit: Visitor, workers: Callable[[str], list[str]]
) -> None:
    page = visit(READER, locale="en-GB")
    begun(page, SMALL, "print(cluster.get_client().dashboard_link)", size="cpu")
    run(page)
    link = drawing(page).get_by_role("link", name=re.compile("^Dashboard of the cluster aif-"))
    address = link.get_attribute("href", timeout=READY) or ""
    assert re.fullmatch(r"/user/[^/]+/aif/v1/clusters/[a-z0-9_]{8}/dashboard/status", address)
    expect(drawing(page).get_by_role("img", name=re.compile("1 at work$"))).to_be_visible(timeout=READY)
    run(page, 1)
    expect(page.locator(".jp-OutputArea-output pre").first).to_have_text(address, timeout=READY)

    heard: list[str | bytes] = []
    page.context.on("page", lambda opened: opened.on("websocket", listen(heard)))
    with page.context.expect_page() as following:
        link.click()
    pages = following.value
    expect(pages.locator(".bk-Figure").first).to_be_visible(timeout=READY)
    assert pages.title().startswith("Dask")
    until(lambda: any("ACK" in str(one) for one in heard), pages)
    pages.get_by_role("link", name="Workers", exact=True).click()
    expect(pages).to_have_url(re.compile(r"/dashboard/workers$"))
    expect(pages.locator(".bk-DataTable, .bk-data-table, .bk-Figure").first).to_be_visible(timeout=READY)
    pages.goto(address.replace("status", "info/main/workers.html"))
    expect(pages.locator("body")).to_contain_text("tls://")

    stranger = visit(OTHER)
    assert stranger.request.get(address).status in (403, 404)
    nobody = visit()
    nobody.goto(address)
    expect(nobody).to_have_url(re.compile("/hub/login"))
    ends_from_home(page, lambda: workers(READER))


def ends_from_home(page: Page, workers: Callable[[], list[str]]) -> None:
    """The one cluster, in its session's card, without its notebook; the session goes on."""
    page.goto("/hub/home")
    cluster = page.locator(".session .cluster")
    expect(cluster).to_contain_text(re.compile("Dask cluster aif-[a-z0-9_]{8}"))
    expect(cluster).to_contain_text("One worker at work", timeout=MINUTE * 1000)
    assert violations(page) == []
    cluster.locator("summary").click()
    cluster.get_by_role("button", name="Stop this cluster").click()
    page.wait_for_url("**/hub/home")
    expect(page.locator(".session .cluster").filter(has_text="One worker at work")).to_have_count(
        0, timeout=2 * MINUTE * 1000
    )
    until(lambda: not workers(), page)
    expect(page.locator(".session")).to_have_count(1)


def listen(heard: list[str | bytes]) -> Callable[[WebSocket], None]:
    return lambda socket: socket.on("framereceived", lambda said: heard.append(said))


def test_a_mouse_changes_how_many_there_are_also_while_a_cell_runs(
    visit: Visitor, workers: Callable[[str], list[str]]
) -> None:
    page = visit(MOUSE, locale="en-GB")
    server = begun(page, SMALL, BUSY, size="cpu")
    run(page)
    shown = drawing(page)
    slider, status = shown.get_by_role("slider", name="Change how many"), shown.locator(".aif-scale [role=status]")
    expect(shown.get_by_role("img", name=re.compile("1 at work$"))).to_be_visible(timeout=READY)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(shown.locator(".aif-price")).to_have_text("2 workers: no GPU-hours")
    expect(status).to_have_text("Done.", timeout=READY)
    until(lambda: len(workers(MOUSE)) == 2, page)
    expect(shown.get_by_role("img", name="2 planned, 2 asked of Slurm, 2 at work")).to_be_visible(timeout=READY)

    run(page, 1)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)).to_have_text("[*]:")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(status).to_have_text("Done.", timeout=MINUTE * 1000)
    until(lambda: len(workers(MOUSE)) == 1, page)
    expect(page.locator(".jp-CodeCell .jp-InputPrompt").nth(1)).to_have_text("[*]:")

    shown.get_by_role("button", name=re.compile("^Stop the cluster")).click()
    shown.get_by_role("button", name="Stop it").click()
    expect(shown).to_contain_text("It is closed.", timeout=READY)
    until(lambda: not workers(MOUSE), page)
    until(lambda: "It is closed." in saved(page, server), page)


def test_the_panel_makes_lists_and_stops_clusters(visit: Visitor, workers: Callable[[str], list[str]]) -> None:
    page = visit(PANEL, locale="en-GB")
    server = begun(page, "", size="gpu")
    page.goto(f"{server}/lab/workspaces/without?reset")
    page.locator(".aif-statusbar button").click(timeout=READY)
    mine = page.get_by_role("region", name="My clusters")
    expect(mine).to_contain_text("No cluster is running.")
    another = mine.get_by_role("button", name="New cluster")
    another.click()
    expect(mine.get_by_role("status").last).to_have_text(re.compile("^Open a notebook first"))

    page.goto(f"{server}/lab/tree/cluster.ipynb")
    expect(page.locator("#jp-main-statusbar")).to_contain_text(re.compile(r"\| Idle"), timeout=READY)
    if not another.is_visible():
        page.locator(".aif-statusbar button").click()
    another.click()
    expect(page.locator(".jp-NotebookPanel:visible .cm-content").first).to_contain_text("gpu_cluster(gpus=2, hours=1)")
    expect(mine.get_by_role("status").last).to_have_text("A cell in cluster.ipynb makes it.")
    row = mine.get_by_role("listitem")
    expect(row.get_by_role("img", name="2 planned, 2 asked of Slurm, 2 at work")).to_be_visible(timeout=READY)
    expect(row).to_contain_text("2 GPU-hours an hour")
    expect(row.get_by_role("link", name=re.compile("^Dashboard of the cluster"))).to_be_visible()
    picture(page, mine, "cluster-panel")
    row.get_by_text("Workers, and how many").click()
    expect(row.locator("tbody tr").first).to_contain_text(re.compile(r"● at work gpu0\d"), timeout=READY)
    slider = row.get_by_role("slider", name="Change how many")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(row.locator(".aif-scale [role=status]")).to_have_text("Done.", timeout=READY)
    until(lambda: len(workers(PANEL)) == 3, page)
    assert [one for one in violations(page) if "aif-" in one] == []

    row.get_by_role("button", name=re.compile("^Stop the cluster")).click()
    row.get_by_role("button", name="Stop it").click()
    expect(mine).to_contain_text("No cluster is running.", timeout=READY)
    expect(drawing(page)).to_contain_text("It is closed.")
    until(lambda: not workers(PANEL), page)


def picture(page: Page, shown: Locator, name: str) -> None:
    if os.environ.get("AIF_PICTURES"):
        shown.scroll_into_view_if_needed()
        shown.screenshot(path=DOCS / f"{name}.png")
