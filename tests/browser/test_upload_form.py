"""The form for a file of one's own, with the kernel's own code behind it: asked, judged, sent in pieces and kept."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from looking import violations, without_keys
from playwright.sync_api import Page, expect
from test_drawing import DOCS, MUTED, PAGE, THEMES
from told_material import as_told, balance, write_session

from aif import upload
from aif.data import arrive, place
from aif.data.place import NAME
from aif.widgets.upload import UploadWidget

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(60)]

SYNCED = ("questions", "places", "answers", "verdict", "answer", "words")
#: What a browser's comm does: each message with its buffers to the kernel, and what changed there back.
BRIDGE = """
window.heard = async (said, buffers = []) => {
  const letters = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const told = buffers.map((each) => btoa(letters(new Uint8Array(each))));
  for (const changes of await kernel(said, told)) tell(changes);
};
"""
PICTURES = {("en", 616, "light"): "upload", ("nl", 616, "light"): "upload-nl", ("en", 375, "dark"): "upload-small"}
#: What a file is cut into, so that a small one has several.
PIECE = 100_000
Drawn = Callable[..., UploadWidget]


@pytest.fixture
def drawn(page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Drawn:
    """A form in a session, in that language and theme, with a kernel's widget behind it."""
    (tmp_path / "session").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path / "session"))
    monkeypatch.setattr(place, "person", lambda: "marieke")

    def draw(language: str = "en", theme: str = "light", **rules: Any) -> UploadWidget:
        known = {"contact": "data@example.org", "site": "AI Factory", "location": "Groningen", **rules}
        write_session(tmp_path / "session", as_told(balance(data_end=date(2100, 4, 26))), language=language, data=known)
        widget = UploadWidget(upload())
        changes: list[dict[str, Any]] = []
        widget.observe(lambda change: changes.append({change["name"]: change["new"]}), SYNCED)

        def kernel(said: dict[str, Any], buffers: list[str]) -> list[dict[str, Any]]:
            changes.clear()
            widget._handle_custom_msg(said, [memoryview(base64.b64decode(each)) for each in buffers])
            return list(changes)

        page.expose_function("kernel", kernel)
        values = {
            "css": UploadWidget._css,
            "module": smaller(str(UploadWidget._esm)).replace("export default", "const widget ="),
            "theme": THEMES[theme] + MUTED[theme],
            "light": "true" if theme == "light" else "false",
            "language": language,
        }
        state = {name: getattr(widget, name) for name in SYNCED}
        page.set_content(PAGE.substitute(values, state=json.dumps(state)))
        page.evaluate(BRIDGE)
        return widget

    return draw


def smaller(module: str) -> str:
    cut, times = re.subn("PIECE_BYTES = [^;]+", f"PIECE_BYTES = {PIECE}", module)
    assert times == 1
    return cut


def choose(page: Page, *answers: tuple[int, int]) -> None:
    """In question `n`, the answer at that place."""
    for question, at in answers:
        page.locator(".aif-question:visible").nth(question - 1).get_by_role("radio").nth(at).check()


def fine(page: Page, source: str = "our own sensors") -> None:
    choose(page, (1, 0), (2, 0), (3, 0), (4, 0))
    page.locator(".aif-question").last.locator("input[type=text]").fill(source)


@pytest.mark.parametrize(("language", "width", "theme"), PICTURES)
def test_it_is_there_for_everyone_as_the_documentation_shows_it(
    page: Page, drawn: Drawn, language: str, width: int, theme: str
) -> None:
    page.set_viewport_size({"width": width, "height": 100})
    drawn(language, theme)
    fine(page)
    choose(page, (1, 1))
    expect(page.locator(".aif-verdict")).to_have_attribute("data-tone", "warn")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page) == []
    assert without_keys(page) == []
    if os.environ.get("AIF_PICTURES"):
        page.screenshot(path=DOCS / f"{PICTURES[language, width, theme]}.png", full_page=True)


def test_where_a_site_takes_them_the_reference_of_an_approval_is_asked_for(page: Page, drawn: Drawn) -> None:
    drawn(personal="approved")
    fine(page)
    reference = page.get_by_label("Reference of the approval")
    expect(reference).to_be_hidden()
    choose(page, (1, 2))
    reference.fill("DPO-2027-7")
    expect(page.locator(".aif-verdict")).to_contain_text("This may be put here")


def test_people_in_it_block_the_upload_and_begin_a_letter_to_the_contact(page: Page, drawn: Drawn) -> None:
    drawn()
    chooser, verdict = page.locator("input[type=file]"), page.locator(".aif-verdict")
    expect(verdict).to_contain_text("Question 1 has no answer.")
    expect(chooser).to_be_disabled()
    fine(page)
    expect(verdict).to_contain_text("This may be put here")
    expect(chooser).to_be_enabled()
    choose(page, (1, 1))
    expect(verdict).to_contain_text("This site takes no personal data by upload.")
    expect(chooser).to_be_disabled()
    letter = page.get_by_role("link", name="Write to data@example.org")
    assert (letter.get_attribute("href") or "").startswith("mailto:data@example.org?subject=May%20I")
    choose(page, (1, 0), (4, 3))
    expect(verdict).to_contain_text("may not leave the secure environment")


def test_it_says_where_who_and_until_when_before_anything_is_sent(page: Page, drawn: Drawn, tmp_path: Path) -> None:
    drawn()
    facts = page.locator(".aif-facts").first
    expect(facts).to_contain_text("~/own_data, AI Factory, Groningen")
    expect(facts).to_contain_text("and the administrators of this system")
    expect(facts).to_contain_text("26 April 2100, the last day on which data of “Inspection pilot” can be read")
    assert not (tmp_path / NAME).exists()


def test_files_are_sent_in_pieces_with_the_keyboard_alone(page: Page, drawn: Drawn, tmp_path: Path) -> None:
    form = drawn()._form
    page.evaluate("document.querySelector('.aif-question:not([hidden]) input').focus()")
    for _ in range(4):
        page.keyboard.press("Space")
        page.keyboard.press("Tab")
    page.keyboard.type("our own sensors")
    page.keyboard.press("Tab")
    expect(page.locator("input[type=file]")).to_be_enabled()
    large = bytes(range(250)) * 1000  # three pieces
    page.locator("input[type=file]").set_input_files(
        [{"name": "large.bin", "mimeType": "", "buffer": large}, {"name": "empty.csv", "mimeType": "", "buffer": b""}]
    )
    page.get_by_role("button", name="Upload").focus()
    page.keyboard.press("Enter")
    kept = page.locator(".aif-came")
    expect(kept).to_contain_text("✓ empty.csv is here")
    expect(kept).to_contain_text("large.bin.about.json, with your answers")
    assert [said["kind"] for said in page.evaluate("sent")].count("piece") == 3
    assert (tmp_path / NAME / "large.bin").read_bytes() == large
    assert form.path == tmp_path / NAME / "empty.csv"
    expect(page.locator(".aif-underway")).to_be_hidden()
    expect(page.locator("input[type=file]")).to_be_focused()


def test_a_refusal_is_said_where_one_looks_and_nothing_is_kept(page: Page, drawn: Drawn, tmp_path: Path) -> None:
    drawn("nl")
    fine(page)
    (tmp_path / NAME).mkdir()
    (tmp_path / NAME / "orders.csv").write_text("mine")
    page.locator("input[type=file]").set_input_files({"name": "orders.csv", "mimeType": "", "buffer": b"other"})
    page.get_by_role("button", name="Uploaden").click()
    expect(page.get_by_role("alert")).to_contain_text(
        "Er is al een bestand orders.csv, en er wordt niets overschreven."
    )
    assert (tmp_path / NAME / "orders.csv").read_text() == "mine"


def test_one_may_stop_on_the_way_and_leaves_nothing(page: Page, drawn: Drawn, tmp_path: Path) -> None:
    drawn()
    fine(page)
    page.evaluate("() => { const told = heard; window.heard = (said) => said.kind !== 'piece' && told(said); }")
    page.locator("input[type=file]").set_input_files({"name": "orders.csv", "mimeType": "", "buffer": b"x" * 100})
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".aif-underway")).to_contain_text("orders.csv: 0 of under 0.01 MB")
    [draft] = (tmp_path / NAME).iterdir()
    assert draft.name.startswith(arrive.DRAFT)
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("alert")).to_contain_text("Stopped. Nothing of it was kept.")
    expect(page.locator("input[type=file]")).to_be_enabled()
    assert list((tmp_path / NAME).iterdir()) == []


def test_a_project_with_a_folder_of_its_own_is_a_choice(page: Page, drawn: Drawn, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    drawn(project_dir=str(tmp_path / "project"))
    page.get_by_role("radio", name="The project’s folder").check()
    expect(page.locator(".aif-facts").first).to_contain_text("everybody in the group")
    choose(page, *((question, 0) for question in range(2, 6)))  # the place is the first
    page.locator(".aif-question").last.locator("input[type=text]").fill("us")
    expect(page.locator("input[type=file]")).to_be_enabled()
    page.locator("input[type=file]").set_input_files({"name": "a.csv", "mimeType": "", "buffer": b"1"})
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".aif-came")).to_contain_text("a.csv is here")
    assert (tmp_path / "project" / NAME / "a.csv").stat().st_mode & 0o777 == 0o640
