"""JupyterLab in a real session, as its tests look at it: what it shows, what it is told, and when it seems to end."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Route, expect

#: Notebook 7.6 says so with nothing of ours in it: its shortcuts hear of settings that it does not load.
THEIRS = re.compile(r"Cannot read properties of undefined \(reading 'schema'\)")


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
