"""The catalogue of tutorials as a page, and where its links lead."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import hub_material as material
import pytest
from test_waiting_pages import ASKED, ENDED, PATHS, RUNS, rendered, speaking, text

from aif.tutorials import catalogue
from aif.tutorials.catalogue import Catalogue
from aif_hub.book import Session
from aif_hub.speech import speak
from aif_hub.tutorial_pages import offered
from aif_hub.views_tutorials import address, tutorials

__all__ = ["speaking"]
SITE = material.site()
CARD = catalogue.DataCard("d", "data/d.py", {"en": "Orders", "nl": "Orders"}, "CC-BY-4.0", "made", "0", "yes")
FIRST = catalogue.Entry(
    name="01_first",
    question={"en": "What is half?", "nl": "Wat is de helft?"},
    text={"en": "Halve a sum.", "nl": "Halveer een som."},
    sector="all",
    minutes=70,
    run_minutes=1.0,
    profile="slice",
    kernel="aif-python",
    languages=("en", "nl"),
    licence="BSD-3-Clause",
    data=(CARD,),
)
SECOND = replace(
    FIRST,
    name="02_second",
    question={"en": "What is <b>a</b> third?", "nl": "Wat is een derde?"},
    sector="healthcare",
    profile="gone",
    languages=("en",),
    data=(replace(CARD, business_use="no"),),
)
SECTORS = {
    "all": {"en": "Everyone", "nl": "Iedereen"},
    "healthcare": {"en": "Healthcare", "nl": "Zorg"},
    "climate": {"en": "Climate", "nl": "Klimaat"},
}
KNOWN = Catalogue((FIRST, SECOND), SECTORS)


def page(sector: str = "", sessions: tuple[Session, ...] = (), known: Catalogue = KNOWN) -> str:
    shown = tutorials(known, sector, sessions, SITE, PATHS)
    return rendered("tutorials.html", {"site": SITE}, page=shown)


def test_a_card_says_time_size_price_languages_data_and_licence() -> None:
    said = text(page())
    for word in ("What is half?", "1 h 10 min", "Small GPU part", "0.17 GPU-hours", "English , Nederlands"):
        assert word in said
    assert "Orders (CC-BY-4.0)" in said
    assert "BSD-3-Clause Free for business use" in said
    assert "BSD-3-Clause Not for business use" in said
    assert "What is &lt;b&gt;a&lt;/b&gt; third?" in page()


def test_a_licence_that_tutorial_and_data_share_is_said_once() -> None:
    one = replace(FIRST, data=(replace(CARD, licence=FIRST.licence),))
    assert text(page(known=Catalogue((one,), SECTORS))).count("BSD-3-Clause") == 1


def test_a_size_that_the_site_lacks_has_no_price() -> None:
    card = tutorials(KNOWN, "healthcare", (), SITE, PATHS).cards[0]
    assert (card.hardware, card.price) == ("", "")


@pytest.mark.parametrize("speaking", ["nl"], indirect=True)
def test_it_speaks_dutch(speaking: None) -> None:
    said = text(page())
    assert all(word in said for word in ("Wat is de helft?", "Zorg", "1 u 10 min", "0,17 GPU-uur", "Begin eraan"))
    assert "Healthcare" not in said


def test_sectors_with_tutorials_can_be_chosen_and_others_show_all() -> None:
    shown = tutorials(KNOWN, "healthcare", (), SITE, PATHS)
    assert [(one.name, one.count, one.chosen) for one in shown.sectors] == [
        ("", 2, False),
        ("all", 1, False),
        ("healthcare", 1, True),
    ]
    assert [card.name for card in shown.cards] == ["02_second"]
    assert len(tutorials(KNOWN, "climate", (), SITE, PATHS).cards) == 2
    assert re.findall(r'href="/hub/aif/tutorials\?sector=healthcare" aria-current="true"', page("healthcare"))


def test_a_site_without_tutorials_says_so() -> None:
    assert "There are no tutorials here yet." in text(page(known=Catalogue()))


def test_without_a_session_a_link_leads_to_the_start_with_size_and_length_filled_in() -> None:
    place = urlsplit(address(FIRST, (ENDED,), SITE, PATHS))
    assert place.path == "/hub/spawn/marieke"
    assert parse_qs(place.query) == {
        "profile": ["slice"],
        "minutes": ["90"],
        "next": ["/user/marieke/lab/tree/tutorials/01_first.ipynb"],
    }
    assert set(parse_qs(urlsplit(address(SECOND, (), SITE, PATHS)).query)) == {"next"}
    assert "Start it" in text(page())


def test_with_a_ready_session_a_link_opens_the_notebook_in_it() -> None:
    ready = replace(RUNS, server_name="session-2")
    assert address(FIRST, (ready,), SITE, PATHS) == "/user/marieke/session-2/lab/tree/tutorials/01_first.ipynb"
    assert "Open it" in text(page(sessions=(ready,)))


def test_beside_a_session_that_waits_or_is_stopped_a_new_one_is_started() -> None:
    for busy in (ASKED, replace(RUNS, stop_asked=True)):
        assert urlsplit(address(FIRST, (busy,), SITE, PATHS)).path == "/hub/spawn/marieke/session-2"


def test_the_catalogue_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    site = SimpleNamespace(session=SimpleNamespace(tutorials_dir=str(tmp_path)))
    assert offered(site).entries == ()  # type: ignore[arg-type]
    (tmp_path / "catalogue.toml").write_text('[sector]\nall = { en = "Everyone", nl = "Iedereen" }\n')
    assert offered(site).sectors == {"all": {"en": "Everyone", "nl": "Iedereen"}}  # type: ignore[arg-type]
    assert offered(site) is offered(site)  # type: ignore[arg-type]
    speak("en")
