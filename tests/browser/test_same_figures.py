"""The seven places where somebody sees what is left, asked at one moment: they show one and the same number."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect
from visiting import READY, Visitor, notebook, opened

from aif.widgets.figures import speech
from aif_hub.bench import places
from aif_hub.bench.places import Seen

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1200)]

CELLS = (
    "from aif import allocation; allocation()",
    "import json; print('kernel|' + json.dumps(dict(allocation().told)))",
    "import subprocess; print('usage|' + subprocess.check_output(['aif', 'usage', '--json'], text=True))",
)
#: The session's server asks the hub once a minute: until both are of one reading, and so young that all can be asked.
YOUNG, PATIENCE_SECONDS, TRIES = timedelta(seconds=35), 420, 4
WORDS = speech("en")


def test_all_seven_show_the_same_figures_at_the_same_moment(visit: Visitor) -> None:
    page = visit("marieke", locale="en-GB")
    server = notebook(page, "seven.ipynb", CELLS, "profile=slice&minutes=60")
    hub = page.context.new_page()
    for _ in range(TRIES):
        name, project = aligned(page, server)
        cells = opened(page, server, "seven.ipynb")  # the status bar asks anew
        seen = [rest(page, name), *in_lab(page, cells), *on_pages(hub, name, project), rest(page, name)]
        first = seen[0]
        if all(one.at_the_time_of(first) for one in seen):
            break
    else:
        pytest.fail(f"never of one moment: {[(one.place, one.as_of) for one in seen]}", pytrace=False)
    assert [one.place for one in seen[1:-1]] == [
        "the kernel",
        "aif usage",
        "the widget",
        "the status bar",
        "the start page",
        "Home",
        "the project's page",
        "the export, JSON",
        "the export, CSV",
    ]
    assert places.against(first, [one for one in seen if one.place not in ("the widget", "the status bar")]) == (
        places.Compared(len(seen) - 2, ())
    )
    left = float(first.figures["left"])
    drawn = {one.place: dict(one.said) for one in seen if one.place in ("the widget", "the status bar")}
    assert drawn["the status bar"] == {"left": WORDS.large(left)}
    assert drawn["the widget"] == {"left": WORDS.large(left)} | {
        name: WORDS.amount(float(first.figures[name])) for name in ("consumed", "committed", "free_to_plan")
    }


def aligned(page: Page, server: str) -> tuple[str, str]:
    """Returns when the hub and the session have the same young reading: id and project of what pays.

    The session's server has the hub read anew once a minute; only then is the hub asked from here, so that nothing
    else sets the time of its readings.
    """
    deadline = time.monotonic() + PATIENCE_SECONDS
    seen: set[tuple[str, str]] = set()
    while time.monotonic() < deadline:
        here = allocations(page, f"{server}/aif/v1/allocations")
        if here and age(here) < YOUNG:
            there = allocations(page, "/hub/api/aif/v1/allocations")
            if here[0]["as_of"] == there[0]["as_of"] and age(there) < YOUNG:
                return there[0]["id"], there[0]["project"]
            seen.add((here[0]["as_of"], there[0]["as_of"]))
        page.wait_for_timeout(1000)
    pytest.fail(f"never the same young reading in the session and the hub: {sorted(seen)}, {here}", pytrace=False)


def age(found: list[dict[str, Any]]) -> timedelta:
    return datetime.now(UTC) - datetime.fromisoformat(found[0]["as_of"])


def allocations(page: Page, path: str) -> list[dict[str, Any]]:
    answer = page.request.get(path, headers={"Accept": "application/json"})
    found: list[dict[str, Any]] = answer.json().get("allocations", []) if answer.ok else []
    return found


def rest(page: Page, name: str) -> Seen:
    return places.of_rest(
        "REST", next(one for one in allocations(page, "/hub/api/aif/v1/allocations") if one["id"] == name)
    )


def in_lab(page: Page, cells: Locator) -> list[Seen]:
    """What the notebook's cells say and draw, and the status bar below them."""
    for number in range(len(CELLS)):
        cells.nth(number).locator(".cm-content").click(timeout=READY)
        page.keyboard.press("Shift+Enter")
    for number in range(len(CELLS)):
        prompt = cells.nth(number).locator(".jp-InputPrompt")
        expect(prompt).to_have_text(re.compile(r"\[\d+\]:"), timeout=READY)
    kernel = json.loads(printed(cells.nth(1), "kernel|"))
    usage = next(one for one in json.loads(printed(cells.nth(2), "usage|"))["allocations"] if one["id"] == kernel["id"])
    meter = page.locator(".aif-meter").first
    meter.scroll_into_view_if_needed()  # JupyterLab takes away what is out of sight
    expect(meter).to_be_visible()
    parts = dict(
        zip(
            ("consumed", "committed", "free_to_plan"),
            meter.locator(".aif-legend strong").all_text_contents(),
            strict=True,
        )
    )
    widget = {"left": meter.locator(".aif-figure").first.text_content() or ""} | parts
    bar = page.locator(".aif-statusbar button")
    expect(bar).to_contain_text(re.compile(r"[\d.,]+ GPU-h"), timeout=READY)
    said = re.search(r"([\d.,]+) GPU-h", bar.inner_text())
    assert said is not None
    as_of = places.moment(kernel["as_of"])  # the widget and the bar draw what the session has; its file and it are one
    return [
        places.of_rest("the kernel", kernel),
        places.of_rest("aif usage", usage),
        Seen("the widget", as_of, said=widget),
        Seen("the status bar", as_of, said={"left": said[1]}),
    ]


def printed(cell: Locator, mark: str) -> str:
    text = cell.locator(".jp-OutputArea-output").last.text_content() or ""
    assert mark in text, text
    return str(text.split(mark)[1])


def on_pages(page: Page, name: str, project: str) -> list[Seen]:
    """What the hub's own pages show, and the files that they give."""

    def got(path: str) -> str:
        answer = page.request.get(path)
        assert answer.ok, f"{path}: {answer.status}"
        return answer.body().decode("utf-8-sig")

    files = f"/hub/aif/project/{project}/usage"
    return [
        places.of_start_page(got(f"/hub/spawn/{login(page)}/another?project={project}&allocation={name}")),
        places.of_page("Home", got("/hub/home"), name),
        places.of_page("the project's page", got(f"/hub/aif/project/{project}"), name),
        places.of_export("the export, JSON", json.loads(got(f"{files}.json?allocation={name}"))),
        places.of_csv(got(f"{files}.csv?allocation={name}")),
    ]


def login(page: Page) -> str:
    answer = page.request.get("/hub/api/user", headers={"Accept": "application/json"})
    return str(answer.json()["name"])
