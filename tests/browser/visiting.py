"""What a visitor with a browser does: starts a session, has a notebook in it, and stops all of theirs."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

Visitor = Callable[..., Page]
Slurm = Callable[..., str]
READY = 90_000


def sign_in(page: Page, name: str, password: str) -> None:
    """Fills in the sign-in page, on which it is, and sends it."""
    page.fill("#username_input", name)
    page.fill("#password_input", password)
    page.click("#login_submit")


def start(page: Page, size: str) -> None:
    """Asks for a session of that size from Home and returns on the waiting page."""
    page.click("#start")
    page.check(f"input[value={size}]")
    page.click("#start")
    page.wait_for_url("**/spawn-pending/**")


def notebook(page: Page, name: str, cells: Iterable[str], choice: str) -> str:
    """A session of that `choice` on the start page, with a notebook of `cells` in it; the address of its server."""
    page.goto(f"/hub/spawn?{choice}")
    page.click("#start")
    page.wait_for_url(re.compile(r"/user/[^/]+/lab"), timeout=READY)
    server = re.sub(r"/lab.*", "", page.url)
    kernel = {"name": "aif-python", "display_name": "Python (data)", "language": "python"}
    content = {
        "cells": [
            {"cell_type": "code", "source": cell, "metadata": {}, "outputs": [], "execution_count": None}
            for cell in cells
        ],
        "metadata": {"kernelspec": kernel},
        "nbformat": 4,
        "nbformat_minor": 4,
    }
    answer = page.request.put(
        f"{server}/api/contents/{name}",
        data=json.dumps({"type": "notebook", "content": content}),
        headers={"X-XSRFToken": server_token(page), "Content-Type": "application/json"},
    )
    assert answer.ok, answer.text()
    return server


def opened(page: Page, server: str, name: str) -> Locator:
    """The cells of that notebook's code, once JupyterLab has it open with an idle kernel.

    In a workspace of its own: another would show again what the person had left open, in tabs behind this one.
    """
    page.goto(f"{server}/lab/workspaces/{uuid4().hex}/tree/{name}")
    expect(page.locator("#jp-main-statusbar")).to_contain_text(re.compile(r"\| (Idle|Inactief)"), timeout=READY)
    return page.locator(".jp-NotebookPanel .jp-CodeCell")


def server_token(page: Page) -> str:
    """What a request that changes something in the session must bring along."""
    return next(one["value"] for one in page.context.cookies() if one["name"] == "_xsrf" and "/user/" in one["path"])


def stop(page: Page) -> None:
    """Stops the one session that Home shows, and returns when it is among the last ones there."""
    card = page.locator(".session")
    card.get_by_text("Stop", exact=True).click()
    card.get_by_role("button", name="Stop this session").click()
    expect(page.locator("#part-running")).to_contain_text("Nothing is running", timeout=60_000)
    expect(page.locator("#part-past")).to_contain_text("Stopped by you", timeout=60_000)


def stop_all(page: Page) -> None:
    """Stops what the person runs and returns when Home shows nothing running."""
    for _ in range(60):
        home = page.context.request.get("/hub/home").text()
        servers = re.findall(r'data-server="([^"]*)"', home)
        if not servers:
            return
        if token := re.search(r'name="_xsrf" value="([^"]+)"', home):
            for server in servers:
                page.context.request.post("/hub/aif/stop", form={"_xsrf": token[1], "server": server})
        page.wait_for_timeout(1000)
    pytest.fail(f"Still running a minute after the test: {servers}", pytrace=False)
