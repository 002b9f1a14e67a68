"""The tutorials' preview site, as people see it: at a desk and on a phone, by day and night, by ear and keyboard."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path
from typing import Any

import pytest
from looking import DESK, PHONE, by_keyboard, faults, violations
from playwright.sync_api import Browser

from aif.tutorials import build, catalogue
from aif.tutorials.preview import site
from aif.tutorials.preview.executed import digest

nbformat = pytest.importorskip("nbformat")

pytestmark = [pytest.mark.browser, pytest.mark.slow]
REPOSITORY = Path(__file__).parents[2]
NAME = "09_payments"
PAGES = [f"{NAME}.html", "index.html", f"nl/{NAME}.html", "nl/index.html"]
CELLS = "".join(f"<td>{each * 'long '}</td>" for each in range(1, 12))
TABLE = f"<table><thead><tr><th></th><th>one</th></tr></thead><tbody><tr><th>0</th>{CELLS}</tr></tbody></table>"
LOOKS = [(DESK, "light"), (PHONE, "dark")]
#: The first of them: one of each kind, so that axe need not read all.
CELLS_SHOWN = 15


@pytest.fixture(scope="module")
def place(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with one tutorial's pages, whose cells did not run: wide outputs of each kind stand for theirs."""
    folder, tutorials = tmp_path_factory.mktemp("preview"), REPOSITORY / "tutorials"
    entry = catalogue.read(tutorials).entry(NAME)
    assert entry
    drawn = browser.new_page(viewport={"width": 800, "height": 300})
    picture = base64.b64encode(drawn.screenshot()).decode()
    drawn.close()
    for language in entry.languages:
        made = folder / f"solutions/{language}/{NAME}.ipynb"
        made.parent.mkdir(parents=True)
        made.write_text(build.notebook(tutorials / f"{NAME}.py", language, solutions=True))
        book = nbformat.read(made, as_version=4)
        book.cells = book.cells[:CELLS_SHOWN]
        for cell in book.cells:
            if cell.cell_type == "code":
                cell.outputs = _outputs(picture if "plt.show" in cell.source else "")
        made_of = digest(folder, tutorials, entry, language, True)
        book.metadata["aif"] = {"language": language, "made_of": made_of, "small": True}
        (folder / "executed" / language).mkdir(parents=True)
        nbformat.write(book, folder / f"executed/{language}/{NAME}.ipynb")
    assert site.make(folder, tutorials, folder / "site", [NAME], small=True, say=lambda _: None) == 0
    shutil.copy(REPOSITORY / "hub_config/static/tokens.css", folder / "site")
    return folder / "site"


@pytest.mark.parametrize("file", PAGES)
def test_a_page_is_for_everybody_wide_or_narrow_light_or_dark(browser: Browser, place: Path, file: str) -> None:
    language = "nl" if file.startswith("nl/") else "en"
    for size, scheme in LOOKS:
        page = browser.new_page(viewport=size, color_scheme=scheme)
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"file://{place / file}")
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        assert [each for each in asked if not each.startswith(("file:", "data:"))] == []
        # its wide outputs scroll by themselves
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"], (size, scheme)
        assert violations(page) == [], (size, scheme)
        assert faults(page, language) == [], (size, scheme)
        page.close()


def test_the_index_and_a_page_are_walked_through_by_keyboard(browser: Browser, place: Path) -> None:
    page = browser.new_page(viewport=DESK)
    page.goto(f"file://{place / 'index.html'}")
    assert by_keyboard(page) == []
    page.get_by_role("link", name="Which payments should a person look at first?").click()
    page.wait_for_load_state()
    assert by_keyboard(page, most=80) == []
    page.get_by_role("link", name="Nederlands").click()
    page.get_by_role("link", name="3. Eerst kijken, dan rekenen").click()
    there = page.locator("h2:target")
    assert there.inner_text() == "3. Eerst kijken, dan rekenen"
    assert there.evaluate("each => each.getBoundingClientRect().top") < DESK["height"]
    page.close()


def _outputs(picture: str) -> list[Any]:
    new = nbformat.v4.new_output
    found = [
        new("stream", name="stdout", text=f"{'a row    of numbers ' * 9}\n{'and another ' * 12}\n"),
        new("display_data", {"text/html": TABLE, "text/plain": "a table"}),
    ]
    return [*found, new("display_data", {"image/png": picture, "text/plain": "a plot"})] if picture else found
