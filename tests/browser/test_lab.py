"""JupyterLab in a real session: time, budget and GPU in status bar and panel, warnings in time, stops by the hub."""

from __future__ import annotations

import json
import pwd
import re
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, expect
from touring import taken
from visiting import Visitor, start

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]

#: Notebook 7.6 says so with nothing of ours in it: its shortcuts hear of settings that it does not load.
THEIRS = re.compile(r"Cannot read properties of undefined \(reading 'schema'\)")
_axe = Axe()


@pytest.fixture
def complaints() -> list[str]:
    return []


def watched(page: Page, complaints: list[str]) -> Page:
    """Remembers errors of the page's console."""

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            complaints.append(f"{message.text} {message.location}")

    page.on("console", hear)
    page.on("pageerror", lambda error: None if THEIRS.search(str(error)) else complaints.append(str(error)))
    return page


def lab(page: Page, size: str = "slice") -> str:
    """Opens JupyterLab in a new session of two hours; the address of its server."""
    page.goto(f"/hub/spawn?profile={size}&minutes=120")
    page.click("#start")
    page.wait_for_url("**/lab**", timeout=90_000)
    expect(page.locator(".aif-statusbar button")).to_be_visible(timeout=60_000)
    return page.url.split("/lab")[0]


def told(page: Page, server: str, name: str) -> Any:
    """What the session's own server tells its owner."""
    answer = page.request.get(f"{server}/aif/v1/{name}")
    assert answer.status == 200, answer.text()
    return answer.json()


def panel(page: Page) -> Any:
    return page.get_by_role("region", name="Budget and time of this session")


def ends_in(context: BrowserContext, minutes: float, asked_minutes: int = 120) -> None:
    """From here on the session seems to end in so many minutes, and to have been asked for `asked_minutes`."""
    ends = (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()

    def changed(route: Route, change: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
        answer = route.fetch()
        if answer.ok:
            route.fulfill(response=answer, json=change(answer.json()))
        else:  # it is being stopped
            route.fulfill(response=answer)

    def session(route: Route) -> None:
        changed(route, lambda body: {**body, "ends_at": ends, "minutes": asked_minutes})

    def sessions(route: Route) -> None:
        changed(route, lambda body: {**body, "sessions": [{**one, "ends_at": ends} for one in body["sessions"]]})

    context.route(re.compile(r"/aif/v1/session(\?|$)"), session)
    context.route(re.compile(r"/aif/v1/sessions(\?|$)"), sessions)


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
def test_warnings_come_once_each_and_lead_to_saving_and_to_the_next_session(
    visit: Visitor, complaints: list[str]
) -> None:
    page = watched(visit("joost"), complaints)
    server = lab(page, "cpu")
    toasts = page.locator(".Toastify__toast")
    ends_in(page.context, 41)
    page.reload()
    bar = page.locator(".aif-statusbar button")
    expect(bar).to_contain_text(re.compile("^(40|39) min left"), timeout=60_000)
    expect(toasts.filter(has_text="This session ends in")).to_have_count(0)

    page.context.unroute_all()
    ends_in(page.context, 29.9)
    page.reload()
    expect(bar).to_contain_text(re.compile("^Ends soon: 2[89] min left"), timeout=60_000)
    expect(toasts.filter(has_text=re.compile(r"This session ends in (30|29) min, at "))).to_have_count(1)

    page.context.unroute_all()
    ends_in(page.context, 4.5)
    with page.expect_response(re.compile(r"/aif/v1/sessions(\?|$)")):  # tells where the next one is started
        page.reload()
    last = toasts.filter(has_text="This session ends in")
    expect(last).to_have_count(1, timeout=60_000)
    expect(last).to_contain_text("Save now: running cells end, and what is not saved is gone.")
    expect(bar).to_contain_text(re.compile(r"Ending: [34]:\d\d left"))
    with page.context.expect_page() as opened:
        last.get_by_role("button", name="Start the next session").click()
    following = opened.value
    assert re.search(
        r"/hub/spawn/[^/]+/session-2\?profile=cpu&minutes=120&project=\w+(&allocation=[\w-]+)?$", following.url
    ), following.url
    expect(following.locator("input[value=cpu]")).to_be_checked()
    following.close()

    page.reload()
    expect(bar).to_contain_text("Ending: ", timeout=60_000)
    for _ in range(2):  # each second it looks whether a warning is due
        expect(bar).not_to_have_text(bar.inner_text())
    expect(last).to_have_count(0)
    assert told(page, server, "session")["minutes"] > 30
    assert complaints == []


@pytest.mark.slow
def test_save_all_in_a_warning_writes_what_is_open(visit: Visitor) -> None:
    page = visit("joost")
    server = lab(page, "cpu")
    text = page.request.get(f"{server}/api/contents/notes-of-a-test.md")
    xsrf = next(one["value"] for one in page.context.cookies() if one["name"] == "_xsrf" and "/user/" in one["path"])
    model = {"type": "file", "format": "text", "content": "before"}
    answer = page.request.put(
        f"{server}/api/contents/notes-of-a-test.md", data=json.dumps(model), headers={"X-XSRFToken": xsrf}
    )
    assert answer.status in (200, 201), (text.status, answer.text())
    ends_in(page.context, 14.5)
    page.goto(f"{server}/lab/tree/notes-of-a-test.md")
    page.locator(".cm-content").click(timeout=60_000)
    page.keyboard.type("after and ")
    page.get_by_role("button", name="Save all").click()
    expect(page.locator(".Toastify__toast").filter(has_text="All open files are saved.")).to_be_visible()
    saved = page.request.get(f"{server}/api/contents/notes-of-a-test.md").json()["content"]
    assert "after and" in saved


@pytest.mark.slow
def test_an_idle_session_is_kept_with_one_click_and_a_budget_is_told_once(visit: Visitor) -> None:
    page = visit("joost")
    server = lab(page, "cpu")
    own = told(page, server, "session")["session"]
    still = {"seen_at": None, "over_at": None, "at": datetime.now(UTC).isoformat(), "data": {}}
    keep = {"name": "keep", "label": "Keep it", "url": "", "method": "POST"}
    events = [
        {"id": 1, "kind": "idle-stop-coming", "session": own, "title": "Idle", "text": "Now.", "tone": "warn", **still},
        {"id": 2, "kind": "budget", "session": None, "title": "75 % used", "text": "Left.", "tone": "warn", **still},
        {"id": 3, "kind": "session-ends", "session": own, "title": "Ends", "text": "Soon.", "tone": "stop", **still},
    ]
    acting = [{**one, "actions": [keep] if one["kind"] == "idle-stop-coming" else []} for one in events]
    page.context.route(re.compile(r"/aif/v1/events(\?|$)"), lambda route: route.fulfill(json={"events": acting}))
    page.reload()
    toasts = page.locator(".Toastify__toast")
    expect(toasts.filter(has_text="75 % used. Left.")).to_have_count(1, timeout=60_000)
    with page.expect_response(lambda answer: answer.url.split("?")[0].endswith(f"/sessions/{own}/keep")) as kept:
        toasts.filter(has_text="Idle. Now.").get_by_role("button", name="Keep it").click()
    assert kept.value.status == 202, "the real hub keeps it"
    expect(toasts.filter(has_text="Ends.")).to_have_count(0)
    with page.expect_response(re.compile(r"/aif/v1/events(\?|$)")):
        page.reload()
    first = page.locator(".aif-statusbar button").inner_text(timeout=60_000)
    assert first
    expect(toasts.filter(has_text="75 % used")).to_have_count(0)


@pytest.mark.slow
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


@pytest.mark.slow
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
