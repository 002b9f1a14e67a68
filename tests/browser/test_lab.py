"""JupyterLab in a real session: time, budget and GPU in status bar and panel, and stops by the hub."""

from __future__ import annotations

import json
import pwd
import re
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_lab import ends_in, lab, panel, told, watched
from playwright.sync_api import expect
from touring import taken
from visiting import Visitor, start

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

_axe = Axe()


def test_bar_and_panel_show_what_the_hub_tells_and_open_by_keyboard(visit: Visitor, complaints: list[str]) -> None:
    page = watched(visit("marieke"), complaints)
    server = lab(page)
    bar = page.locator(".aif-statusbar button")
    expect(bar).to_contain_text(re.compile(r"1 h 5\d min left · [\d.,]+ GPU-h"), timeout=30_000)
    expect(bar).to_contain_text(re.compile(r"GPU \d+ % \(emulated\)"), timeout=40_000)
    expect(bar).to_have_attribute(
        "aria-label", re.compile(r"This session has 1 h 5\d min left, until .*Opens the panel\.")
    )

    bar.focus()
    page.keyboard.press("Enter")
    side = panel(page)
    expect(side).to_be_visible()
    expect(side).to_be_focused()
    expect(side).to_contain_text("emulated: the processor stands in")
    expect(side).to_contain_text("No cluster is running.")
    expect(side.get_by_role("button", name="Stop: Small GPU part")).to_be_visible()

    allocations = told(page, server, "allocations")["allocations"]
    mine = next(one for one in allocations if one["project"] == told(page, server, "session")["project"])
    left = f"{mine['left']:,.1f}"
    expect(side.locator(".aif-figure").first).to_have_text(left if mine["left"] < 1000 else left.removesuffix(".0"))
    found = _axe.run(page, context={"include": [[".aif-panel"], [".aif-statusbar"]]}).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    taken(page)
    assert complaints == []


def test_the_figures_are_those_of_home_at_the_same_moment(visit: Visitor) -> None:
    page = visit("marieke")
    server = lab(page)
    home = page.context.new_page()
    for _ in range(90):
        home.goto("/hub/home")
        one = next(one for one in told(page, server, "allocations")["allocations"] if one["left"] is not None)
        part = home.locator(f"[data-allocation='{one['id']}']")
        as_of = part.locator("time").first.get_attribute("datetime") or ""
        if datetime.fromisoformat(as_of) == datetime.fromisoformat(one["as_of"]):
            break
        page.wait_for_timeout(1000)  # the session's server asks the hub about once a minute
    else:
        pytest.fail(f"Home is as of {as_of}, JupyterLab as of {one['as_of']}", pytrace=False)
    page.reload()  # the panel asks now
    page.locator(".aif-statusbar button").click()
    figure = part.locator(".budget__left data")
    assert float(figure.get_attribute("value") or "nan") == one["left"]
    shown = panel(page).get_by_role("region", name=one["title"]).locator(".aif-figure").first
    expect(shown).to_have_text(figure.inner_text())


def test_what_is_left_is_a_private_file_beside_the_kernels(visit: Visitor, instance: dict[str, Any]) -> None:
    page = visit("marieke")
    server = lab(page)
    session = told(page, server, "session")
    login = server.rstrip("/").split("/user/")[1]
    file = Path(pwd.getpwnam(login).pw_dir, ".aif/sessions", session["session"], "allocations.json")
    assert json.loads(file.read_text()) == told(page, server, "allocations")
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.stat().st_uid == pwd.getpwnam(login).pw_uid
    people = json.loads((Path(instance["prefix"]) / "etc/people.json").read_text())["people"]
    other = next(person["name"] for person in people if person["name"] != login)
    read = subprocess.run(["cat", str(file)], user=other, group=pwd.getpwnam(other).pw_gid, capture_output=True)
    assert (read.returncode, read.stdout) == (1, b"")
    assert visit("joost").request.get(f"{server}/aif/v1/allocations").status in (403, 404)


def test_sessions_are_stopped_from_the_panel_after_a_question(visit: Visitor) -> None:
    page = visit("joost")
    lab(page, "cpu")
    other = page.context.new_page()
    other.goto("/hub/home")
    start(other, "cpu")
    other.close()
    page.locator(".aif-statusbar button").click()
    side = panel(page)
    rows = side.locator(".aif-sessions li")
    expect(rows).to_have_count(2, timeout=30_000)
    second = rows.filter(has_text="session-2")
    second.get_by_role("button", name=re.compile("^(Stop|Cancel): ")).click()
    question = page.get_by_role("dialog")
    expect(question).to_contain_text("What is saved stays.")
    question.get_by_role("button", name="Keep it running").click()
    expect(second).to_have_count(1)
    second.get_by_role("button", name=re.compile("^(Stop|Cancel): ")).click()
    question.get_by_role("button", name="Stop this session").click()
    expect(rows).to_have_count(1, timeout=60_000)

    rows.get_by_role("button", name=re.compile("^Stop: ")).click()
    expect(question).to_contain_text("This is the session that you are in")
    expect(question).to_contain_text("Save all open files first")
    question.get_by_role("button", name="Stop this session").click()
    page.wait_for_url("**/hub/home", timeout=30_000)
    expect(page.locator("#part-running")).to_contain_text("Nothing is running", timeout=60_000)


def test_dutch_a_phone_and_notebook_7(visit: Visitor, complaints: list[str]) -> None:
    page = watched(visit("joost", locale="nl-NL"), complaints)
    server = lab(page, "cpu")
    bar = page.locator(".aif-statusbar button")
    expect(bar).to_contain_text(re.compile(r"nog \d u( \d\d min)?"))
    bar.click()
    side = page.get_by_role("region", name="Budget en tijd van deze sessie")
    expect(side).to_contain_text("Mijn sessies")
    expect(side).to_contain_text("Geen GPU")  # a size's name is the site's own text
    expect(side).to_contain_text("GPU-uur")
    assert re.search(r"\b(left|sessions|budget and)\b", side.inner_text()) is None
    page.set_viewport_size({"width": 375, "height": 812})
    page.reload()
    bar.click(timeout=60_000)
    expect(side.locator(".aif-figure").first).to_be_in_viewport(ratio=1)
    box = side.bounding_box()
    assert box is not None
    assert (box["x"] >= 0, box["x"] + box["width"] <= 375, box["width"] >= 290) == (True, True, True)
    page.get_by_role("tab", name="Budget en tijd van deze sessie").click()  # it can be put away again
    expect(side).to_be_hidden()

    page.set_viewport_size({"width": 1440, "height": 900})
    ends_in(page.context, 4.5)
    page.goto(f"{server}/tree")
    expect(page.locator(".Toastify__toast").filter(has_text="Deze sessie eindigt over")).to_be_visible(timeout=60_000)
    assert complaints == []
