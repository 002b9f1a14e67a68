"""What is wrong with the tutorials of a folder, as sentences: form, exercises, translation, links and licences."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from aif.core.units import gpu_hours, rounded_up
from aif.tutorials import build, catalogue, links, messages, percent
from aif.tutorials.catalogue import EVERY_SECTOR, LANGUAGES, Catalogue, CatalogueError, DataCard, Entry
from aif.tutorials.messages import BadMessages
from aif.tutorials.percent import Cell

#: A cell is one idea.
MOST_LINES = 15
#: What a learner wants to know before beginning, in the first cell.
HEADER = (
    *("**Time**", "**Hardware**", "**Price**", "**For**"),
    *("**At the end you have**", "**You learn to**", "**In short.**"),
)
LAST = "## You have seen"
#: What a result must not be used for stands before anybody carries it out of the room, under a heading of its own.
LIMITS = re.compile(r"(?m)^##+ .*\blimits\b", re.IGNORECASE)
#: Also where it does not apply: a reader who is told nothing cannot know that.
LAW = "AI Act"
#: More than that, and nobody finishes within the time on the label.
MOST_EXERCISES = 4
#: What each tutorial has near its end: what a person's own work would take, by a run that was timed.
SIZED = re.compile(r"\bcalculator\(")
#: What a header's price is of: one seventh of a GPU, for as long as a learner takes.
SMALL_PART = Fraction(1, 7)
#: Of a tutorial that has workers beside the session, which its price counts as well.
_WORKERS = re.compile(r"\bgpu_cluster\(")
_PRICE = re.compile(r"(?:at most|hooguit) (?P<hours>[0-9]+[.,][0-9]+) GPU-")
_ASKED = re.compile(r"\*\*Exercise (\d+)\.\*\*")
_CHECKED = re.compile(r"exercise\((\d+)\)\.check\(answer\)\s*$")
_GAP = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True)
class Findings:
    """How much there is, and every problem as a sentence that begins with its file."""

    tutorials: int
    sectors: int
    languages: int
    exercises: int
    problems: tuple[str, ...]


def examine(folder: Path) -> Findings:
    """What `aif tutorials check` says of the tutorials in `folder`."""
    sources = sorted(folder.glob("[0-9][0-9]_*.py"))
    problems: list[str] = []
    try:
        known = catalogue.read(folder)
    except CatalogueError as fault:
        known, problems = Catalogue(), [str(fault)]
    listed = [entry.name for entry in known.entries]
    if not problems and listed != [source.stem for source in sources]:
        problems.append(f"{catalogue.FILE}: it lists {listed}, the folder has {[source.stem for source in sources]}")
    for card in {card.name: card for entry in known.entries for card in entry.data}.values():
        problems += _of_card(folder, card)
    for source in sources:
        problems += [f"{source.name}: {problem}" for problem in of_source(source, known.entry(source.stem))]
    return Findings(
        tutorials=len(sources),
        sectors=len({entry.sector for entry in known.entries} - {EVERY_SECTOR}),
        languages=len({language for entry in known.entries for language in entry.languages}),
        exercises=sum(len(_ASKED.findall(source.read_text(encoding="utf-8"))) for source in sources),
        problems=tuple(problems),
    )


def of_source(source: Path, entry: Entry | None) -> Iterator[str]:
    """The problems of one tutorial."""
    text = source.read_text(encoding="utf-8")
    found = percent.cells(text)
    if not found:
        yield "it has no cells"
        return
    yield from _form(found, text, entry)
    yield from _exercises(source, found)
    yield from links.problems(source, found)
    if entry:
        for language in set(entry.languages) - {LANGUAGES[0]}:
            yield from _translation(source, found, language, entry)


# Below: the parts -----------------------------------------------------------------------------------------------------


def _form(found: list[Cell], text: str, entry: Entry | None) -> Iterator[str]:
    title = found[0].text.splitlines()[0]
    if not (found[0].markdown and title.startswith("# ") and title.endswith("?")):
        yield "the first cell must begin with the question, as a heading that ends in ?"
    if entry and title.removeprefix("# ") != entry.question[LANGUAGES[0]]:
        yield f"its title is not the catalogue's question, {entry.question[LANGUAGES[0]]!r}"
    yield from (f"the first cell lacks {word}" for word in HEADER if word not in found[0].text)
    if entry and f"| **Time** | {entry.minutes} minutes" not in found[0].text:
        yield f"its header's time is not the catalogue's, {entry.minutes} minutes"
    if entry:
        yield from _price(found[0].text, entry, any(_WORKERS.search(cell.text) for cell in found))
    if LAST not in found[-1].text:
        yield f"the last cell lacks {LAST!r}"
    prose = "\n\n".join(cell.text for cell in found if cell.markdown)
    if not LIMITS.search(prose):
        yield "no heading says its limits, such as '## 9. Limits and risks'"
    if LAW not in " ".join(prose.split()):
        yield f"it says nothing of the {LAW}, not even that it does not apply"
    if not any(SIZED.search(cell.text) for cell in found if not cell.markdown):
        yield "no cell has calculator(…), which sizes a person's own work by what was timed"
    if entry and percent.kernel(text).get("name") != entry.kernel:
        yield f"its header must name the kernel {entry.kernel}"
    for cell in found:
        if not cell.markdown and cell.lines > MOST_LINES:
            yield f"a code cell has {cell.lines} lines, more than {MOST_LINES}: {cell.text.splitlines()[0]!r}"


def _price(header: str, entry: Entry, workers: bool) -> Iterator[str]:
    """The header's price, rounded up as the hub rounds up what it promises: a learner reads both."""
    least = rounded_up(gpu_hours(1, SMALL_PART, timedelta(minutes=entry.minutes)))
    told = _PRICE.search(header)
    hours = Fraction(told["hours"].replace(",", ".")) if told else Fraction(0)
    if hours < least or (hours > least and not workers):
        least_said = f"{Decimal(least.numerator) / Decimal(least.denominator):.2f}"
        yield f"its header's price is not 'at most {least_said} GPU-hours'{' or more' if workers else ''}"


def _exercises(source: Path, found: list[Cell]) -> Iterator[str]:
    asked = [number for cell in found if cell.markdown for number in _ASKED.findall(cell.text)]
    checked = [each[1] for cell in found if not cell.markdown for each in [_CHECKED.search(cell.text)] if each]
    solved = [str(cell.solution) for cell in found if cell.solution]
    if asked != [str(number + 1) for number in range(len(asked))] or len(asked) < 2:
        yield f"it must have two exercises or more, numbered from 1; it has {asked}"
    if len(asked) > MOST_EXERCISES:
        yield f"it has {len(asked)} exercises, more than {MOST_EXERCISES}"
    for name, numbers in (("cells that end in exercise(N).check(answer)", checked), ("solutions", solved)):
        if numbers != asked:
            yield f"its exercises are {asked}, its {name} are {numbers}"
    for cell in found:
        if cell.solution and not cell.metadata.get("jupyter", {}).get("source_hidden"):
            yield f"solution {cell.solution} is not folded"
        if cell.solution and not re.search(r"(?m)^\s*answer\b[^=]*=", cell.text):
            yield f"solution {cell.solution} does not give answer"
    hints = _hints(source.parent / "checks" / source.name)
    if hints is None:
        yield f"checks/{source.name} is not there"
    elif list(hints) != [int(number) for number in asked]:
        yield f"its exercises are {asked}, checks/{source.name} checks {list(hints)}"
    else:
        yield from (f"exercise {number} has no two hints" for number, count in hints.items() if count < 2)


def _hints(file: Path) -> dict[int, int] | None:
    """How many hints each exercise has, without running the file."""
    if not file.is_file():
        return None
    calls = [
        mark
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for mark in node.decorator_list
        if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Name) and mark.func.id == "checked"
    ]
    return {
        ast.literal_eval(call.args[0]): len(call.args) - 1 for call in calls if isinstance(call.args[0], ast.Constant)
    }


def _translation(source: Path, found: list[Cell], language: str, entry: Entry) -> Iterator[str]:
    file = f"{language}/{source.stem}.po"
    try:
        told = build.translations(source, language)
        wanted = build.to_translate(source)
        anything = set(wanted).union(*(messages.all_of_cell(cell) for cell in found))
    except BadMessages as fault:
        yield str(fault)
        return
    missing = [text for text in wanted if text not in told]
    if missing:
        yield f"{file} lacks {len(missing)} of {len(wanted)} messages, the first: {missing[0][:70]!r}"
    for text in told:
        if text not in anything:
            yield f"{file} has a message that is not in the source: {text[:70]!r}"
        elif sorted(_GAP.findall(told[text])) != sorted(_GAP.findall(text)):
            yield f"{file} has other gaps than its message: {text[:70]!r}"
    said = [messages.said(cell, told.get) for cell in found if cell.markdown]
    yield from (f"{file}: {problem}" for problem in links.problems(source, said))
    if said:
        workers = any(_WORKERS.search(cell.text) for cell in found)
        yield from (f"{file}: {problem}" for problem in _price(said[0].text, entry, workers))
    title = told.get(f"# {entry.question[LANGUAGES[0]]}", "")
    if not missing and title.removeprefix("# ") != entry.question[language]:
        yield f"{file} has another title than the catalogue's question, {entry.question[language]!r}"


def _of_card(folder: Path, card: DataCard) -> Iterator[str]:
    file = folder / card.file
    if not file.is_file():
        yield f"{catalogue.FILE}, data {card.name}: {card.file} is not there"
    elif (found := hashlib.sha256(file.read_bytes()).hexdigest()) != card.sha256:
        yield f"{catalogue.FILE}, data {card.name}: {card.file} changed; its sha256 is {found}"
