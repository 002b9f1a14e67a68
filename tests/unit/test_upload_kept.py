"""What lies there after an upload: the card beside a file, whose folder it is, and what a saved notebook says of it."""

from __future__ import annotations

import json
import stat
from datetime import date
from pathlib import Path

import pytest
from told_material import as_told, balance, write_session
from upload_material import BYTES, FINE, home

from aif import upload
from aif.data import card, place
from aif.data.arrive import Arrival
from aif.data.card import NoCard
from aif.data.form import NotYet
from aif.data.place import NoPlace, Place
from aif.upload import NoFile

__all__ = ["home"]  # a fixture


def test_a_colleague_reads_what_it_is(home: Path) -> None:
    (home / "orders.csv").write_bytes(BYTES)
    file = upload.bring(home / "orders.csv", **{**FINE, "until": "2100-01-01", "licence_name": "none needed"})
    assert file == home / place.NAME / "orders.csv"
    told = json.loads(card.beside(file).read_text())
    assert told.keys() == {
        *("version", "file", "bytes", "sha256", *FINE, "licence_name", "approval", "until", "kept_until"),
        *("answered_by", "answered_at", "project", "site"),
    }
    assert (told["kept_until"], told["project"], told["site"]) == ("2100-01-01", "inspect01", "AI Factory")
    read = upload.card(file)
    assert (read.size, read.answers.source) == (len(BYTES), "our sensors")
    assert "Kept until           1 January 2100" in repr(read)
    assert "Kept until" in read._repr_html_()


def test_without_a_day_of_ones_own_it_is_the_last_day_of_the_projects_data(home: Path) -> None:
    (home / "x").write_bytes(b"")
    assert upload.card(upload.bring(home / "x", **FINE)).kept_until == date(2100, 4, 26)


@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"version": 1}', "\xff"])
def test_a_file_without_a_card_is_said_to_be_nobody_knows_what(home: Path, text: str | None) -> None:
    if text is not None:
        (home / "x.about.json").write_text(text, encoding="latin-1")
    with pytest.raises(NoCard, match="treat it as personal data"):
        upload.card(home / "x")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"persons": "yes"}, "Ask first: There are people in it."),
        ({"origin": "secure"}, "may not leave the secure environment"),
        ({"secret": ""}, "Question 2 has no answer."),
    ],
)
def test_what_the_answers_do_not_allow_is_not_brought(home: Path, changes: dict[str, str], says: str) -> None:
    (home / "orders.csv").write_bytes(BYTES)
    with pytest.raises(NotYet, match=says):
        upload.bring(home / "orders.csv", **{**FINE, **changes})
    assert not (home / place.NAME).exists()


def test_a_file_that_is_not_there_is_named(home: Path) -> None:
    with pytest.raises(NoFile, match="cannot be read: No such file"):
        upload.bring(home / "none.csv", **FINE)


def test_what_is_in_the_way_of_the_folder_is_named(home: Path) -> None:
    (home / place.NAME).write_text("a file")
    with pytest.raises(NoPlace, match=r"The folder ~/own_data cannot be used"):
        Arrival(Place("home", home / place.NAME), "orders.csv", 0)


def test_a_projects_folder_that_leads_elsewhere_is_not_used(home: Path) -> None:
    (home / "elsewhere").mkdir()
    (home / place.NAME).symlink_to(home / "elsewhere")
    with pytest.raises(NoPlace, match="it leads elsewhere"):
        Arrival(Place("project", home / place.NAME), "x", 0)


def test_a_projects_folder_is_for_its_group_and_says_which(home: Path) -> None:
    base = home / "projects/inspect01"
    base.mkdir(parents=True)
    known = as_told(balance())
    write_session(home / "session", known, data={"project_dir": str(base)})
    (home / "x").write_bytes(b"1")
    file = upload.bring(home / "x", "project", **FINE)
    group = place._group(base.stat().st_gid)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o3770
    assert (stat.S_IMODE(file.stat().st_mode), file.stat().st_gid) == (0o640, base.stat().st_gid)
    assert place.readers(file) == place.expected(Place("project", base / place.NAME)) == ("group", group)
    assert f"everybody in the group “{group}”" in repr(upload())
    file.chmod(0o644)
    assert place.readers(file)[0] == "all"


def test_a_project_without_a_folder_has_the_home_alone(home: Path) -> None:
    write_session(home / "session", data={"project_dir": str(home / "none")})
    (home / "x").write_bytes(b"1")
    with pytest.raises(NotYet, match=r"There is no place 'project' here\. These are: home\."):
        upload.bring(home / "x", "project", **FINE)


def test_what_stays_in_a_notebook_says_where_who_and_until_when(home: Path) -> None:
    text = repr(upload())
    assert "Stored in: ~/own_data, AI Factory" in text
    assert f"Who sees it: You ({place.person()}), and the administrators of this system" in text
    assert "26 April 2100, the last day on which data of “Inspection pilot” can be read" in text
    assert "1. Are there people in it?" in text
    assert 'upload.check(persons="no"' in text
    assert "Are there people in it?" in upload()._repr_html_()
