"""The files of the preview site: an index and a page a tutorial, for each language, and the style that they share."""

from __future__ import annotations

import re
import shutil
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aif.tutorials import build, catalogue
from aif.tutorials.catalogue import LANGUAGES, Catalogue, DataCard, Entry, said
from aif.tutorials.preview import page
from aif.tutorials.preview.executed import executed

_HERE = Path(__file__).parent
_ROW = re.compile(r"(?m)^\| \*\*(?P<what>[^*|]+)\*\* \| (?P<told>.+?) \|$")
#: The rows of a tutorial's head, in their order.
_ROWS = ("time", "hardware", "price", "for")


@dataclass(frozen=True)
class Card:
    """A tutorial on the index; `url` is empty as long as it has no page."""

    entry: Entry
    question: str
    text: str
    hardware: str
    price: str
    data: tuple[str, ...]
    url: str


def words(language: str) -> dict[str, str]:
    """What the site says in `language`."""
    return dict(tomllib.loads((_HERE / "words.toml").read_text(encoding="utf-8"))[language])


def make(
    built: Path,
    folder: Path,
    target: Path,
    names: Sequence[str] = (),
    small: bool = False,
    say: Callable[[str], None] = print,
) -> int:
    """Writes the site of the tutorials in `folder` to `target`; how many had to be run for that.

    Of those with these `names`, or of all: what changed since its last run is run again. Other pages stay as they are.
    What was run is kept in `built/executed`. Raises CellFailed.
    """
    known, ran = catalogue.read(folder), 0
    for language in LANGUAGES:
        place = target if language == LANGUAGES[0] else target / language
        place.mkdir(parents=True, exist_ok=True)
        for entry in known.entries:
            if language in entry.languages and (not names or entry.name in names):
                book, new = executed(built, folder, entry, language, built / "executed", small)
                ran += new
                say(f"{entry.name} ({language}): {'run' if new else 'unchanged'}")
                (place / f"{entry.name}.html").write_text(_page(known, entry, language, book), encoding="utf-8")
        (place / "index.html").write_text(_index(known, folder, language, place), encoding="utf-8")
    for sheet in _HERE.glob("*.css"):
        shutil.copyfile(sheet, target / sheet.name)
    return ran


# Below: the parts -----------------------------------------------------------------------------------------------------


def _page(known: Catalogue, entry: Entry, language: str, book: Path) -> str:
    import nbformat

    notebook = nbformat.read(book, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's
    spoken = words(language)
    others = {said(each.question, language): f"{each.name}.html" for each in known.entries if each != entry}
    shown = page.inside(notebook, spoken, others)
    size = "small" if notebook.metadata["aif"]["small"] else "full"
    data = [(_data(card, entry, language), said(card.source, language), card) for card in entry.data]
    return _filled("page.html", language, f"{entry.name}.html", page=shown, entry=entry, data=data, size=spoken[size])


def _index(known: Catalogue, folder: Path, language: str, place: Path) -> str:
    sectors = [
        (title[language], [_card(entry, folder, language, place) for entry in known.entries if entry.sector == sector])
        for sector, title in (known.sectors or {}).items()
    ]
    return _filled("index.html", language, "index.html", sectors=[each for each in sectors if each[1]])


def _card(entry: Entry, folder: Path, language: str, place: Path) -> Card:
    header = build.cells(folder / f"{entry.name}.py", language)[0]
    rows = dict(zip(_ROWS, (row["told"].replace("*", "") for row in _ROW.finditer(header.text)), strict=False))
    return Card(
        entry,
        said(entry.question, language),
        said(entry.text, language),
        rows.get("hardware", ""),
        rows.get("price", ""),
        tuple(_data(card, entry, language) for card in entry.data),
        f"{entry.name}.html" if (place / f"{entry.name}.html").is_file() else "",
    )


def _data(card: DataCard, entry: Entry, language: str) -> str:
    licence = "" if card.licence == entry.licence else f" ({card.licence})"
    return f"{said(card.what, language)}{licence}"


def _filled(template: str, language: str, here: str, **values: Any) -> str:
    """A page of ours with these values; `here` is its address beside that in the other languages."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    first = language == LANGUAGES[0]
    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    elsewhere = [
        (code, words(code)["language"], f"{'' if first else '../'}{'' if code == LANGUAGES[0] else f'{code}/'}{here}")
        for code in LANGUAGES
        if code != language
    ]
    ours = {"words": words(language), "language": language, "elsewhere": elsewhere, "up": "" if first else "../"}
    return environment.get_template(template).render(**ours, **values)
