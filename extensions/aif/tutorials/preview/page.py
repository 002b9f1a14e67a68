"""The notebook of a tutorial as the inside of an accessible page: nbconvert's HTML, and what it lacks for that."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bs4 import BeautifulSoup, Tag

from aif.tutorials import links
from aif.tutorials.execute import NOT_YET
from aif.tutorials.preview import alternative

#: Characters in a cell of a table, above which it may wrap.
LONG_CELL = 40
_WIDGET = "application/vnd.jupyter.widget-view+json"
#: The space between an amount and its sign, at which no line may end.
_PARTED = re.compile(r"(?<=€) (?=\d)|(?<=\d) (?=%)")
#: What makes output a table: spaces that set something below something else. All other output may wrap.
_ALIGNED = re.compile(r"\S {2,}\S|\n {2,}\S")
_SOLUTION = re.compile(r"# solution (?P<number>\d+)\n")


@dataclass(frozen=True)
class Section:
    """A part of the tutorial that the list of contents names; `anchor` is its address within the page."""

    anchor: str
    title: str


@dataclass(frozen=True)
class Inside:
    """The tutorial's HTML, its title, and its parts."""

    html: str
    title: str
    sections: tuple[Section, ...]


def inside(book: Any, words: Mapping[str, str], others: Mapping[str, str]) -> Inside:
    """The inside of the page of an executed `book`, a notebook of nbformat.

    `words` are those of the site; `others` has the address of each tutorial by its question, so that one that is named
    in italics is a link.
    """
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(  # type: ignore[no-untyped-call]  # nbconvert's
        template_name="basic", exclude_input_prompt=True, exclude_output_prompt=True, exclude_anchor_links=True
    )
    html, _ = exporter.from_notebook_node(_shown(book, words))
    soup = BeautifulSoup(html, "html.parser")
    for each in soup.find_all("style"):  # of tables: ours are in the site's sheet
        each.decompose()
    for cell in soup.select(".celltag_solution"):
        _fold(soup, cell, words)
    for drawing in soup.find_all("svg"):
        drawing["aria-hidden"] = "true"  # Dask's, of what the table beside it says
    for table in soup.find_all("table"):
        _head(table)
    _can_be_scrolled(soup, words)
    for named in soup.find_all("em"):
        if address := others.get(named.get_text(" ", strip=True)):
            named.wrap(soup.new_tag("a", href=address))
    for heading in soup.find_all(re.compile("^h[1-6]$")):
        heading["id"] = links.anchor(heading.get_text())
    sections = (Section(str(each["id"]), each.get_text()) for each in soup.find_all("h2"))
    title = soup.find("h1")
    for text in soup.find_all(string=_PARTED):
        text.replace_with(_PARTED.sub("\u00a0", text))
    return Inside(str(soup), title.get_text() if title else "", tuple(sections))


# Below: the parts -----------------------------------------------------------------------------------------------------


def _shown(book: Any, words: Mapping[str, str]) -> Any:
    """A copy whose plots have words, and without what only a session can show: widgets, replies to no answer yet."""
    shown, prose = copy.deepcopy(book), ""
    for cell in shown.cells:
        if cell.cell_type == "markdown":
            prose = cell.source
            continue
        cell.outputs = _as_one([output for output in cell.outputs if not _unanswered(output)])
        for output in cell.outputs:
            data = output.get("data", {})
            data.pop(_WIDGET, None)
            if "image/png" in data:
                told = output.metadata.setdefault("image/png", {})
                told.setdefault("alt", cell.metadata.get("alt") or alternative.of_plot(cell.source, prose, words))
    return shown


def _as_one(outputs: list[Any]) -> list[Any]:
    """What was printed in pieces, because it took a while, is one output."""
    whole: list[Any] = []
    for output in outputs:
        if whole and output.output_type == "stream" and whole[-1].get("name") == output.name:
            whole[-1].text += output.text
        else:
            whole.append(output)
    return whole


def _unanswered(output: Any) -> bool:
    return str(output.get("data", {}).get("text/plain", "")).startswith(f"{NOT_YET} ")


def _fold(soup: BeautifulSoup, cell: Tag, words: Mapping[str, str]) -> None:
    """A solution is shown to who asks for it."""
    number = _SOLUTION.match(cell.get_text().lstrip())
    folded = cell.wrap(soup.new_tag("details", attrs={"class": "solution"}))
    summary = soup.new_tag("summary")
    summary.string = words["solution"].format(number=number["number"] if number else "")
    folded.insert(0, summary)


def _head(table: Tag) -> None:
    """Every cell that heads a row or column says so, and no other one is a heading."""
    for name in ("border", "class", "style"):
        table.attrs.pop(name, None)
    if table.find("table"):  # it only places things
        table["role"] = "presentation"
        return
    head = table.find("thead")
    if isinstance(head, Tag) and not head.get_text(strip=True):  # Markdown has no table without one
        head.decompose()
        for row in table.find_all("tr"):
            first = row.find("td")
            if isinstance(first, Tag):
                first.name = "th"
    for cell in table.find_all("th"):
        cell.attrs.pop("valign", None)
        if not cell.get_text(strip=True):
            cell.name = "td"
        else:
            cell["scope"] = "col" if cell.find_parent("thead") else "row"
    for each in table.find_all(["tr", "td", "th"]):
        each.attrs.pop("style", None)
        if len(each.get_text()) > LONG_CELL:
            each["class"] = "long"


def _can_be_scrolled(soup: BeautifulSoup, words: Mapping[str, str]) -> None:
    """What may be wider than the page scrolls by itself, also by keyboard, and has a name for that."""
    outer = [table for table in soup.find_all("table") if not table.find_parent("table")]
    for number, table in enumerate(outer, 1):
        _region(table.wrap(soup.new_tag("div", attrs={"class": "wide"})), words["table"], number)
    for number, code in enumerate(soup.select(".input_area"), 1):
        _region(code, words["code"], number)
    for number, plot in enumerate(soup.select(".output_png"), 1):
        _region(plot, words["drawn"], number)
    for number, output in enumerate(soup.select(".output_text"), 1):
        _region(output, words["output"], number)
        if not _ALIGNED.search(output.get_text()):
            output["class"] = "output_text prose"


def _region(tag: Tag, name: str, number: int) -> None:
    tag.attrs |= {"role": "group", "tabindex": "0", "aria-label": name.format(number=number)}
