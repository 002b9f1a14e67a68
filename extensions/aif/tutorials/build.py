"""Notebooks from a tutorial's source: with and without its solutions, in each language, and what comes with them."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aif.tutorials import catalogue, messages, percent
from aif.tutorials.catalogue import LANGUAGES
from aif.tutorials.percent import Cell

#: Of what is built: another one has every untouched copy made anew.
VERSION = "1"
_ANSWERED = re.compile(r"(?m)^answer = \.\.\..*\n")
_OPENED = re.compile(r"\btutorial\(\"(?P<name>\w+)\"\)")


def notebook(source: Path, language: str = "en", solutions: bool = False) -> str:
    """The notebook of `source` as JSON, without outputs; `solutions` leaves the folded ones in."""
    text = source.read_text(encoding="utf-8")
    chosen = [cell for cell in cells(source, language) if solutions or not cell.solution]
    return _written(text, chosen, language)


def solved(source: Path, language: str = "en") -> str:
    """The learner's notebook with the solutions filled in as answers: what a test runs from top to end."""
    filled: list[Cell] = []
    for cell in cells(source, language):
        number = cell.solution
        if not number:
            filled.append(cell)
            continue
        asking = f"exercise({number}).check("
        at = max((place for place, each in enumerate(filled) if asking in each.text), default=None)
        if at is None:
            filled.append(cell)
        else:
            rest = _ANSWERED.sub("", filled[at].text)
            filled[at] = Cell(f"{cell.text}\n{rest}", False, filled[at].metadata)
    return _written(source.read_text(encoding="utf-8"), filled, language)


def cells(source: Path, language: str = "en") -> list[Cell]:
    """The cells of `source`, said in `language` as far as its messages go."""
    translate = translations(source, language).get
    found = percent.cells(source.read_text(encoding="utf-8"))
    if language == LANGUAGES[0]:
        return found
    spoken = rf'tutorial("\g<name>", language="{language}")'
    said = [messages.said(cell, translate) for cell in found]
    return [cell if cell.markdown else Cell(_OPENED.sub(spoken, cell.text), False, cell.metadata) for cell in said]


def translations(source: Path, language: str) -> dict[str, str]:
    """The messages of `source` in `language`; nothing in its own, and where there are none."""
    return {} if language == LANGUAGES[0] else messages.read(source.parent / language / f"{source.stem}.po")


def everything(folder: Path, target: Path) -> list[Path]:
    """Writes each tutorial to `target`: for learners, with solutions in `solutions`, and what they read beside them.

    A language's folder works as it stands: the notebooks find their checks and the makers of their data in it.
    """
    entries = {entry.name: entry for entry in catalogue.read(folder).entries}
    files: dict[Path, str] = {}
    for source in sorted(folder.glob("[0-9][0-9]_*.py")):
        entry = entries.get(source.stem)
        for language in entry.languages if entry else LANGUAGES[:1]:
            for place, solutions in ((target / language, False), (target / "solutions" / language, True)):
                files[place / f"{source.stem}.ipynb"] = notebook(source, language, solutions)
                files |= {place / name: content() for name, (_, content) in beside(source).items()}
                files |= {place / f"data/{file.name}": file.read_text("utf-8") for file in folder.glob("data/*.py")}
    for file, content in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    return list(files)


def beside(source: Path) -> dict[str, tuple[str, Callable[[], str]]]:
    """What a notebook finds beside it: its checks, and what comes with them; the mark of each, and how to make it."""
    checks = source.parent / "checks" / source.name
    if not checks.is_file():
        return {}
    return {
        f"checks/{source.stem}.py": (mark(checks), lambda: checks.read_text(encoding="utf-8")),
        f"checks/{source.stem}.json": (release(source, "*"), lambda: f"{json.dumps(companion(source), indent=1)}\n"),
    }


def release(source: Path, language: str) -> str:
    """A mark that changes when something changes of which the notebook in `language` is made; "*" for each language."""
    files = [source, source.parent / "checks" / source.name, source.parent / catalogue.FILE]
    files += sorted(source.parent.glob(f"{language}/{source.stem}.po"))
    return hashlib.sha256(" ".join([VERSION, language, *map(mark, files)]).encode()).hexdigest()


def mark(file: Path) -> str:
    """A mark of what is in `file`; empty if there is none."""
    return hashlib.sha256(file.read_bytes()).hexdigest() if file.is_file() else ""


def to_translate(source: Path) -> list[str]:
    """Every message of `source` and of its checks, each once, in the order in which a learner meets them."""
    found = percent.cells(source.read_text(encoding="utf-8"))
    return list(dict.fromkeys([*(text for cell in found for text in messages.of_cell(cell)), *_of_checks(source)]))


def companion(source: Path) -> dict[str, Any]:
    """What `aif.learn` reads beside the notebook: titles, goals, minutes, solutions, and its checks' sentences."""
    entry = catalogue.read(source.parent).entry(source.stem)
    spoken = {language: cells(source, language) for language in LANGUAGES}
    numbers = sorted({cell.solution for cell in spoken[LANGUAGES[0]]} - {0})
    known = {language: translations(source, language) for language in LANGUAGES[1:]}
    return {
        "minutes": entry.minutes if entry else 0,
        "title": {language: _title(found) for language, found in spoken.items()},
        "goals": {language: _goals(found) for language, found in spoken.items()},
        "seen": {language: _seen(found) for language, found in spoken.items()},
        "exercises": {
            str(number): {language: _solution(found, number) for language, found in spoken.items()}
            for number in numbers
        },
        "messages": {
            language: {text: told for text in _of_checks(source) if (told := said.get(text))}
            for language, said in known.items()
        },
    }


# Below: the parts -----------------------------------------------------------------------------------------------------


def _of_checks(source: Path) -> list[str]:
    checks = source.parent / "checks" / source.name
    return list(messages.of_checks(checks.read_text(encoding="utf-8"))) if checks.is_file() else []


def _written(text: str, chosen: list[Cell], language: str) -> str:
    shown = [_as_json(cell, at) for at, cell in enumerate(chosen)]
    metadata: dict[str, Any] = {"language_info": {"name": "python"}, "aif": {"language": language}}
    if spec := percent.kernel(text):
        metadata["kernelspec"] = spec
    data = {"cells": shown, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(data, indent=1, ensure_ascii=False) + "\n"


def _as_json(cell: Cell, at: int) -> dict[str, Any]:
    told: dict[str, Any] = {
        "cell_type": "markdown" if cell.markdown else "code",
        "id": hashlib.sha256(f"{at} {cell.text}".encode()).hexdigest()[:8],
        "metadata": cell.metadata,
        "source": cell.text.splitlines(keepends=True),
    }
    return told if cell.markdown else {**told, "execution_count": None, "outputs": []}


def _title(found: list[Cell]) -> str:
    return found[0].text.splitlines()[0].removeprefix("# ") if found else ""


def _goals(found: list[Cell]) -> str:
    """The header's paragraph of what a learner has at the end, without its marks."""
    for block in (found[0].text if found else "").split("\n\n"):
        if re.match(r"\*\*(At the end|Na afloop)", block):
            return " ".join(block.replace("**", "").split())
    return ""


def _seen(found: list[Cell]) -> list[str]:
    """The list in the last cell, of what a learner has seen, without its marks."""
    blocks = found[-1].text.split("\n\n") if found else []
    lines = next((messages.message(block).splitlines() for block in blocks if block.startswith("- ")), [])
    return [re.sub(r"[*`]|[;.]$", "", line.removeprefix("- ")) for line in lines]


def _solution(found: list[Cell], number: int) -> str:
    return "\n\n".join(cell.text.split("\n", 1)[1] for cell in found if cell.solution == number and cell.lines > 1)
