"""Tutorials reach the person's home as notebooks, and a person's own work is never written over."""

import json
from datetime import datetime

import pytest
from fakehub import REPOSITORY

from aif.server import changes
from aif.server.tutorials import NothingToStartOver, bring, brought_from, newer, news, source_dir, start_over

FIRST = """# %% [markdown]
# # One

# %%
exercise = tutorial("01_first")

# %% tags=["solution"]
# solution 1
answer = 1 + 1
"""


@pytest.fixture
def site(tmp_path):
    source = tmp_path / "site"
    for folder in ("data", "checks", "nl"):
        (source / folder).mkdir(parents=True)
    (source / "01_first.py").write_text(FIRST)
    (source / "nl/01_first.po").write_text('msgid "# One"\nmsgstr "# Een"\n')
    (source / "checks/01_first.py").write_text("")
    (source / "data/maker.py").write_text("A = 1\n")
    return source


EVERYTHING = ["01_first.ipynb", "checks/01_first.py", "checks/01_first.json", "data/maker.py"]


def test_a_first_session_gets_notebooks_without_solutions_and_what_they_need(site, tmp_path):
    home = tmp_path / "home" / "tutorials"
    assert bring(site, home) == EVERYTHING
    notebook = json.loads((home / "01_first.ipynb").read_text())
    assert ["".join(cell["source"]) for cell in notebook["cells"]] == ["# One", 'exercise = tutorial("01_first")']
    told = json.loads((home / "checks/01_first.json").read_text())
    assert told["exercises"] == {"1": {"en": "answer = 1 + 1", "nl": "answer = 1 + 1"}}
    assert brought_from(home) == site


def test_a_second_session_writes_nothing(site, tmp_path):
    bring(site, tmp_path / "t")
    kept = (tmp_path / "t/.aif-tutorials.json").stat().st_mtime_ns
    assert bring(site, tmp_path / "t") == []
    assert (tmp_path / "t/.aif-tutorials.json").stat().st_mtime_ns == kept


def test_it_comes_in_the_persons_language_and_an_untouched_copy_follows(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home, "nl")
    assert "# Een" in (home / "01_first.ipynb").read_text()
    assert 'tutorial(\\"01_first\\", language=\\"nl\\")' in (home / "01_first.ipynb").read_text()
    assert bring(site, home, "en") == ["01_first.ipynb"]
    assert bring(site, home, "fr") == []


def test_a_new_release_replaces_untouched_copies_only(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home)
    (home / "01_first.ipynb").write_text("my own work")
    assert not newer(home, "01_first")
    (site / "01_first.py").write_text("# %%\n2 + 2\n")
    (site / "data" / "maker.py").write_text("A = 2\n")
    assert bring(site, home) == ["checks/01_first.json", "data/maker.py"]
    assert (home / "01_first.ipynb").read_text() == "my own work"
    assert newer(home, "01_first")


PARTS = "# %% [markdown]\n# # One\n\n# %% [markdown]\n# ## Model\n\n# %%\nmodel = 1\n\n# %% [markdown]\n# ## Limits\n"


def test_a_copy_that_is_no_text_or_no_file_any_more_stays_and_keeps_nothing_from_coming(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home)
    (home / "01_first.ipynb").write_bytes(b"\xff\xfe")
    (home / "checks/01_first.py").unlink()
    (home / "checks/01_first.py").mkdir()
    (site / "01_first.py").write_text("# %%\n2 + 2\n")
    (site / "checks/01_first.py").write_text("B = 1\n")
    (site / "data/maker.py").write_text("A = 2\n")
    assert bring(site, home) == ["checks/01_first.json", "data/maker.py"]
    assert (home / "01_first.ipynb").read_bytes() == b"\xff\xfe"


def test_what_a_new_release_changed_is_told_to_who_changed_their_copy(site, tmp_path):
    home = tmp_path / "t"
    (site / "01_first.py").write_text(PARTS)
    bring(site, home)
    (home / "01_first.ipynb").write_text("my own work")
    release = PARTS.replace("model = 1", "model = 2").replace("## Limits", "## Risks")
    (site / "01_first.py").write_text(release)
    bring(site, home, "nl")
    assert news(home, "01_first") == ["Model", "Risks", "Limits"]
    (site / "01_first.py").write_text(PARTS)
    bring(site, home)
    assert (newer(home, "01_first"), news(home, "01_first")) == (False, [])


def test_another_language_or_another_catalogue_is_no_newer_version(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home)
    (home / "01_first.ipynb").write_text("my own work")
    (site / "catalogue.toml").write_text("")
    for language in ("en", "nl"):
        bring(site, home, language)
        assert not newer(home, "01_first")
    start_over(site, home, "01_first", "nl")
    (home / "01_first.ipynb").write_text("more of it")
    (site / "nl/01_first.po").write_text('msgid "# One"\nmsgstr "# Eén"\n')
    bring(site, home, "en")
    assert news(home, "01_first") == ["Eén", "Een"]


def test_parts_are_told_apart_by_their_headings():
    def notebook(*cells):
        return json.dumps({"cells": [{"cell_type": kind, "source": [text]} for kind, text in cells]})

    old = notebook(("markdown", "# One"), ("code", "a = 1"), ("markdown", "## Two"), ("code", "b = 1"))
    new = notebook(("markdown", "# One"), ("code", "a = 1"), ("markdown", "## Two"), ("markdown", "b = 1"))
    assert changes.changed(changes.parts(old), changes.parts(new)) == ["Two"]
    assert changes.changed(changes.parts(old), changes.parts(old)) == []


def test_starting_over_keeps_what_the_person_had(site, tmp_path):
    home, now = tmp_path / "t", datetime(2027, 4, 1, 14, 30)
    bring(site, home)
    for work in ("my own work", "more of it"):
        (home / "01_first.ipynb").write_text(work)
        start_over(site, home, "01_first", "nl", now)
    assert "# Een" in (home / "01_first.ipynb").read_text()
    assert (home / "01_first 2027-04-01 14.30.ipynb").read_text() == "my own work"
    assert (home / "01_first 2027-04-01 14.30 (2).ipynb").read_text() == "more of it"
    assert not newer(home, "01_first")
    assert bring(site, home, "nl") == []


def test_starting_over_without_a_copy_gives_one_and_keeps_nothing(site, tmp_path):
    assert start_over(site, tmp_path / "t", "01_first") is None
    assert "# One" in (tmp_path / "t/01_first.ipynb").read_text()
    with pytest.raises(NothingToStartOver, match="there are 01_first"):
        start_over(site, tmp_path / "t", "02_other")


def test_a_file_that_was_there_before_us_is_the_persons(site, tmp_path):
    home = tmp_path / "t"
    home.mkdir()
    (home / "01_first.ipynb").write_text("mine")
    assert bring(site, home) == EVERYTHING[1:]
    (home / ".aif-tutorials.json").write_text("not json")
    assert bring(site, home) == []
    assert (home / "01_first.ipynb").read_text() == "mine"


def test_a_copy_that_an_earlier_version_brought_follows_when_untouched(site, tmp_path):
    home = tmp_path / "t"
    bring(site, home)
    files = json.loads((home / ".aif-tutorials.json").read_text())["files"]
    earlier = {name: {"release": "another", "written": told["written"]} for name, told in files.items()}
    (home / ".aif-tutorials.json").write_text(json.dumps(earlier))
    assert bring(site, home) == EVERYTHING


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
