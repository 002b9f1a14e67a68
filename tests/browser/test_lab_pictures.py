"""JupyterLab with its panel and with a warning, as the documentation and README show them: light, dark and Dutch."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from in_lab import ends_in, lab
from pictures import WANTED, documented
from playwright.sync_api import Page, expect
from visiting import Visitor, server_token

pytestmark = [
    *(pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(240)),
    pytest.mark.skipif(not WANTED, reason="set AIF_PICTURES to a folder to have these pictures made"),
]

THEME = "lab/api/settings/@jupyterlab/apputils-extension:themes"
#: Who has weeks of use behind her, in a project of several people.
PERSON = "yara"
SIDE = {"en": "Budget and time of this session", "nl": "Budget en tijd van deze sessie"}
ENDS = {"en": "This session ends in 15 min", "nl": "Deze sessie eindigt over 15 min"}


@pytest.mark.parametrize(("language", "locale"), [("en", "en-GB"), ("nl", "nl-NL")])
def test_they_are_made(visit: Visitor, instance: dict[str, Any], tmp_path: Path, language: str, locale: str) -> None:
    def take(name: str) -> None:
        made = tmp_path / f"{name}.png"
        page.screenshot(path=made)
        documented(Path(instance["prefix"]), made, name)

    ending = "" if language == "en" else f"-{language}"
    page = visit(PERSON, locale=locale)
    server = lab(page)
    lesson(page, server, language)
    take(f"lab-panel{ending}")
    if language == "en":
        painted(page, server, "JupyterLab Dark")
        lesson(page, server, language)
        take("lab-panel-dark")
        painted(page, server, "JupyterLab Light")
    page.set_viewport_size({"width": 1200, "height": 800})
    ends_in(page.context, 14.9)
    lesson(page, server, language)
    warning = page.locator(".Toastify__toast").filter(has_text=ENDS[language])
    expect(warning).to_be_visible(timeout=60_000)
    warning.hover()  # it stays
    page.wait_for_function("document.getAnimations().every((one) => one.playState !== 'running')")
    take(f"lab-warning{ending}")


def lesson(page: Page, server: str, language: str) -> None:
    """The first lesson with the panel beside it, once all of it is there."""
    page.goto(f"{server}/lab/tree/tutorials/01_spreadsheet.ipynb?reset")
    expect(page.locator("#jp-main-statusbar")).to_contain_text(re.compile(r"\| (Idle|Inactief)"), timeout=60_000)
    page.locator(".aif-statusbar button").click()
    side = page.get_by_role("region", name=SIDE[language])
    expect(side.locator(".aif-history rect").first).to_be_visible(timeout=60_000)
    expect(page.locator(".aif-statusbar")).to_contain_text("GPU-", timeout=60_000)
    page.locator(".jp-NotebookPanel:visible .jp-MarkdownCell").first.click()


def painted(page: Page, server: str, theme: str) -> None:
    """JupyterLab in that theme when it is opened next."""
    headers = {"X-XSRFToken": server_token(page), "Content-Type": "application/json"}
    said = json.dumps({"raw": json.dumps({"theme": theme})})
    assert page.request.put(f"{server}/{THEME}", data=said, headers=headers).ok
