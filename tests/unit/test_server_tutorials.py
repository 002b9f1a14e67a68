"""Tutorials reach the person's home as notebooks, and a person's own work is never written over."""

import json

import pytest
from fakehub import REPOSITORY

from aif.server.tutorials import bring, source_dir

pytest.importorskip("jupytext")


@pytest.fixture
def site(tmp_path):
    source = tmp_path / "site"
    (source / "data").mkdir(parents=True)
    (source / "01_first.py").write_text('# %% [markdown]\n# # One\n\n# %% tags=["solution"]\n1 + 1\n')
    (source / "data" / "maker.py").write_text("A = 1\n")
    (source / "catalogue.toml").write_text("")
    return source


def test_a_first_session_gets_notebooks_and_their_data_makers(site, tmp_path):
    home = tmp_path / "home" / "tutorials"
    assert bring(site, home) == ["01_first.ipynb", "data/maker.py"]
    notebook = json.loads((home / "01_first.ipynb").read_text())
    assert [cell["cell_type"] for cell in notebook["cells"]] == ["markdown", "code"]
    assert notebook["cells"][1]["metadata"]["tags"] == ["solution"]
    assert "jupytext" not in notebook["metadata"]


def test_a_second_session_writes_nothing(site, tmp_path):
    bring(site, tmp_path / "t")
    assert bring(site, tmp_path / "t") == []


def test_a_new_release_replaces_untouched_copies_only(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home)
    (home / "01_first.ipynb").write_text("my own work")
    (site / "01_first.py").write_text("# %%\n2 + 2\n")
    (site / "data" / "maker.py").write_text("A = 2\n")
    assert bring(site, home) == ["data/maker.py"]
    assert (home / "01_first.ipynb").read_text() == "my own work"


def test_a_file_that_was_there_before_us_is_the_persons(site, tmp_path):
    home = tmp_path / "t"
    home.mkdir()
    (home / "01_first.ipynb").write_text("mine")
    assert bring(site, home) == ["data/maker.py"]
    (home / ".aif-tutorials.json").write_text("not json")
    assert bring(site, home) == []
    assert (home / "01_first.ipynb").read_text() == "mine"


def test_a_deleted_tutorial_comes_back_since_home_links_to_it(site, tmp_path):
    bring(site, tmp_path / "t")
    (tmp_path / "t" / "01_first.ipynb").unlink()
    assert bring(site, tmp_path / "t") == ["01_first.ipynb"]


def test_a_site_without_tutorials_is_no_fault(tmp_path):
    assert bring(tmp_path / "none", tmp_path / "t") == []
    assert not (tmp_path / "t").exists()


def test_the_site_may_name_the_place():
    assert str(source_dir("/site/t")) == "/site/t"
    assert source_dir("").parts[-3:] == ("share", "aif", "tutorials")


def test_our_own_tutorials_can_be_brought(tmp_path):
    assert "01_spreadsheet.ipynb" in bring(REPOSITORY / "tutorials", tmp_path)
