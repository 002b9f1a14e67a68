"""Other ways for a session that waits long: which are offered, in which order, and what each says."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest
from budget_material import balance
from test_waiting_pages import ASKED, LOOK, NOW, SITE, rendered, text

from aif.core.errors import RequestError
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.planned import Partition, Reservation
from aif.core.request import JobRequest, Project
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif_hub import free as free_gpus
from aif_hub import other_sizes as module
from aif_hub.admission import admitted
from aif_hub.calendar import Calendar
from aif_hub.free import Free, FreeGpus
from aif_hub.funds import Funds
from aif_hub.other_sizes import minutes_of, other_sizes
from aif_hub.paying import Payment
from aif_hub.shared_calendar import SharedCalendar
from aif_hub.views_others import Other, others
from aif_hub.views_waiting import waiting

FULL = {
    **material.SLICE,
    "name": "full",
    "title": "Whole GPU",
    "gpu_type": "h100",
    "gpu_weight": 1,
    "hours_default": 1,
    "hours_max": 1,
}
FOUR = {**FULL, "name": "four", "title": "Four GPUs", "gpus": 4, "hours_max": 8}
WIDE = material.site(profile=[FOUR, FULL, material.SLICE, material.CPU])
REQUEST = material.request(profile="slice", minutes=120)
PILOT = Allocation("inspect01", "inspect01", limit=Fraction(500))


def offered(free: Free, request: JobRequest = REQUEST) -> tuple[Other, ...]:
    """With nothing in the calendar, and a budget that nobody has read yet."""
    waits = Payment(request, Funds(material.PROJECTS[0], (PILOT,), {}), PILOT, None)
    return others(waits, WIDE, free, {}, NOW)


@pytest.mark.parametrize(
    ("free", "order"),
    [
        ({("demo", "h100"): (1, 8)}, ["full", "cpu", "four"]),
        ({("demo", "h100"): (8, 8)}, ["full", "four", "cpu"]),
        ({("demo", "h100"): (0, 8)}, ["cpu", "full", "four"]),
        ({}, ["cpu", "full", "four"]),
    ],
    ids=["one free", "all free", "none free", "not known"],
)
def test_what_begins_soonest_stands_first(free: Free, order: list[str]) -> None:
    assert [one.profile for one in offered(free)] == order


def test_more_of_the_gpus_that_it_waits_for_are_not_offered_while_they_are_taken() -> None:
    request = material.site(profile=[FULL]).profile("full")
    assert request is not None
    waits = replace(REQUEST, profile="full", gpu_type="h100", gpu_weight=request.gpu_weight)
    assert [one.profile for one in offered({("demo", "h100"): (0, 8)}, waits)] == ["cpu", "slice"]
    assert [one.profile for one in offered({("demo", "h100"): (4, 8)}, waits)] == ["four", "cpu", "slice"]


def test_each_has_a_sentence_with_room_length_and_price() -> None:
    full, cpu, four = offered({("demo", "h100"): (2, 8)})
    assert full.said.startswith("Free now. Takes 1 h at most, and costs at most 1 GPU-hour.")
    assert "shorter than you asked" in full.said
    assert four.said == "Not free just now either. Takes 2 h at most, and costs at most 8 GPU-hours."
    assert cpu.said.startswith("Needs no GPU")
    assert [one.good for one in (full, cpu, four)] == [True, True, False]


def test_each_price_is_in_the_unit_of_what_pays() -> None:
    cores = replace(PILOT, unit="core-hour")
    waits = Payment(REQUEST, Funds(material.PROJECTS[0], (cores,), {}), cores, None)
    full, cpu, four = others(waits, WIDE, {("demo", "h100"): (2, 8)}, {}, NOW)
    assert full.said.startswith("Free now. Takes 1 h at most, and costs at most 2 core-hours.")
    assert cpu.said.startswith("Needs no GPU, so it usually starts at once.")
    assert cpu.said.endswith("Takes 2 h at most, and costs at most 4 core-hours.")
    assert four.said.endswith("Takes 2 h at most, and costs at most 4 core-hours.")


def test_the_waiting_page_has_its_own_price_in_that_unit_too() -> None:
    cores = {"name": "inspect01", "account": "inspect01", "unit": "core-hour", "limit": 500}
    site = material.site(allocation=[cores])
    paid = replace(ASKED, request=replace(ASKED.request, allocation="inspect01"))
    assert waiting(paid, LOOK, NOW, site).most == "4 core-hours"
    assert waiting(ASKED, LOOK, NOW, site).most == "4 core-hours", "one that does not name the account's only budget"
    assert waiting(ASKED, LOOK, NOW, material.site()).most == "0.29 GPU-hours"
    free = replace(ASKED, request=material.request(profile="cpu", minutes=60))
    assert waiting(free, LOOK, NOW, site).most == "2 core-hours"
    assert waiting(free, LOOK, NOW, material.site()).most == "No GPU-hours"


def test_what_is_not_known_is_not_promised() -> None:
    said = {one.profile: one.said for one in offered({})}
    assert said["four"].startswith("Slurm has not said")


def test_the_page_offers_each_as_one_button() -> None:
    page = replace(waiting(ASKED, LOOK, NOW, SITE), others=offered({("demo", "h100"): (2, 8)}))
    html = rendered("spawn_pending.html", {}, page=page)
    assert html.count('action="/hub/aif/switch"') == 3
    assert 'name="profile" value="full"' in html
    assert 'aria-label="Switch to Whole GPU"' in html
    assert "you keep your place" in text(html)


def test_where_nothing_else_can_be_started_the_page_claims_nothing_sooner() -> None:
    stuck = replace(waiting(ASKED, LOOK, NOW, SITE), stuck=True)
    html = rendered("spawn_pending.html", {}, page=stuck)
    assert "This takes longer than usual" in text(html)
    assert "you keep your place" in text(html)
    assert "aif/switch" not in html
    assert '<ul class="others">' not in html


# Whatever is offered can be started ----------------------------------------------------------------------------------


class Desk:
    """A hub whose calendar and budget are set; `ASKED` waits on it for two hours of a small part."""

    def __init__(self, calendar: Calendar | None = None, left: Balance | None = None, project: bool = True) -> None:
        def given(value: Any) -> Callable[..., Any]:
            async def answer(*_: Any) -> Any:
                return value

            return answer

        async def said(call: Call[Any], _cluster: Cluster) -> Any:
            known = calendar or Calendar()
            parts = {"partition": known.partitions, "reservation": known.reservations}
            return parts.get(call.argv[2], known.nodes_with)

        self.projects: list[Project] = list(material.PROJECTS[:1]) if project else []
        self.workbench: Any = SimpleNamespace(
            site=WIDE,
            spoken_site=WIDE,
            terms=SimpleNamespace(check=lambda login, address: None),
            free={"demo": SimpleNamespace(now=given({"h100": (8, 8)}), as_of=NOW)},
            calendars={"demo": SharedCalendar(WIDE.clusters[0], said)},
            projects=SimpleNamespace(of=given(self.projects)),
            ledger=SimpleNamespace(of=given([left] if left else []), allocations_of=lambda project: [PILOT]),
            people=SimpleNamespace(),
            correspondents=SimpleNamespace(address=lambda login, domain: ""),
            sessions=SimpleNamespace(book=SimpleNamespace(of=lambda login: [ASKED])),
        )

    async def offered(self) -> dict[str, str]:
        return {one.profile: one.said for one in await other_sizes(self.workbench, ASKED, WIDE, NOW)}

    async def switched(self, name: str) -> JobRequest:
        """What a click on that size asks for. Raises RequestError."""
        size = WIDE.profile(name)
        assert size is not None
        minutes = await minutes_of(self.workbench, ASKED, size, NOW)
        options = ASKED.request.options | {"profile": name, "minutes": str(minutes)}
        return await admitted(self.workbench, ASKED.login, options, self.projects, NOW, ASKED)


def maintenance(minutes: int, *nodes: str) -> Calendar:
    """The nodes of each part of the cluster, some of which are maintained in so many minutes."""
    parts = tuple(Partition(name, None, frozenset({f"{name}01"})) for name in ("mig", "cpu"))
    starts = NOW + timedelta(minutes=minutes)
    return Calendar(parts, (Reservation("work", starts, starts + timedelta(hours=4), frozenset(nodes), True),))


def left(hours: int, committed: Fraction = Fraction()) -> Balance:
    """So much is free to plan, beside what is committed."""
    return balance(PILOT, NOW - timedelta(minutes=1), settled=500 - hours - committed, committed=committed)


def test_what_maintenance_leaves_no_room_for_is_shorter_or_not_offered() -> None:
    async def play() -> None:
        desk = Desk(maintenance(61, "cpu01"))
        said = await desk.offered()
        assert list(said) == ["full", "four", "cpu"]
        assert said["cpu"] == (
            "Needs no GPU, so it usually starts at once. Takes 1 h at most, and costs no GPU-hours. "
            "Maintenance begins at 15:31, so at most 1 h."
        )
        assert (await desk.switched("cpu")).minutes == 60
        assert "cpu" not in await Desk(maintenance(5, "cpu01")).offered()
        assert await Desk(maintenance(-5, "cpu01", "mig01")).offered() == {}

    asyncio.run(play())


def test_a_part_of_the_cluster_that_is_closed_is_not_offered() -> None:
    async def play() -> None:
        closed = Calendar((Partition("mig", None, frozenset({"mig01"}), up=False),))
        desk = Desk(closed)
        assert list(await desk.offered()) == ["cpu"]
        with pytest.raises(RequestError, match="closed this part of the cluster"):
            await desk.switched("full")  # whoever clicks what was offered before is told why

    asyncio.run(play())


def test_an_empty_budget_offers_what_costs_nothing() -> None:
    async def play() -> None:
        desk = Desk(left=left(0))
        assert list(await desk.offered()) == ["cpu"]
        assert (await desk.switched("cpu")).minutes == 120
        with pytest.raises(RequestError, match="This could cost"):
            await desk.switched("full")

    asyncio.run(play())


def test_a_small_budget_shortens_what_is_offered() -> None:
    async def play() -> None:
        desk = Desk(left=left(3))
        said = await desk.offered()
        assert said["four"] == (
            "Free now. Takes 45 min at most, and costs at most 3 GPU-hours. "
            "That is shorter than you asked: the budget does not pay for longer."
        )
        assert "longer is not possible in this size" in said["full"]
        assert [(await desk.switched(name)).minutes for name in said] == [60, 45, 120]

    asyncio.run(play())


def test_what_is_given_up_pays_for_the_other() -> None:
    async def play() -> None:
        desk = Desk(left=left(0, committed=ASKED.request.most_gpu_hours))
        said = await desk.offered()
        assert list(said) == ["full", "cpu"]
        assert "Takes 15 min at most" in said["full"]
        assert (await desk.switched("full")).minutes == 15

    asyncio.run(play())


def test_a_budget_that_ended_or_a_project_that_was_left_offers_nothing() -> None:
    async def play() -> None:
        gone = replace(PILOT, compute_end=(NOW - timedelta(days=2)).date())
        assert await Desk(left=balance(gone, NOW)).offered() == {}
        assert await Desk(project=False).offered() == {}

    asyncio.run(play())


async def test_a_slurm_that_hangs_does_not_hold_the_page_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs(*_: object) -> None:
        await asyncio.Event().wait()

    cluster, desk = WIDE.clusters[0], Desk()
    monkeypatch.setattr(free_gpus, "arun", hangs)
    monkeypatch.setattr(module, "PAGE_SECONDS", 0.01)
    desk.workbench.free = {"demo": FreeGpus(cluster)}
    desk.workbench.calendars = {"demo": SharedCalendar(cluster, hangs)}
    async with asyncio.timeout(20):
        said = await desk.offered()
    assert "Slurm has not said how many are free." in said["full"]
