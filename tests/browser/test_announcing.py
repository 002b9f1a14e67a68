"""What an operator announces, as people meet it: on the sign-in page, at home and where there is no page."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect
from visiting import Visitor

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

Say = Callable[..., None]


@pytest.fixture
def say(instance: dict[str, Any]) -> Iterator[Say]:
    """`aif banner` for the tests' instance; nothing is said any more afterwards."""

    def banner(*words: str) -> None:
        which = ("--instance", instance["instance"], "--prefix", instance["prefix"])
        program = Path(instance["source"]) / "aif"
        subprocess.run([program, "banner", *which, *words], check=True, timeout=60, stdout=subprocess.DEVNULL)

    yield banner
    banner("--clear")


def test_a_banner_is_on_every_page_at_once_until_it_is_put_away(visit: Visitor, say: Say) -> None:
    page = visit("joost")
    expect(page.locator(".announced")).to_have_count(0)
    say("The <b>disks</b> are slow today.", "--nl", "De schijven zijn vandaag traag.")
    for path in ("/hub/home", "/hub/spawn", "/hub/token", "/hub/no-such-page", "/hub/login"):
        page.goto(path)
        expect(page.get_by_role("status").filter(has_text="The <b>disks</b> are slow today.")).to_be_visible()
    page.goto("/hub/home")
    page.get_by_role("button", name="Put away").click()
    page.wait_for_url("**/hub/home")
    expect(page.locator("#start")).to_be_visible()
    expect(page.locator(".announced")).to_have_count(0)
    say("Something else.", "--level", "warn")
    page.reload()
    expect(page.locator(".announced--grave")).to_contain_text("Something else.")
    expect(page.get_by_role("button", name="Put away")).to_have_count(0)


def test_who_has_not_signed_in_reads_it_in_their_language(visit: Visitor, say: Say) -> None:
    say("The disks are slow.", "--nl", "De schijven zijn traag.", "--until", "2099-01-01 12:00")
    page = visit(locale="nl-NL")
    expect(page.locator(".announced")).to_contain_text("De schijven zijn traag.")
    page.get_by_role("button", name="Wegleggen").click()
    page.wait_for_url("**/hub/login**")
    expect(page.locator(".announced")).to_have_count(0)
