"""A file that JupyterLab's list of files took, after the four questions: private, with its card, or not taken."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest
from upload_material import BYTES, FINE, home

from aif import upload
from aif.data import card, listed, noted
from aif.data.answers import Answers
from aif.data.form import NotYet, here

__all__ = ["home"]  # a fixture
ANSWERS = Answers.parse(FINE)


def notes() -> list[tuple[str, str, str]]:
    found = [json.loads(file.read_text()) for file in noted.folder().glob("*.json")] if noted.folder().exists() else []
    return [(one["verdict"], one["place"], one["until"]) for one in found]


def came(folder: Path) -> Path:
    """As Jupyter writes one: everybody may read it."""
    folder.mkdir(exist_ok=True)
    file = folder / "orders.csv"
    file.write_bytes(BYTES)
    file.chmod(0o644)
    return file


def test_it_is_asked_with_where_it_will_lie_who_sees_it_and_until_when(home: Path) -> None:
    told = listed.asked(here(), home / "data")
    where, who, until = (value for _, value in told["rows"])
    assert (where.split(",")[0], who.split(" (")[0], until.split(",")[0]) == ("~/data", "You", "26 April 2100")
    assert told["verdict"]["state"] == "open"
    assert listed.asked(here(), Path.home())["rows"][0][1] == "~, AI Factory"


def test_a_file_that_may_come_is_the_persons_alone_and_has_its_card(home: Path) -> None:
    file = came(home / "data")
    told = listed.kept(here(), ANSWERS, file)
    assert [stat.S_IMODE(each.stat().st_mode) for each in (file, card.beside(file))] == [0o600, 0o600]
    about = upload.card(file)
    assert (about.file, about.size, about.answers) == ("orders.csv", len(BYTES), ANSWERS)
    assert told["card"] == "orders.csv.about.json"
    assert told["rows"][1][1].startswith("You (")
    assert notes() == [("allowed", "home", "2100-04-26")]


def test_answers_that_do_not_allow_it_give_no_card_and_are_written_down_without_its_name(home: Path) -> None:
    file, people = came(home / "data"), Answers.parse({**FINE, "persons": "yes"})
    with pytest.raises(NotYet):
        listed.kept(here(), people, file)
    assert not card.beside(file).exists()
    listed.refused(here(), people, file.parent)
    listed.refused(here(), Answers(), file.parent)  # put off, and nothing said against it
    assert notes() == [("ask", "home", "")]


def test_a_folder_that_leads_out_of_the_home_is_not_said_to_be_the_persons_alone(
    home: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    shared = tmp_path_factory.mktemp("project")
    os.symlink(shared, home / "project")
    file = came(home / "project")
    assert "everybody in the group" in listed.asked(here(), file.parent)["rows"][1][1]
    assert "everybody in the group" in listed.kept(here(), ANSWERS, file)["rows"][1][1]
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
