"""What is set right in JupyterHub's own page: found in the installed release, and right after it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH

from aif_hub.shell import CHANGES, Shell

STOCK = (Path(DATA_FILES_PATH) / "templates/page.html").read_text()


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
