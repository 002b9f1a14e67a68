"""JupyterLab warns in time: before the session ends, of a budget, and of a session that is idle; each leads on."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime

import pytest
from in_lab import ends_in, lab, told, watched
from playwright.sync_api import expect
from visiting import Visitor

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)]


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
