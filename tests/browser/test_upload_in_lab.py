"""`upload()` in a real session: a file goes from the browser through proxy and kernel into the person's own folder."""

from __future__ import annotations

import hashlib
import random
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, expect
from visiting import Visitor, notebook, opened

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

READY = 60_000
CELLS = (
    "from aif import upload\nform = upload()\nform",
    "about = upload.card(form.path)\nprint(oct(form.path.stat().st_mode & 0o777), about.sha256, about.answers.source)",
    "import shutil\nshutil.rmtree(form.path.parent)",
)


def run(cells: Locator, number: int) -> Locator:
    cell = cells.nth(number)
    cell.locator(".cm-content").click(timeout=READY)
    cell.page.keyboard.press("Control+Enter")
    expect(cell.locator(".jp-InputPrompt")).to_have_text(re.compile(r"\[\d+\]:"), timeout=READY)
    return cell


def test_a_file_arrives_whole_private_and_with_what_was_answered(visit: Visitor, tmp_path: Path) -> None:
    file = tmp_path / "orders.bin"
    file.write_bytes(random.Random(1).randbytes(5_000_000))  # noqa: S311  # three pieces
    page = visit("class29", locale="nl-NL")
    cells = opened(page, notebook(page, "upload.ipynb", CELLS, "profile=cpu&minutes=30"), "upload.ipynb")
    form = run(cells, 0).locator(".aif-upload")
    expect(form).to_contain_text("de laatste dag waarop gegevens van", timeout=READY)
    for question in range(4):
        form.locator(".aif-question:visible").nth(question).get_by_role("radio").first.check()
    form.locator("input[type=text]:visible").click()
    page.keyboard.type("aan de band gemeten")  # keys that have other meanings in a notebook
    expect(form.locator(".aif-verdict")).to_contain_text("Dit mag hier staan")
    form.locator("input[type=file]").set_input_files(file)
    form.get_by_role("button", name="Uploaden").click()
    expect(form).to_contain_text("orders.bin is er", timeout=READY)
    told = run(cells, 1).locator(".jp-OutputArea-output")
    expect(told).to_have_text(f"0o600 {hashlib.sha256(file.read_bytes()).hexdigest()} aan de band gemeten")
    run(cells, 2)
    expect(cells).to_have_count(len(CELLS))
