"""What a visitor with a browser does: starts a session, and stops all of theirs."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page

Visitor = Callable[..., Page]


def start(page: Page, size: str) -> None:
    """Asks for a session of that size from Home and returns on the waiting page."""
    page.click("#start")
    page.check(f"input[value={size}]")
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")


def stop_all(page: Page) -> None:
    """Stops what the person runs and returns when Home shows nothing running."""
    for _ in range(60):
        home = page.context.request.get("/hub/home").text()
        servers = re.findall(r'data-server="([^"]*)"', home)
        if not servers:
            return
        token = re.search(r'name="_xsrf" value="([^"]+)"', home)
        for server in servers if token else ():
            page.context.request.post("/hub/aif/stop", form={"_xsrf": token[1], "server": server})  # type: ignore[index]
        page.wait_for_timeout(1000)
    pytest.fail(f"Still running a minute after the test: {servers}", pytrace=False)
