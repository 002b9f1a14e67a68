"""The preview site: its pages can be read by everybody, need nothing from elsewhere, and only what changed is run."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from fakehub import REPOSITORY

from aif.tutorials import build, catalogue
from aif.tutorials.catalogue import LANGUAGES
from aif_hub.demo.errors import DemoError
from aif_hub.tutorials.preview import check_names

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbconvert")

from aif.tutorials.preview import alternative, page, site  # noqa: E402 - they need what may be missing
from aif.tutorials.preview.executed import CellFailed, digest, executed  # noqa: E402

TUTORIALS = REPOSITORY / "tutorials"
WORDS = site.words("en")
DOT = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
TABLE = (
    '<style scoped>td {}</style><table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th>'
    '<th>town</th></tr></thead><tbody><tr><th valign="top">0</th><td>Assen, where it rains on most days of the year'
    "</td></tr></tbody></table>"
)
SHA256 = "0123456789abcdef" * 4
PLOT = 'axes.set(title="Returns rise", xlabel="Month", ylabel="Share (%)")\naxes.legend(title="Town")'


class Page(HTMLParser):
    """What a page has: its tags with their attributes, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def all(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes in self.tags if tag in names]


def shown(code: str, data: dict[str, Any] | None = None, text: tuple[str, ...] = (), tags: tuple[str, ...] = ()) -> str:
    """The inside of the page of a notebook with some prose, and this cell and its output."""
    new = nbformat.v4
    outputs = [new.new_output("stream", name="stdout", text=part) for part in text]
    outputs += [new.new_output("display_data", data)] if data else []
    cells = [
        new.new_markdown_cell("# Why?\n\n| | |\n|---|---|\n| **Time** | € 15, 80 % |"),
        new.new_markdown_cell("## 1. Look\n\nFirst. What sets *it apart*? See *Who pays?*"),
        new.new_code_cell(code, outputs=outputs, metadata={"tags": list(tags)}),
    ]
    return page.inside(new.new_notebook(cells=cells), WORDS, {"Who pays?": "02_pays.html"}).html


def test_a_plot_is_told_by_its_title_and_axes() -> None:
    assert 'alt="Plot: Returns rise. Across: Month. Up: Share (%)."' in shown(PLOT, {"image/png": DOT})


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ('fig.suptitle("Why so?")\naxes.set_title("one")\naxes.set_xlabel("Month")', "Plot: Why so? Across: Month."),
        ('axes.set(title=f"{town}: {share:.0%} return")\nawait later()', "Plot: …: … return."),
        ('axes.set(title=f"{hour}:{minute}", ylabel="€")', "Plot, of which the text says: Look at them."),
        ("axes.plot(", "Plot, of which the text says: Look at them."),
    ],
)
def test_a_plot_without_a_title_is_told_by_the_sentence_before_it(code: str, told: str) -> None:
    assert alternative.of_plot(code, "## Part\n\nTwo pictures. Look at\n*them*.", WORDS) == told


def test_a_cell_may_say_itself_what_its_plot_shows() -> None:
    new = nbformat.v4
    output = new.new_output("display_data", {"image/png": DOT})
    book = new.new_notebook(cells=[new.new_code_cell(PLOT, outputs=[output], metadata={"alt": "A line that climbs"})])
    assert 'alt="A line that climbs"' in page.inside(book, WORDS, {}).html


def test_tables_have_headings_and_scroll_by_keyboard() -> None:
    html = shown("orders.head()", {"text/html": TABLE, "text/plain": "town"})
    heads = [attributes.get("scope") for attributes in Page(html).all("th")]
    assert heads == ["row", "col", "row"]  # of the tutorial's head, of a column, of a row
    assert "<style" not in html
    assert "border=" not in html
    wide = [each for each in Page(html).all("div") if each.get("class") == "wide"]
    assert [each["aria-label"] for each in wide] == ["Table 1", "Table 2"]
    assert {each["tabindex"] for each in wide} == {"0"}
    assert '<td class="long">Assen' in html


def test_what_was_printed_in_pieces_is_one_output_and_wraps_unless_it_is_a_table() -> None:
    html = shown("print()", text=("one\n", "two\n"))
    assert html.count("output_text") == 1
    assert re.search(r'output_text prose".*\n<pre>one\ntwo', html)
    assert "prose" not in shown("print()", text=("one     1\n", "two     2\n"))


def test_a_solution_is_folded_and_an_exercise_without_an_answer_says_nothing() -> None:
    html = shown("# solution 3\nanswer = 1", text=("right",), tags=("solution",))
    assert re.search(
        r'<details class="solution"><summary>Solution of exercise 3</summary>.*right.*</details>', html, re.S
    )
    assert "No answer" not in shown("answer = ...", {"text/plain": "▲ No answer yet", "text/html": "<p>No answer</p>"})


def test_a_widget_is_shown_as_its_words() -> None:
    html = shown("cluster", {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "2 workers"})
    assert "2 workers" in html
    assert "<script" not in html


def test_another_tutorial_that_is_named_is_a_link_and_amounts_do_not_break() -> None:
    html = shown("1")
    assert '<a href="02_pays.html"><em>Who pays?</em></a>' in html
    assert "€\N{NO-BREAK SPACE}15, 80\N{NO-BREAK SPACE}%" in html
    assert '<h2 id="1.-Look">' in html


def test_both_languages_have_the_same_words_and_gaps() -> None:
    english, dutch = (site.words(language) for language in LANGUAGES)
    assert set(english) == set(dutch)
    gaps = {name: [set(re.findall(r"\{\w+\}", told[name])) for told in (english, dutch)] for name in english}
    assert [name for name, (here, there) in gaps.items() if here != there] == []


# The site as a whole -------------------------------------------------------------------------------------------------


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A folder with one tutorial of few cells, for the kernel that this Python has, in both languages."""
    pytest.importorskip("ipykernel")
    folder = tmp_path / "tutorials"
    for part in ("checks", "data", "nl"):
        (folder / part).mkdir(parents=True)
    rows = ("**Time** | short", "**Hardware** | any", "**Price** | *nothing* at all")
    head = "\n".join(["# # What is half?", "#", "# | | |", "# |---|---|", *(f"# | {row} |" for row in rows)])
    code = 'from aif.session import spoken\nfrom data import sums\n\nprint(f"half of it: {sums.HALF}")\nprint(spoken())'
    (folder / "01_half.py").write_text(f"# %% [markdown]\n{head}\n\n# %%\n{code}\n")
    (folder / "checks/01_half.py").write_text('"""None."""\n')
    (folder / "data/sums.py").write_text("HALF = 21\n")
    po = 'msgid "# What is half?"\nmsgstr "# Wat is de helft?"\n\nmsgid "half of it: {sums.HALF}"\n'
    (folder / "nl/01_half.po").write_text(po + 'msgstr "de helft ervan: {sums.HALF}"\n')
    (folder / "catalogue.toml").write_text(
        '[sector]\nall = { en = "Everyone", nl = "Iedereen" }\nempty = { en = "None", nl = "Geen" }\n'
        '[[tutorial]]\nname = "01_half"\nquestion = { en = "What is half?", nl = "Wat is de helft?" }\nsector = "all"\n'
        'minutes = 10\nrun_minutes = 0.1\nprofile = "cpu"\nkernel = "python3"\nlanguages = ["en", "nl"]\n'
        'licence = "BSD-3-Clause"\ndata = ["sums"]\ntext = { en = "Halve.", nl = "Halveer." }\n'
        '[[data]]\nname = "sums"\nfile = "data/sums.py"\nwhat = { en = "Sums", nl = "Sommen" }\nlicence = "CC0-1.0"\n'
        'source = { en = "made here", nl = "hier gemaakt" }\n'
        f'sha256 = "{SHA256}"\nbusiness_use = "no"\n'
    )
    return folder


@pytest.mark.slow
def test_the_site_is_pages_in_both_languages_of_which_only_what_changed_is_run(
    small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_PATH", str(_kernel(tmp_path)))
    built, target, said = tmp_path / "built", tmp_path / "site", []

    def again() -> int:
        build.everything(small, built)
        return site.make(built, small, target, say=said.append)

    assert again() == 2
    assert again() == 0
    assert said[2:] == ["01_half (en): unchanged", "01_half (nl): unchanged"]
    english, dutch = ((target / file).read_text() for file in ("01_half.html", "nl/01_half.html"))
    assert "half of it: 21\nen" in english  # what speaks the session's language, as the calculator, speaks the page's
    assert "de helft ervan: 21\nnl" in dutch
    assert '<html lang="en">' in english
    assert '<html lang="nl">' in dutch
    index = (target / "index.html").read_text()
    told = ["Everyone", '<a href="01_half.html">What is half?</a>', "10 minutes", "nothing at all", "Sums (CC0-1.0)"]
    assert [each for each in [*told, "BSD-3-Clause · Not for business use"] if each not in index] == []
    assert "None" not in index
    for text in (english, dutch, index):
        tags = Page(text)
        assert not tags.all("script", "iframe", "object")
        addresses = [each.get("href") or each.get("src") or "" for each in tags.all("a", "link", "img")]
        assert [each for each in addresses if re.match(r"[a-z]+:|//", each) and not each.startswith("data:")] == []
        levels = [int(tag[1]) for tag, _ in tags.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
    (small / "data/sums.py").write_text("HALF = 1 / 0\n")
    with pytest.raises(CellFailed, match=r"01_half \(en\): cell 1 ends in ZeroDivisionError: division by zero"):
        again()
    assert "half of it: 21" in (target / "01_half.html").read_text()


def test_what_is_kept_counts_only_for_what_it_was_made_of(small: Path, tmp_path: Path) -> None:
    built = tmp_path / "built"
    build.everything(small, built)
    entry = catalogue.read(small).entries[0]
    kept = tmp_path / "kept/en/01_half.ipynb"
    kept.parent.mkdir(parents=True)
    marks: dict[Any, str] = {size: digest(built, small, entry, "en", size) for size in (True, False)}
    assert len(set(marks.values())) == 2
    kept.write_text(json.dumps({"metadata": {"aif": {"made_of": marks[True]}}}))
    assert executed(built, small, entry, "en", tmp_path / "kept", True) == (kept, False)
    for file in (small / "checks/01_half.py", small / "data/sums.py", built / "solutions/en/01_half.ipynb"):
        file.write_text(f"{file.read_text()}\n")
        marks[file] = digest(built, small, entry, "en", True)
    assert len(set(marks.values())) == len(marks)


def test_a_page_says_where_its_data_come_from_and_by_which_checksum_they_are_known(small: Path, tmp_path: Path) -> None:
    built, target, new = tmp_path / "built", tmp_path / "site", nbformat.v4
    build.everything(small, built)
    for language in LANGUAGES:  # as if it had been run: no kernel is needed for what is said of data
        kept = built / f"executed/{language}/01_half.ipynb"
        kept.parent.mkdir(parents=True)
        made_of = digest(built, small, catalogue.read(small).entries[0], language, False)
        told = {"language": language, "made_of": made_of, "small": False}
        book = new.new_notebook(cells=[new.new_markdown_cell("# Half?")], metadata={"aif": told})
        nbformat.write(book, kept)
    assert site.make(built, small, target, say=lambda _: None) == 0
    for file, said in (
        ("01_half.html", "Data: Sums (CC0-1.0). Source: data/sums.py, made here. SHA-256 of that file:"),
        ("nl/01_half.html", "Gegevens: Sommen (CC0-1.0). Bron: data/sums.py, hier gemaakt. SHA-256 van dat bestand:"),
    ):
        foot = (target / file).read_text().split("<footer")[1]
        read = " ".join(re.sub("<[^>]*>", "", foot).split())
        assert f"{said} 0123456789ab… {SHA256}" in read
        assert re.search(rf"<details>\s*<summary>[^\n]*</summary>\s*<p><code>{SHA256}</code></p>", foot)


def test_the_site_of_a_tutorial_that_is_not_there_is_refused() -> None:
    with pytest.raises(DemoError, match="There is no tutorial 13_gone; there are 01_spreadsheet"):
        check_names(TUTORIALS, ["01_spreadsheet", "13_gone"])


# Below: the parts -----------------------------------------------------------------------------------------------------


def _kernel(folder: Path) -> Path:
    """Where a kernel of this Python is described, whatever the machine has."""
    place = folder / "jupyter/kernels/python3"
    place.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    (place / "kernel.json").write_text(json.dumps({"argv": argv, "display_name": "Python", "language": "python"}))
    return folder / "jupyter"
