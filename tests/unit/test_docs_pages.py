"""The documentation's pages: commands are marked, links lead somewhere, both languages have the same pages."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from functools import cache
from pathlib import Path

import docs_blocks
import pytest
from babel.messages.pofile import read_po
from docs_blocks import DOCS

from aif.core import site
from aif.core.states import EndCause
from aif.widgets import figures
from aif_hub import cli, reasons, speech, words
from aif_hub.manual import commands, keys, rest, sentences

SOURCE = DOCS.parents[1]

#: The second and third sentences of refusals: what is allowed, and what to do.
FOLLOWING = {
    *("It takes ….", "Leave the rest out.", "The sizes are ….", "Choose one of these.", "Yours: …."),
    *("A session needs a project that pays for it.", "Ask the person who invited you to add you to theirs."),
    *("A name has at most 255 letters, digits and signs, with single spaces between words.", "Give it another name."),
    *("The reference of JupyterHub's REST API says how each is written.",),
    *("… runs from … minutes to ….", "Choose at most … minutes, or another size.", "In the system's own words: …"),
}
#: Pages of the whole site; a test below keeps nl complete.
PAGES = docs_blocks.pages()
DUTCH = [page for page in PAGES if page.startswith("nl/")]


def test_every_page_is_in_a_table_of_contents() -> None:
    for folder in (".", "nl"):
        listed = {
            os.path.normpath(f"{Path(page).parent}/{line}.md")
            for page in PAGES
            for block in docs_blocks.fences(page)
            if block.language == "{toctree}"
            for line in block.code.splitlines()
            if line and not line.startswith(":")
        }
        here = {page for page in PAGES if page.startswith("nl/") == (folder == "nl")}
        assert here - listed == {os.path.normpath(f"{folder}/index.md")}


@pytest.mark.slow
def test_the_site_builds_in_both_languages_without_a_warning(tmp_path: Path) -> None:
    for language, folder in (("en", "."), ("nl", "nl")):
        argv = ["-q", "-n", "-W", "--keep-going", "-b", "html", "-c", str(DOCS), "-D", f"language={language}"]
        done = subprocess.run(
            [sys.executable, "-B", "-m", "sphinx", *argv, str(DOCS / folder), str(tmp_path / folder)],
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        built = "".join(page.read_text() for page in (tmp_path / folder).rglob("*.html"))
        elsewhere = re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="(?:https?:)?//[^"]+"', built)
        assert elsewhere == []
        first = (tmp_path / folder / "index.html").read_text()
        asked = re.findall(r'<(?:script [^>]*src=|link rel="stylesheet"|img )[^>]*>', first)
        assert 2 < len(asked) < 10, f"a page asks for ten things at most, itself with them: {asked}"


def test_the_dutch_pages_are_the_english_ones() -> None:
    learners = {f"nl/{page}" for page in PAGES if page == "index.md" or page.startswith("learners/")}
    assert set(DUTCH) == learners


@pytest.mark.parametrize("page", [page for page in DUTCH if page != "nl/index.md"])
def test_a_dutch_page_is_built_like_its_english_one(page: str) -> None:
    dutch, english = docs_blocks.text(page), docs_blocks.text(page.removeprefix("nl/"))
    assert _shape(dutch) == _shape(english)
    assert "!" not in re.sub(r"!\[|<!--", "", dutch)
    assert re.search(r"\b(je|jij|jouw|jullie)\b", dutch, re.IGNORECASE) is None


def test_pictures_are_small_and_each_is_used_with_words_for_who_cannot_see_it() -> None:
    used: dict[Path, list[str]] = {}
    for page in PAGES:
        for alternative, target in re.findall(r"!\[([^\]]*)\]\(([^)\s]+)\)", docs_blocks.text(page)):
            used.setdefault((DOCS / page).parent.joinpath(target).resolve(), []).append(alternative)
    assert all(alternative.strip() for many in used.values() for alternative in many)
    there = {path.resolve(): path.stat().st_size for path in (DOCS / "pictures").iterdir()}
    assert {path.name: size for path, size in there.items() if size > 150_000} == {}
    assert set(used) <= set(there)


@pytest.mark.parametrize("page", PAGES)
def test_every_column_of_a_table_has_a_head(page: str) -> None:
    """A screen reader says it with each cell."""
    heads = re.findall(r"^\|(.*)\|\n\|[-| :]+\|$", docs_blocks.text(page), flags=re.M)
    assert [head for head in heads if not all(cell.strip() for cell in head.split("|"))] == []


def test_every_key_of_the_site_file_is_explained() -> None:
    said = keys.meanings((SOURCE / "hub_config/site.example.toml").read_text())
    unsaid = [
        f"{table} {field}"
        for table, kind in keys.tables().items()
        for field in kind.__dataclass_fields__
        if not said.get((table, field)) and str(kind.__dataclass_fields__[field].type) in keys.KINDS
    ]
    assert unsaid == [], "say what it means in a comment behind it, in hub_config/site.example.toml"


def test_every_key_is_in_the_reference() -> None:
    whole = keys.markdown(SOURCE)
    for kind in (site.Hub, site.SessionRules, site.Cluster, site.Profile, site.ProjectName):
        for field in kind.__dataclass_fields__:
            assert f"| `{field}` |" in whole


@pytest.mark.parametrize("page", PAGES)
def test_toml_on_a_page_has_keys_that_the_site_file_knows(page: str) -> None:
    known = {name: set(kind.__dataclass_fields__) for name, kind in keys.tables().items()}
    for block in docs_blocks.fences(page):
        if block.language != "toml":
            continue
        data = tomllib.loads(block.code)
        for key, value in data.items():
            many = isinstance(value, list) and value and isinstance(value[0], dict)
            table = f"[[{key}]]" if many else f"[{key}]" if isinstance(value, dict) else ""
            entries = value if many else [value if table else {key: value}]
            assert all(set(entry) <= known[table] for entry in entries), f"{block}: {table} {key}"


def test_every_command_and_every_address_of_ours_is_in_the_reference() -> None:
    names = {name for name, _parser in commands.parsers(cli.parser())}
    assert {"aif up", "aif status", "aif docs"} <= names
    page = commands.markdown(SOURCE)
    assert [name for name in names if f"## `{name}`" not in page] == []
    addresses = rest.addresses(SOURCE)
    assert {"/api/aif/v1/ready", "/aif/stop"} <= set(addresses)
    assert [address for address, said in addresses.items() if not said] == []


@pytest.mark.parametrize("page", [page for page in PAGES if "{guilabel}" in docs_blocks.text(page)])
def test_what_a_page_tells_to_press_or_to_look_for_is_what_the_hub_says(page: str) -> None:
    said = _said_in("nl" if page.startswith("nl/") else "en")
    assert [label for label in re.findall(r"{guilabel}`([^`]+)`", docs_blocks.text(page)) if label not in said] == []


def test_troubleshooting_knows_every_end_every_refusal_and_every_reason() -> None:
    page = docs_blocks.text("operators/troubleshooting.md")
    firsts = {row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")}
    assert {words._ENDED[cause][0] for cause in EndCause} <= firsts
    assert {headline for headline, *_ in (*words._REFUSED.values(), words._TOO_OLD)} <= firsts
    gaps = {"place": "a free GPU", "project": "…", "length": "…"}
    assert {text.format(**gaps) for _, text, _ in reasons._WAITING} <= firsts


def test_troubleshooting_knows_every_refusal_of_a_start_and_every_sentence_of_aif() -> None:
    page = docs_blocks.text("operators/troubleshooting.md")
    firsts = {row.split("|")[1].strip() for row in page.splitlines() if row.startswith("| ")}
    with (SOURCE / "hub_config/locale/nl/errors.po").open("rb") as file:
        said = {re.sub(r"{\w+}", "…", str(message.id)) for message in read_po(file, locale="nl") if message.id}
    assert said - firsts == FOLLOWING
    every = sentences.sentences(SOURCE)
    assert len(every) > 40
    for part in ("is already used by", "is now used by", "The disk is full: … could not be written.", "had no room"):
        assert any(part in sentence for sentence in every), part


@cache
def _said_in(language: str) -> set[str]:
    """What the hub, as far as it is translated, and the widgets say in that language."""
    catalogue = speech.sentences(SOURCE / "hub_config/locale/nl", "nl")
    spoken = [message for message in catalogue if isinstance(message.id, str)]
    of_the_hub = {str(message.id if language == "en" else message.string) for message in spoken}
    return of_the_hub | set(figures.speech(language).words.values())


def _shape(text: str) -> list[str]:
    """Headings, pictures, links, tables, lists and blocks in their order, without what they say."""
    found = []
    for line in re.sub(r"^```.*?^```", "```", text, flags=re.M | re.S).splitlines():
        if start := re.match(r"(#+ |\d+\. |- |\|[-|]+$|```|<!--.*)", line):
            found.append(start[1])
        found += re.findall(r"\]\((?!#)[^)]*?([\w-]+\.\w+)(?:#[^)]*)?\)", re.sub(r"-nl(?=\.png)", "", line))
    return found
