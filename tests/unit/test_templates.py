"""The pages' files: templates compile and extend JupyterHub's own, words keep their manners, colours can be read."""

from __future__ import annotations

import re
from pathlib import Path

import hub_material as material
import pytest
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from aif_hub.pages import Pages
from aif_hub.sheets import joined
from aif_hub.speech import Speech
from aif_hub.workbench import Workbench

HERE = Path(__file__).parents[2] / "hub_config"
TEMPLATES = sorted(path.name for path in (HERE / "templates").glob("*.html"))
TEXTS = [(HERE / "templates" / name).read_text() for name in TEMPLATES]
STOCK = Path(DATA_FILES_PATH) / "templates"
OURS_ALONE = {
    "_budget.html",
    "_parts.html",
    "_told.html",
    "start_form.html",
    "start_choice.html",
    "_start_most.html",
    "404.html",
    "project.html",
    "receipt.html",
    "sessions.html",
    "sign_in_refused.html",
    "terms.html",
    "tutorials.html",
}  # parts, forms, and a page that has no blocks of its own


@pytest.fixture(scope="module")
def environment() -> Environment:
    stock = FileSystemLoader(STOCK)
    ours = FileSystemLoader(HERE / "templates")
    loader = ChoiceLoader([PrefixLoader({"templates": stock}), ours, stock])
    return Environment(loader=loader, autoescape=True, extensions=[Speech])


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_compiles(environment: Environment, name: str) -> None:
    assert environment.get_template(name)


@pytest.mark.parametrize("name", sorted(set(TEMPLATES) - OURS_ALONE))
def test_each_page_fills_blocks_of_jupyterhubs_own(name: str) -> None:
    text = (HERE / "templates" / name).read_text()
    assert f'{{% extends "templates/{name}" %}}' in text
    for block in re.findall(r"{% block (\w+) ", text):
        assert f"block {block}" in (STOCK / name).read_text() + (STOCK / "page.html").read_text(), block


@pytest.mark.parametrize("name", TEMPLATES)
def test_no_page_shouts_begs_or_reaches_outside(name: str) -> None:
    text = re.sub(r"{#.*?#}|{%.*?%}|<script>.*?</script>", "", (HERE / "templates" / name).read_text(), flags=re.DOTALL)
    assert "!" not in text
    assert not re.search(r"\b(please|oops|sorry)\b", text, re.IGNORECASE)
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), "a compute site may have no way out"


def test_each_page_has_its_style_sheets() -> None:
    ours = {path.stem for path in (HERE / "static").glob("*.css")}
    asked = {name for text in TEXTS for names in re.findall(r"aif\.sheets\(([^)]*)\)", text) for name in _names(names)}
    named = {name for text in TEXTS for line in re.findall(r"{% set sheet.*", text) for name in _names(line)}
    assert asked <= ours
    assert asked | named >= ours, "a style sheet that no page asks for"


def test_each_page_has_its_script() -> None:
    ours = {path.stem for path in (HERE / "static").glob("*.js")}
    asked = {name for text in TEXTS for names in re.findall(r"aif\.scripts\(([^)]*)\)", text) for name in _names(names)}
    named = {name for text in TEXTS for name in re.findall(r'{% set sheet, script = "[^"]*", "(\w+)" %}', text)}
    assert asked | named == ours


def test_style_sheets_and_scripts_come_joined_and_nothing_else_does() -> None:
    aif, start = ((HERE / "static" / name).read_bytes() for name in ("aif.js", "start.js"))
    assert joined(("aif", "start"), "js") == aif + b"\n" + start
    assert Pages(Workbench(material.site())).scripts("aif", "start").startswith("aif/joined/aif+start.js?v=")
    for names, kind in ((("mark",), "js"), (("aif", "../templates/page"), "css"), (("aif", ""), "js")):
        with pytest.raises(KeyError):
            joined(names, kind)


def _names(text: str) -> list[str]:
    return [name for quoted in re.findall(r'"([\w -]+)"', text) for name in quoted.split()]


# Colours ------------------------------------------------------------------------------------------------------------

TOKENS = (HERE / "static/tokens.css").read_text()
PAIRS = [
    *((ink, paper) for ink in ("ink", "muted", "primary") for paper in ("paper", "surface", "raised", "primary-soft")),
    *((tone, f"{tone}-soft") for tone in ("good", "warn", "stop")),
    *((tone, paper) for tone in ("good", "warn", "stop") for paper in ("surface", "primary-soft", "paper")),
    ("on-primary", "primary"),
    ("on-primary", "primary-strong"),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids="-on-".join)
def test_text_can_be_read_on_its_ground(pair: tuple[str, str], scheme: int) -> None:
    assert contrast(colour(pair[0], scheme), colour(pair[1], scheme)) >= 4.5


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_what_can_be_operated_has_an_edge_that_can_be_seen(scheme: int) -> None:
    for ground in ("paper", "surface", "raised"):
        assert contrast(colour("edge", scheme), colour(ground, scheme)) >= 3


def colour(name: str, scheme: int) -> str:
    match = re.search(rf"--aif-{name}: light-dark\((#\w{{6}}), (#\w{{6}})\)", TOKENS)
    assert match, name
    return match[scheme + 1]


def contrast(one: str, other: str) -> float:
    """The WCAG contrast of two colours.

    >>> round(contrast("#ffffff", "#000000"), 1)
    21.0
    """
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
