"""The catalogue of tutorials as a page, and where its links lead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import hub_material as material
import pytest
from test_waiting_pages import ASKED, ENDED, NOW, PATHS, RUNS, rendered, speaking, text

from aif.tutorials import catalogue
from aif.tutorials.catalogue import Catalogue
from aif_hub.book import Session
from aif_hub.offered import offered
from aif_hub.progress import Standing
from aif_hub.speech import speak
from aif_hub.views import Look, home
from aif_hub.views_tutorials import address, lesson, tutorials

__all__ = ["speaking"]
SITE = material.site()
CARD = catalogue.DataCard("d", "data/d.py", {"en": "Orders", "nl": "Orders"}, "CC-BY-4.0", {"en": "made"}, "0", "yes")
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
    "all": {"en": "For every sector", "nl": "Voor elke sector"},
    "healthcare": {"en": "Healthcare", "nl": "Zorg"},
    "climate": {"en": "Climate", "nl": "Klimaat"},
}
KNOWN = Catalogue((FIRST, SECOND), SECTORS)
Standings = Mapping[str, Standing]


def so_far(**done: int) -> Standings:
    """Exercises that are done, of four, by tutorial; the later one is named, the later it was worked on."""
    return {
        f"0{at}_{name}": Standing(f"0{at}_{name}", 4, number, NOW + timedelta(minutes=later))
        for later, (name, number) in enumerate(done.items())
        for at in [["first", "second"].index(name) + 1]
    }


def page(
    sector: str = "", sessions: tuple[Session, ...] = (), known: Catalogue = KNOWN, standings: Standings | None = None
) -> str:
    shown = tutorials(known, sector, sessions, SITE, PATHS, standings or {})
    return rendered("tutorials.html", {"site": SITE}, page=shown)


def cards(html: str) -> list[str]:
    """What is read on each card."""
    return [text(card) for card in html.split('data-tutorial="')[1:]]


def test_a_card_says_time_size_price_languages_data_and_licence() -> None:
    said = text(page())
    for word in ("What is half?", "1 h 10 min", "Small GPU part", "at most 0.17 GPU-hours", "English , Nederlands"):
        assert word in said
    assert "Orders (CC-BY-4.0)" in said
    assert "BSD-3-Clause Free for business use" in said
    assert "BSD-3-Clause Not for business use" in said
    assert "What is &lt;b&gt;a&lt;/b&gt; third?" in page()


def test_a_price_is_rounded_up_as_the_headers_are() -> None:
    an_hour = Catalogue((replace(FIRST, minutes=60),), SECTORS)
    assert tutorials(an_hour, "", (), SITE, PATHS, {}).cards[0].price == "at most 0.15 GPU-hours"
    free = Catalogue((replace(FIRST, profile="cpu"),), SECTORS)
    assert tutorials(free, "", (), SITE, PATHS, {}).cards[0].price == "No GPU-hours"


@pytest.mark.parametrize(
    ("profile", "gpu_kernel", "said"), [("cpu", "aif-gpu", True), ("cpu", "", False), ("slice", "aif-gpu", False)]
)
def test_a_card_of_a_size_without_a_gpu_says_where_one_would_be_used(profile: str, gpu_kernel: str, said: bool) -> None:
    html = page(known=Catalogue((replace(FIRST, profile=profile, gpu_kernel=gpu_kernel),), SECTORS))
    assert ("GPU Not needed, but used where there is one" in text(html)) == said


def test_each_data_set_says_in_a_fold_out_where_it_comes_from() -> None:
    elsewhere = replace(CARD, source=dict.fromkeys(("en", "nl"), "https://example.org/orders"), sha256="a1" * 32)
    html = page(known=Catalogue((replace(FIRST, data=(CARD, elsewhere)),), SECTORS))
    (folded,) = re.findall(r'<details class="fold tutorial__origins">(.*?)</details>', html, re.DOTALL)
    said = text(folded)
    assert "Where its data come from : What is half? Orders" in said
    assert "Source made Licence CC-BY-4.0 Business use yes File data/d.py Checksum (SHA-256) 0" in said
    assert "a1" * 32 in said
    assert folded.count("<h3>") == 2
    assert '<a href="https://example.org/orders" rel="noreferrer">' in folded
    assert "Business use no" in text(page("healthcare"))


def test_a_licence_that_tutorial_and_data_share_is_said_once() -> None:
    one = replace(FIRST, data=(replace(CARD, licence=FIRST.licence),))
    unfolded = page(known=Catalogue((one,), SECTORS)).split("<details", 1)[0]
    assert text(unfolded).count("BSD-3-Clause") == 1


def test_a_size_that_the_site_lacks_has_no_price() -> None:
    card = tutorials(KNOWN, "healthcare", (), SITE, PATHS, {}).cards[0]
    assert (card.hardware, card.price) == ("", "")


@pytest.mark.parametrize("speaking", ["nl"], indirect=True)
def test_it_speaks_dutch(speaking: None) -> None:
    said = text(page())
    assert all(
        word in said for word in ("Wat is de helft?", "Zorg", "1 u 10 min", "hooguit 0,17 GPU-uur", "Begin eraan")
    )
    assert "Healthcare" not in said


def test_sectors_with_tutorials_can_be_chosen_and_others_show_all() -> None:
    shown = tutorials(KNOWN, "healthcare", (), SITE, PATHS, {})
    assert [(one.name, one.count, one.chosen) for one in shown.sectors] == [
        ("", 2, False),
        ("all", 1, False),
        ("healthcare", 1, True),
    ]
    assert [card.name for card in shown.cards] == ["02_second"]
    assert len(tutorials(KNOWN, "climate", (), SITE, PATHS, {}).cards) == 2
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


def test_a_link_to_one_that_was_begun_asks_jupyterlab_to_go_on_there_also_by_way_of_a_start() -> None:
    there = "/user/marieke/lab/tree/tutorials/01_first.ipynb?aif=continue"
    assert address(FIRST, (RUNS,), SITE, PATHS, begun=True) == there
    assert parse_qs(urlsplit(address(FIRST, (), SITE, PATHS, begun=True)).query)["next"] == [there]


def test_beside_a_session_that_waits_or_is_stopped_a_new_one_is_started() -> None:
    for busy in (ASKED, replace(RUNS, stop_asked=True)):
        assert urlsplit(address(FIRST, (busy,), SITE, PATHS)).path == "/hub/spawn/marieke/session-2"


def test_a_link_that_starts_over_leads_to_its_page_in_the_session_or_by_way_of_a_start() -> None:
    assert address(FIRST, (RUNS,), SITE, PATHS, again=True) == "/user/marieke/aif/tutorials/01_first/again"
    query = parse_qs(urlsplit(address(FIRST, (), SITE, PATHS, again=True)).query)
    assert query["next"] == ["/user/marieke/aif/tutorials/01_first/again"]


def test_who_has_begun_nothing_is_offered_nothing_to_continue_or_to_start_over() -> None:
    said = page()
    assert [card.count("Not begun") for card in cards(said)] == [1, 1]
    assert not {"Continue where you were", "Start over"} & set(re.findall("Continue where you were|Start over", said))


def test_each_card_says_how_far_the_person_is_and_what_was_opened_last_is_on_top() -> None:
    said = page(standings=so_far(second=1, first=4))
    first, second = cards(said)
    assert "For every sector Done What is half? Halve a sum. 4 of 4 exercises done" in first
    assert "Healthcare Working on it What" in second
    assert "1 of 4 exercises done" in second
    assert "/hub/aif/tutorial/01_first/again" in said
    top = said.split('class="sectors"')[0]
    assert "Continue where you were 1 of 2 tutorials done What is &lt;b&gt;a&lt;/b&gt; third?" in text(top)
    assert 'id="continue" href="/hub/aif/tutorial/02_second"' in top


@pytest.mark.parametrize(
    ("standings", "kind", "name"),
    [
        ({}, "first", "01_first"),
        (so_far(first=0), "working", "01_first"),
        (so_far(second=2, first=0), "working", "01_first"),
        (so_far(first=2, second=0), "working", "02_second"),
        (so_far(second=4), "next", "01_first"),
        (so_far(first=4, second=4), "all", ""),
        ({"09_gone": Standing("09_gone", 4, 1, NOW)}, "first", "01_first"),
    ],
)
def test_a_person_goes_on_where_they_were_or_with_the_next(standings: Standings, kind: str, name: str) -> None:
    found = lesson(KNOWN, (), SITE, PATHS, standings)
    assert found is not None
    assert (found.kind, found.name) == (kind, name)
    assert found.url == (f"/hub/aif/tutorial/{name}" if name else "")


def test_a_newer_version_is_said_on_the_card_of_who_changed_theirs() -> None:
    newer = {"01_first": Standing("01_first", 1, 0, NOW, newer=True)}
    first, second = cards(page(standings=newer))
    assert "There is a newer version. Yours stays as it is until you start over" in first
    assert "0 of 1 exercise done" in first
    assert "newer" not in second.split("Your copy is yours")[0]


def on_home(standings: Standings, known: Catalogue = KNOWN, sessions: tuple[Session, ...] = ()) -> str:
    goes_on = lesson(known, sessions, SITE, PATHS, standings)
    shown = home(sessions, lambda _: Look(), NOW, SITE, PATHS, (), goes_on)
    people = {"person": lambda _: SimpleNamespace(name="Marieke")}
    return rendered("home.html", people, page=shown).split('id="start-something"')[1]


def test_home_offers_the_first_of_the_catalogue_then_where_the_person_was() -> None:
    first = text(on_home({}))
    facts = "1 h 10 min · Small GPU part · at most 0.17 GPU-hours"
    assert f"Learn What is half? Halve a sum. {facts} Start the lesson" in first
    there = on_home(so_far(first=2), sessions=(RUNS,))
    assert "Learn: continue where you were Working on it What is half? Halve a sum. 2 of 4 exercises done" in text(
        there
    )
    assert re.search(r'id="learn" href="/hub/aif/tutorial/01_first">Open the lesson', there)
    assert "You have done every tutorial" in text(on_home(so_far(first=4, second=4)))


def test_home_has_one_primary_button_also_where_there_is_nothing_to_learn() -> None:
    nothing = on_home({}, Catalogue())
    assert "Learn" not in text(nothing)
    assert re.findall(r'<a class="button button--primary" id="(\w+)"', nothing) == ["start"]
    assert re.findall(r'<a class="button button--primary" id="(\w+)"', on_home({})) == ["learn"]


@pytest.mark.parametrize("speaking", ["nl"], indirect=True)
def test_progress_is_said_in_dutch(speaking: None) -> None:
    said = text(page(standings=so_far(first=2)))
    for word in ("Verder waar u was", "Mee bezig 2 van 4 oefeningen gedaan", "Nog niet begonnen", "Opnieuw beginnen"):
        assert word in said
    assert "Leren: verder waar u was Mee bezig Wat is de helft?" in text(on_home(so_far(first=2)))
    sector = text(on_home(so_far(first=4)))
    assert "Leren: de volgende Een vraag uit uw eigen sector" in sector
    assert "Zorg Kies uw sector" in sector


def test_the_catalogue_is_read_again_when_its_file_changes(tmp_path: Path) -> None:
    site = SimpleNamespace(session=SimpleNamespace(tutorials_dir=str(tmp_path)))
    assert offered(site).entries == ()  # type: ignore[arg-type]
    (tmp_path / "catalogue.toml").write_text('[sector]\nall = { en = "Everyone", nl = "Iedereen" }\n')
    assert offered(site).sectors == {"all": {"en": "Everyone", "nl": "Iedereen"}}  # type: ignore[arg-type]
    assert offered(site) is offered(site)  # type: ignore[arg-type]


def test_a_catalogue_that_cannot_be_read_is_an_empty_one_and_stands_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    site = SimpleNamespace(session=SimpleNamespace(tutorials_dir=str(tmp_path)))
    (tmp_path / "catalogue.toml").write_text("[")
    assert offered(site) == Catalogue()  # type: ignore[arg-type]
    assert "catalogue.toml" in caplog.text
    speak("en")
