"""Saved choices on a real SQLite file: each person's own, few, and with plain names."""

from __future__ import annotations

from pathlib import Path

import pytest
from hub_material import database

from aif_hub.choices import LONGEST_TITLE, MOST, NO_TITLE, TOO_MANY, SavedChoices

SLICE = {"profile": "slice", "minutes": "120", "project": "inspect01"}


@pytest.fixture
def choices(tmp_path: Path) -> SavedChoices:
    return SavedChoices(database(tmp_path / "hub.sqlite"))


def test_a_choice_is_kept_under_its_name_across_a_restart(choices: SavedChoices, tmp_path: Path) -> None:
    assert choices.save("demo-a", "  Morning \n run ", {**SLICE, "evil": "1"}) == ""
    (one,) = SavedChoices(database(tmp_path / "hub.sqlite")).of("demo-a")
    assert (one.title, one.options) == ("Morning run", SLICE)
    assert one.query == "profile=slice&minutes=120&project=inspect01"


def test_the_same_name_replaces_and_no_name_keeps_nothing(choices: SavedChoices) -> None:
    choices.save("demo-a", "Run", SLICE)
    choices.save("demo-a", "Run", {**SLICE, "minutes": "60"})
    assert choices.save("demo-a", " \t", SLICE) == NO_TITLE
    assert [one.options["minutes"] for one in choices.of("demo-a")] == ["60"]


def test_nobody_touches_anothers(choices: SavedChoices) -> None:
    choices.save("demo-a", "Run", SLICE)
    (mine,) = choices.of("demo-a")
    choices.change("demo-b", {mine.choice: "Stolen"}, [mine.choice])
    assert choices.of("demo-b") == []
    assert choices.of("demo-a") == [mine]
    choices.change("demo-a", {mine.choice: "Walk"}, [])
    assert [one.title for one in choices.of("demo-a")] == ["Walk"]
    choices.change("demo-a", {mine.choice: "Gone"}, [mine.choice])
    assert choices.of("demo-a") == []


def test_a_person_keeps_few_and_short_names(choices: SavedChoices) -> None:
    kept = [choices.save("demo-a", f"{n:02d}" + "x" * 99, SLICE) for n in range(MOST + 1)]
    assert kept == [""] * MOST + [TOO_MANY]
    assert {len(one.title) for one in choices.of("demo-a")} == {LONGEST_TITLE}
