"""`upload()` in a real session: a file goes from the browser through proxy and kernel into the person's own folder."""

from __future__ import annotations

import hashlib
import pwd
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from in_lab import lab
from playwright.sync_api import Locator, expect
from visiting import Visitor, notebook, opened

from aif.data.card import SUFFIX

pytestmark = [pytest.mark.demo, pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]

_axe = Axe()
READY = 60_000
WHO = "class29"
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
    page = visit(WHO, locale="nl-NL")
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


#: A file let go over the list; a script cannot fill a DataTransfer whose entries JupyterLab may read.
DROP = """
([name, text]) => {
  const event = new Event("drop", { bubbles: true, cancelable: true });
  Object.defineProperty(event, "dataTransfer", { value: { files: [new File([text], name)] } });
  document.querySelector("#filebrowser .jp-DirListing-content").dispatchEvent(event);
}
"""
NAMES = ("dropped.csv", "chosen.csv", "kept-out.csv")


@pytest.fixture
def tidy(instance: dict[str, Any]) -> Iterator[Path]:
    """The person's home, without what these tests bring before and after."""
    home = Path(pwd.getpwnam(f"{instance['instance']}-{WHO}").pw_dir)
    files = [home / f"{name}{ending}" for name in NAMES for ending in ("", SUFFIX)]
    for file in files:
        file.unlink(missing_ok=True)
    yield home
    for file in files:
        file.unlink(missing_ok=True)


def test_the_list_of_files_asks_the_same_questions_and_takes_nothing_against_them(visit: Visitor, tidy: Path) -> None:
    page = visit(WHO)
    lab(page, "cpu")
    page.evaluate(DROP, ["kept-out.csv", "name"])
    window = page.get_by_role("dialog", name="Bring a file of your own")
    expect(window).to_contain_text("To be uploaded: kept-out.csv")
    expect(window).to_contain_text(f"You ({tidy.name}), and the administrators of this system")
    send, verdict = window.get_by_role("button", name="Upload"), window.locator(".aif-verdict")
    window.locator(".aif-question").first.get_by_role("radio", name="Yes").check()
    expect(verdict).to_contain_text("Ask first")
    expect(verdict).to_contain_text("whoever ran ./aif up on this machine")  # whom to ask, by the demo's site file
    expect(send).to_be_disabled()
    found = _axe.run(page, context={"include": [[".aif-ask"]]}).response["violations"]
    assert [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found] == []
    page.keyboard.press("Escape")
    expect(window).to_have_count(0)

    page.evaluate(DROP, ["dropped.csv", "a,b"])
    for question in range(4):
        window.locator(".aif-question").nth(question).get_by_role("radio").first.check()
    window.locator("input[type=text]:visible").fill("measured on the line")
    expect(verdict).to_contain_text("This may be put here")
    send.click()
    listed = page.locator("#filebrowser .jp-DirListing-item")
    expect(listed.filter(has_text=f"dropped.csv{SUFFIX}")).to_have_count(1, timeout=READY)
    assert not (tidy / "kept-out.csv").exists()
    assert [(tidy / each).stat().st_mode & 0o777 for each in ("dropped.csv", f"dropped.csv{SUFFIX}")] == [0o600, 0o600]

    page.reload()  # the window that was answered is gone, and with it what held for files that follow closely
    expect(page.locator(".aif-statusbar button")).to_be_visible(timeout=READY)
    with page.expect_file_chooser() as choosing:
        page.locator("#filebrowser [data-jp-item-name=uploader]").get_by_role("button").click()
    choosing.value.set_files({"name": "chosen.csv", "mimeType": "text/csv", "buffer": b"1"})
    expect(window).to_contain_text("To be uploaded: chosen.csv")
    window.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_contain_text("Nothing was uploaded.")
    page.get_by_role("dialog").get_by_role("button").last.click()
    assert not (tidy / "chosen.csv").exists()
