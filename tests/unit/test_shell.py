"""What is set right in JupyterHub's own page: found in the installed release, and right after it."""

from __future__ import annotations

import re
from pathlib import Path

import hub_material as material
import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from aif_hub.pages import Pages
from aif_hub.shell import CHANGES, Shell
from aif_hub.speech import Speech
from aif_hub.workbench import Workbench

THEIRS = Path(DATA_FILES_PATH) / "templates"
OURS = Path(__file__).parents[2] / "hub_config/templates"
STOCK = (THEIRS / "page.html").read_text()


@pytest.mark.parametrize("pattern", [pattern for pattern, _change in CHANGES], ids=lambda pattern: pattern.pattern[:20])
def test_each_change_has_its_place_in_the_installed_page(pattern: re.Pattern[str]) -> None:
    assert len(pattern.findall(STOCK)) == 1


@pytest.mark.parametrize(("lean", "left"), [(True, 0), (False, 1)])
def test_the_page_says_its_language_and_lean_ones_carry_nothing_of_bootstraps(lean: bool, left: int) -> None:
    stock = DictLoader({"page.html": STOCK})
    ours = DictLoader({"page.html": '{% extends "templates/page.html" %}'})
    loader = ChoiceLoader([PrefixLoader({"templates": stock}), ours, stock])  # as JupyterHub has it
    environment = Environment(loader=loader, autoescape=True, extensions=[Shell])
    page = environment.get_template("page.html").render(
        aif={"language": "nl"}, lean=lean, static_url=lambda name, **_options: name
    )
    assert '<html lang="nl">' in page
    assert (page.count("requires JavaScript"), page.count('id="error-dialog"')) == (left, left)
    assert (page.count("require.config"), page.count("window.jhdata")) == (left, left)


@pytest.mark.parametrize("name", ["logout.html", "spawn.html"])
def test_a_page_of_ours_waits_for_no_script_that_waits_for_its_style_sheet(name: str) -> None:
    theirs, ours = FileSystemLoader(THEIRS), FileSystemLoader(OURS)
    loader = ChoiceLoader([PrefixLoader({"templates": theirs}), ours, theirs])
    environment = Environment(loader=loader, autoescape=True, extensions=[Speech, Shell])
    given = {"base_url": "/hub/", "xsrf_token": "x", "static_url": lambda name, **_options: name}
    page = environment.get_template(name).render(aif=Pages(Workbench(material.site())), **given)
    head, *sheets = page.split('<link rel="stylesheet"')
    assert (head.count("<script>"), len(sheets)) == (1, 1)
    below = re.findall(r"<script[^>]*>", sheets[0])
    assert [one for one in below if " defer" not in one] == ['<script type="application/json" id="given">']
    assert len(below) == 2
    assert ' blocking="render"' in below[1], "a first picture without it would be made twice"
