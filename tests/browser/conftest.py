"""People with a browser: Chromium without a window, signed in to the instance's own hub."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from instances import FIRST, SECOND, described
from playwright.sync_api import Browser, Page, sync_playwright
from visiting import Slurm, Visitor, sign_in, stop_all

#: Nothing that phones home, and what a container without a sandbox needs.
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The distribution's Chromium, with a fresh profile."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if not program:
        pytest.fail("The browser tests need Chromium. Install the package chromium.", pytrace=False)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def instance() -> dict[str, Any]:
    """The second instance where there is one, and nothing that other tests do to Slurm disturbs a page."""
    return described(SECOND, FIRST)


@pytest.fixture(scope="session")
def passwords(instance: dict[str, Any]) -> dict[str, str]:
    """The demo's passwords by short name."""
    people = json.loads((Path(instance["prefix"]) / "etc/people.json").read_text())["people"]
    return {person["short"]: person["password"] for person in people}


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """As wide as a drawing in a notebook; nothing on it may go wrong unheard."""
    page = browser.new_page(viewport={"width": 616, "height": 700})
    faults: list[str] = []
    page.on("pageerror", lambda fault: faults.append(str(fault)))
    yield page
    page.close()
    assert faults == []


@pytest.fixture
def visit(browser: Browser, instance: dict[str, Any], passwords: dict[str, str]) -> Iterator[Visitor]:
    """A page of a new visitor; signed in if a name is given. What they started is stopped after the test."""
    url = f"http://127.0.0.1:{instance['ports']['public']}"
    pages: list[Page] = []
    with ExitStack() as stack:

        def visitor(name: str = "", **options: Any) -> Page:
            context = browser.new_context(base_url=url, viewport={"width": 1440, "height": 900}, **options)
            stack.callback(context.close)
            page = context.new_page()
            page.goto("/hub/login")
            if name:
                sign_in(page, name, passwords[name])
                page.wait_for_selector("#learn")
                page.wait_for_load_state()  # its scripts listen now
                pages.append(page)
            return page

        yield visitor
        for page in pages:
            stop_all(page)


@pytest.fixture
def complaints() -> list[str]:
    """What a watched page's console complained of."""
    return []


@pytest.fixture
def slurm(instance: dict[str, Any]) -> Slurm:
    """A Slurm command on the instance, as root: what it prints."""
    conf = str(Path(instance["prefix"]) / "etc/slurm/slurm.conf")

    def ask(*argv: str) -> str:
        env = {**os.environ, "SLURM_CONF": conf}
        return subprocess.run(argv, check=True, timeout=60, env=env, capture_output=True, text=True).stdout

    return ask


@pytest.fixture
def no_room(slurm: Slurm) -> Iterator[Callable[[], None]]:
    """The node with the small GPU parts takes no new job during the test: what is started there waits.

    What it gives makes room again before the end of the test.
    """
    slurm("scontrol", "update", "nodename=mig01", "state=drain", "reason=a test of aif")
    room = ExitStack()
    room.callback(slurm, "scontrol", "update", "nodename=mig01", "state=resume")
    with room:
        yield room.close
