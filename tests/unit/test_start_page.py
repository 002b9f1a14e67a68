"""The start page does not wait for Slurm's estimate, says nothing untrue meanwhile, and its script gets the answer."""

from __future__ import annotations

import asyncio
import doctest
import html
import re
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hub_material import CPU, LOGIN, PROJECTS, SLICE, site
from hub_material import request as hub_request
from test_estimates import Table

from aif.core.ledger.allocation import Allocation
from aif.core.planned import Partition, Reservation
from aif.core.request import JobRequest
from aif_hub import free, pages, start_page
from aif_hub.calendar import Calendar
from aif_hub.estimates import FEWEST, Estimate, Honesty, Record
from aif_hub.pages import Pages, now
from aif_hub.shared_calendar import SharedCalendar
from aif_hub.speech import speak
from aif_hub.start_page import GLANCE_SECONDS, PATIENCE_SECONDS
from aif_hub.workbench import Workbench

FREE = {"h100_1g.10gb": (9, 49)}


class Desk:
    """A hub with one cluster, where `slurm` says when something would start once its gate is open."""

    def __init__(self, folder: Path) -> None:
        table = Table(folder / "hub.sqlite")
        table.clock = now  # type: ignore[assignment]
        table.open()
        table.oracle.gate.clear()
        table.oracle.answer = now()
        self.slurm, self.estimates, self.waits = table.oracle, table.estimates, list[float | None]()
        asked, here, self.calendar = self.estimates.of, site(), Calendar()

        async def of(login: str, request: JobRequest, patience: float | None = None) -> Estimate | None:
            self.waits.append(patience)
            return await asked(login, request, patience)

        self.estimates.of = of  # type: ignore[method-assign]

        async def given(value: Any) -> Any:
            return value

        allocation = Allocation("inspect01", "inspect01")
        bench = SimpleNamespace(
            attach=lambda settings: None,
            site=here,
            free={"demo": SimpleNamespace(now=lambda patience=None: given(FREE), as_of=now())},
            calendars={"demo": SimpleNamespace(now=lambda patience=None: given(self.calendar), asking=False)},
            projects=SimpleNamespace(of=lambda login: given(PROJECTS[:1]), trouble=""),
            ledger=SimpleNamespace(of=lambda *_: given([]), allocations_of=lambda project: [allocation]),
            correspondents=SimpleNamespace(address=lambda login, domain: ""),
            sessions=SimpleNamespace(book=SimpleNamespace(of=lambda login: [])),
            choices=SimpleNamespace(of=lambda login: []),
            estimates=self.estimates,
        )
        self.user = SimpleNamespace(name=LOGIN, settings={"aif": bench})
        self.pages = Pages(Workbench(here))

    async def page(self) -> str:
        """The form's part about the choice, as HTML."""
        spawner = SimpleNamespace(user=self.user, name="", hub=SimpleNamespace(base_url="/hub/"))
        form = await self.pages.options_form(spawner)
        found = re.search(r'<div id="choice".*?</div>', form, re.DOTALL)
        assert found
        return found[0]

    async def said(self) -> dict[str, Any]:
        """What the page's script is told."""
        return await self.pages.said_of(self.user, {"profile": "slice", "minutes": "120"}, "/hub/")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    opened_at = now()  # for all of a test: a page and its script say times to the second
    monkeypatch.setattr(pages, "now", lambda: opened_at)
    return Desk(tmp_path)


def test_a_page_goes_without_an_estimate_that_takes_long_and_its_script_has_it_as_it_comes(desk: Desk) -> None:
    async def play() -> None:
        page = await desk.page()
        assert desk.waits == [GLANCE_SECONDS]
        assert " data-asking>" in page
        assert "It runs for 2 h at most and costs at most 0.29 GPU-hours" in page
        assert "place" not in page, "others may be ahead"
        asking = asyncio.ensure_future(desk.said())
        await asyncio.sleep(0)
        desk.slurm.gate.set()
        said = await asking
        assert "Can start now." in said["choice"]
        assert said["settled"]
        assert desk.waits == [GLANCE_SECONDS, PATIENCE_SECONDS]
        assert len(desk.slurm.jobs) == 1, "one question for both"
        page = await desk.page()
        assert "Can start now." in page
        assert "data-asking" not in page

    asyncio.run(play())


def test_the_record_of_expectations_has_its_room_while_one_is_awaited(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, record = '<p class="muted small" aria-hidden="true">&nbsp;</p>', '<p class="muted small">Of the last'
    known = Record()
    monkeypatch.setattr(desk.estimates, "honesty", lambda: known)

    async def play() -> None:
        nonlocal known
        assert room not in await desk.page(), "there will be none"
        known = Record(now=Honesty(tried=FEWEST, close=FEWEST))
        page = await desk.page()
        assert room in page
        assert record not in page
        assert room in (await desk.said())["choice"]
        desk.slurm.gate.set()
        said = await desk.said()
        assert record in said["choice"]
        assert room not in said["choice"]

    asyncio.run(play())


def test_what_the_script_is_told_is_what_the_page_has(desk: Desk) -> None:
    async def play() -> None:
        desk.slurm.gate.set()
        page, said = await desk.page(), (await desk.said())["choice"]
        assert page.partition(">")[2].removesuffix("</div>") == said, "or it would be exchanged and said once more"

    asyncio.run(play())


def test_the_script_is_told_what_the_calendar_leaves_of_each_size_as_the_page_shows_it(desk: Desk) -> None:
    async def play() -> None:
        desk.slurm.gate.set()
        usual = await desk.said()
        assert usual["sizes"]["slice"]["most"] == 480
        assert "up to 8 h" in usual["sizes"]["slice"]["said"]
        begins = now() + timedelta(minutes=184)
        planned = Reservation("work", begins, begins + timedelta(hours=4), frozenset({"mig01"}), True)
        desk.calendar = Calendar((Partition("mig", None, frozenset({"mig01"})),), (planned,))
        said = await desk.said()
        assert [said["sizes"][name]["most"] for name in ("slice", "cpu")] == [180, 720]
        assert "Maintenance begins" in said["sizes"]["slice"]["said"]
        assert "up to 3 h" in said["sizes"]["slice"]["said"]
        assert "Maintenance" not in said["sizes"]["cpu"]["said"]
        assert [60, "1 h"] in said["lengths"]
        spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
        form = await desk.pages.options_form(spawner)
        for one in said["sizes"].values():
            assert f'<span class="size__most">{one["said"]}</span>' in form, "or it would be exchanged for nothing"
        assert re.findall(r'<option value="(\d+)"', form) == [str(minutes) for minutes, _text in said["lengths"]]

    asyncio.run(play())


def test_a_page_asks_again_at_once_while_slurm_says_what_is_planned(desk: Desk) -> None:
    async def play() -> None:
        desk.slurm.gate.set()
        assert (await desk.said())["settled"]
        calendar = desk.user.settings["aif"].calendars["demo"]
        calendar.asking = True
        assert not (await desk.said())["settled"]
        assert " data-asking>" in await desk.page()
        part = Partition("mig", None, frozenset({"mig01"}), up=False)
        desk.calendar = Calendar((part,))
        refused = await desk.said()
        assert "closed this part of the cluster" in refused["choice"]
        assert not refused["settled"], "what is refused may be so no longer"

    asyncio.run(play())


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["This size cannot be started just now.", "and there is none just now.", "or ask the operator."]),
        (
            "nl",
            ["Deze grootte kan op dit moment niet worden gestart", "die is er op dit moment niet.", "beheerder."],
        ),
    ],
)
def test_a_size_whose_reservation_is_gone_says_so_on_its_card_and_in_the_sentence(
    desk: Desk, language: str, words: list[str]
) -> None:
    async def play() -> None:
        speak(language)
        bench = desk.user.settings["aif"]
        bench.site = site(profile=[{**SLICE, "reservation": "class"}, CPU])
        desk.pages = Pages(Workbench(bench.site))
        desk.calendar = Calendar((), (), {}, frozenset({"class"}))
        spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
        form = html.unescape(await desk.pages.options_form(spawner))
        for one in words:
            assert one in form
        assert form.count(words[1]) == 2
        assert '<fieldset class="section" aria-describedby="sentence">' in form, "it is about the size"

    asyncio.run(play())


def test_who_asks_without_a_script_has_the_answer_on_the_page(desk: Desk) -> None:
    async def play() -> None:
        desk.slurm.gate.set()
        desk.pages.remember({"profile": ["slice"], "minutes": ["120"]}, sent=True)
        assert "Can start now." in await desk.page()
        assert desk.waits == [PATIENCE_SECONDS]

    asyncio.run(play())


def chosen(form: str) -> tuple[str, str]:
    """The size and the length that are chosen in the form."""
    sizes = re.findall(r'name="profile" value="(\w+)" checked', form)
    lengths = re.findall(r'<option value="(\d+)" selected', form)
    assert (len(sizes), len(lengths)) == (1, 1)
    return sizes[0], lengths[0]


def test_the_last_choice_is_remembered_and_a_link_fills_the_form_in_its_place(desk: Desk) -> None:
    async def form(**link: list[str]) -> tuple[str, str]:
        desk.pages.remember(link)
        spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
        return chosen(await desk.pages.options_form(spawner))

    async def play() -> None:
        assert await form() == ("slice", "120"), "the site's first, before anything was chosen"
        last = SimpleNamespace(request=hub_request(profile="cpu", minutes=45), open=True)
        older = SimpleNamespace(request=hub_request(profile="slice", minutes=15), open=True)
        desk.user.settings["aif"].sessions.book.of = lambda login: [last, older]
        assert await form() == ("cpu", "45")
        assert await form(profile=["slice"], minutes=["60"]) == ("slice", "60")
        assert await form(**{"opt-profile": ["slice"]}) == ("slice", "120"), "what a link leaves open is the size's own"
        assert await form(next=["/user/me/lab"], evil=["1"]) == ("cpu", "45"), "it wishes for nothing"

    asyncio.run(play())


async def test_a_slurm_that_hangs_holds_no_page_up(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    bench = desk.user.settings["aif"]
    monkeypatch.setattr(free, "arun", hangs)
    monkeypatch.setattr(start_page, "PAGE_SECONDS", 0.01)
    bench.free = {"demo": free.FreeGpus(bench.site.clusters[0])}
    bench.calendars = {"demo": SharedCalendar(bench.site.clusters[0], hangs)}
    spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
    async with asyncio.timeout(20):
        page = await desk.pages.options_form(spawner)
    assert "What is free is not known just now." in page
    assert "costs at most 0.29 GPU-hours" in page


def test_the_examples_in_the_documentation_are_true() -> None:
    assert doctest.testmod(start_page).failed == 0
    assert doctest.testmod(start_page).attempted >= 2
