"""The first hour's path through the tutorials: the first one, one of the person's own sector, the second one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from test_tutorial_pages import FIRST, KNOWN, SECOND, SECTORS, SITE, on_home, page, so_far
from test_waiting_pages import NOW, PATHS, text

from aif.tutorials import catalogue
from aif.tutorials.catalogue import Catalogue
from aif_hub.progress import Standing
from aif_hub.views_progress import going_on, in_a_session
from aif_hub.views_tutorials import lesson

#: What is done of the tutorials that are shipped, and what comes next then.
PATH = [
    ((), "first", "01_spreadsheet"),
    (("01_spreadsheet",), "sector", ""),
    (("01_spreadsheet", "12_manuals"), "sector", ""),
    (("01_spreadsheet", "06_vehicles"), "next", "02_data"),
    (("01_spreadsheet", "12_manuals", "06_vehicles"), "next", "02_data"),
    (("01_spreadsheet", "06_vehicles", "02_data"), "next", "03_readmission"),
    (("02_data",), "next", "01_spreadsheet"),
    (("06_vehicles",), "next", "01_spreadsheet"),
]


@pytest.mark.parametrize(("done", "kind", "name"), PATH)
def test_after_the_first_tutorial_comes_one_of_the_persons_own_sector_and_then_the_second(
    done: tuple[str, ...], kind: str, name: str
) -> None:
    shipped = catalogue.read(Path(__file__).parents[2] / "tutorials")
    standings = {each: Standing(each, 3, 3, NOW) for each in done}
    assert set(done) <= {entry.name for entry in shipped.entries}
    found = lesson(shipped, (), SITE, PATHS, standings)
    assert found is not None
    assert (found.kind, found.name) == (kind, name)
    half = Standing("09_payments", 3, 1, NOW)
    assert going_on(shipped, {**standings, half.name: half}) == ("working", shipped.entry(half.name))


def test_without_a_tutorial_of_a_sector_the_next_one_is_that_of_the_catalogue() -> None:
    everyones = Catalogue((FIRST, replace(SECOND, sector="all")), SECTORS)
    assert going_on(everyones, so_far(first=4)) == ("next", everyones.entries[1])


def test_a_session_is_told_what_to_open_and_nothing_where_the_person_chooses() -> None:
    told = [in_a_session(lesson(KNOWN, (), SITE, PATHS, so_far(first=done))) for done in (2, 4)]
    card = {
        "name": "01_first",
        "question": "What is half?",
        "text": "Halve a sum.",
        "facts": ("1 h 10 min", "Small GPU part", "at most 0.17 GPU-hours"),
        "licence": "BSD-3-Clause",
        "badge": "Free for business use",
        "url": "/hub/aif/tutorial/01_first",
    }
    assert told == [{"kind": "working", "count": "2 of 4 exercises done", **card}, None]
    assert in_a_session(lesson(KNOWN, (), SITE, PATHS, so_far(first=4, second=4))) is None
    assert in_a_session(None) is None


def test_who_is_to_choose_is_led_to_the_sectors() -> None:
    top, rest = page(standings=so_far(first=4)).split("<nav ", 1)
    said = "The next one 1 of 2 tutorials done A question from your own sector Choose the one that is closest"
    assert said in text(top)
    assert re.search(r'id="continue" href="/hub/aif/tutorials#sectors">Choose your sector<', top)
    assert 'id="sectors"' in rest.split(">")[0]


def test_home_leads_to_the_sectors_after_the_first_of_the_catalogue() -> None:
    there = on_home(so_far(first=4))
    said = "Learn: the next one A question from your own sector Choose the one that is closest to your work. Healthcare"
    assert f"{said} Choose your sector Explore" in text(there)
    assert re.search(r'button--primary" id="learn" href="/hub/aif/tutorials#sectors">', there)
