"""The first hour reads easily: the prose of its two tutorials, by a formula for each language, whole and in parts."""

from __future__ import annotations

import doctest
import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
from babel.messages.pofile import read_po
from fakehub import REPOSITORY

from aif.tutorials import build, reading
from aif.tutorials.percent import Cell

TUTORIALS = ("01_spreadsheet", "02_data")
LANGUAGES = ("en", "nl")
#: In the midst of "fairly easy" by Flesch's own table, for all of it; "standard" for each paragraph of some length.
EASY, STANDARD = 75, 60
LONG_ENOUGH = 25  # words
#: Nobody has to keep more in mind until the full stop.
MOST_WORDS = 25
HUB, LAB = REPOSITORY / "hub_config/locale/nl", REPOSITORY / "extensions/labextensions/aif/static"
each = pytest.mark.parametrize(("name", "language"), [(name, language) for name in TUTORIALS for language in LANGUAGES])


@cache
def cells(name: str, language: str) -> tuple[Cell, ...]:
    """The notebook's cells."""
    return tuple(build.cells(REPOSITORY / f"tutorials/{name}.py", language))


@each
def test_the_first_hour_is_fairly_easy_to_read(name: str, language: str) -> None:
    found = reading.of_cells(cells(name, language), language)
    assert found.words > 400
    assert found.ease >= EASY


@each
def test_no_paragraph_of_it_is_hard(name: str, language: str) -> None:
    paragraphs = [block for cell in cells(name, language) if cell.markdown for block in cell.text.split("\n\n")]
    counted = [(reading.reading(block, language), block) for block in paragraphs]
    long = [(found.ease, block) for found, block in counted if found.words >= LONG_ENOUGH]
    assert len(long) > 10
    assert [(round(ease), block) for ease, block in long if ease < STANDARD] == []


@each
def test_no_sentence_of_it_is_long(name: str, language: str) -> None:
    found = reading.of_cells(cells(name, language), language)
    assert [" ".join(sentence) for sentence in found.sentences if len(sentence) > MOST_WORDS] == []


# What it says of ends, as the product says it -------------------------------------------------------------------------


def product(language: str) -> Iterator[re.Pattern[str]]:
    """Each sentence of the hub's pages and of JupyterLab's extension in that language, its gaps open."""
    texts: list[str] = [*json.loads((LAB / f"words.{language}.json").read_text()).values()]
    for file in HUB.glob("*.po"):
        said = [message for message in read_po(file.open("rb"), locale="nl") if isinstance(message.id, str)]
        texts += [str(message.id if language == "en" else message.string) for message in said if message.id]
    for text in texts:
        yield re.compile(".+?".join(re.escape(part) for part in re.split(r"\{\w+\}", text)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_it_quotes_is_what_the_product_says(language: str) -> None:
    text = " ".join("\n".join(cell.text for cell in cells("01_spreadsheet", language) if cell.markdown).split())
    quoted = re.findall(r"“([^”]+)”", text)
    known = list(product(language))
    assert len(quoted) >= 9
    assert [each for each in quoted if not any(pattern.fullmatch(each) for pattern in known)] == []
    tour = json.loads((LAB / f"words.{language}.json").read_text())["lab.tour"]
    assert f"*{tour}*" in text


# The formulas ---------------------------------------------------------------------------------------------------------


def test_the_examples_of_its_counts_are_right() -> None:
    assert doctest.testmod(reading).failed == 0
    assert doctest.testmod(reading).attempted >= 3


def test_the_figures_are_those_of_the_formulas_by_hand() -> None:
    english = reading.reading(
        "The cat sat on the mat. The dog looked at it.", "en"
    )  # 11 words, 2 sentences, 11 syllables
    assert english.ease == pytest.approx(206.835 - 1.015 * 11 / 2 - 84.6)
    dutch = reading.reading("De kat lag op de mat. De hond keek ernaar.", "nl")  # 10 words, 2 sentences, 11 syllables
    assert dutch.ease == pytest.approx(206.84 - 0.93 * 5 - 77 * 1.1)


def test_code_tables_headings_and_addresses_are_not_counted() -> None:
    text = "# A heading\n\n| a | table |\n|---|---|\n\nRead `code()` and [that](https://example.org/).\n\n- one\n- two"
    assert reading.reading(text, "en").sentences == (("Read", "and", "that"), ("one",), ("two",))


@pytest.mark.parametrize("language", LANGUAGES)
def test_officialese_is_found_to_be_hard(language: str) -> None:
    said = {
        "en": "Notwithstanding the aforementioned considerations, authorisation of computational resources "
        "necessitates documentation demonstrating organisational eligibility.",
        "nl": "Niettegenstaande de voornoemde overwegingen noodzaakt autorisatie van rekenfaciliteiten tot "
        "documentatie aangaande organisatorische subsidiabiliteit.",
    }
    assert reading.reading(said[language], language).ease < 0
