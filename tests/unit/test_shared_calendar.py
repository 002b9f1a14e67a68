"""How old the calendar may be: what is refused is asked of Slurm first, and an open page hears what is new."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from hub_material import SLICE, request, site, site_data, until
from test_calendar import MIG, NOW, reserved

from aif.core.errors import RequestError, SlurmUnreachable
from aif.core.planned import Reservation
from aif_hub import kept, shared_calendar
from aif_hub.shared_calendar import CHOOSE_SECONDS, REFUSE_SECONDS, START_SECONDS, SharedCalendar, calendars_of

LONG = request(minutes=240)


class Controller:
    """Answers as slurmctld; `asked` has its questions, `clock` the hub's seconds."""

    def __init__(self, clock: list[float]) -> None:
        self.clock, self.asked, self.planned = clock, list[str](), tuple[Reservation, ...]()
        self.away = self.hides = False
        self.answers = asyncio.Event()
        self.answers.set()
        self.calendar = SharedCalendar(site().clusters[0], self.ask, frozenset({"class"}))

    async def ask(self, call: Any, _cluster: Any) -> Any:
        self.asked.append(what := call.argv[0] if call.argv[0] == "sinfo" else call.argv[2])
        await self.answers.wait()
        if self.away:
            raise SlurmUnreachable("scontrol", 1, "")
        return {"sinfo": {}, "partition": (MIG,), "reservation": self.planned, "config": self.hides}[what]

    def later(self, seconds: float) -> None:
        """So much time passes, in which nothing is asked yet."""
        self.clock[0] += seconds
        self.asked.clear()


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Controller:
    times = [1000.0]
    monkeypatch.setattr(kept, "monotonic", lambda: times[0])
    controller = Controller(times)
    controller.planned = (reserved(3), reserved(-1, maintenance=False))
    controller.calendar._reservations = frozenset()
    return controller


def test_many_who_look_share_one_look_and_the_last_stays_when_slurm_is_away() -> None:
    asked: list[str] = []

    async def ask(call: Any, _cluster: Any) -> Any:
        asked.append(call.argv[0] if call.argv[0] == "sinfo" else call.argv[2])
        if away:
            raise SlurmUnreachable("scontrol", 1, "")
        if call.argv[0] == "sinfo":
            return {"h100": frozenset({"gpu01"})}
        return (MIG,) if call.argv[2] == "partition" else (reserved(3, maintenance=planned),)

    async def play() -> None:
        nonlocal away, planned
        shared = SharedCalendar(site().clusters[0], ask)
        looks = await asyncio.gather(*(shared.now() for _ in range(40)))
        assert sorted(asked) == ["partition", "reservation"]
        asked.clear()
        planned = True
        assert (await SharedCalendar(site().clusters[0], ask).now()).nodes_with == {"h100": {"gpu01"}}
        assert sorted(asked) == ["partition", "reservation", "sinfo"], "only now it matters who has which GPUs"
        away, shared._kept._answered = True, float("-inf")
        assert await shared.now() == looks[0]

    away = planned = False
    asyncio.run(play())


async def test_what_an_operator_has_just_taken_back_refuses_nothing(slurm: Controller) -> None:
    with pytest.raises(RequestError, match="Maintenance begins at 15:00"):
        await slurm.calendar.check(LONG, NOW)
    slurm.planned = ()
    slurm.later(REFUSE_SECONDS + 1)
    await slurm.calendar.check(LONG, NOW)
    assert slurm.asked == ["partition", "reservation"]
    slurm.later(REFUSE_SECONDS + 1)
    await slurm.calendar.check(LONG, NOW)
    assert slurm.asked == [], "Slurm is asked again for a refusal, not for each start"


async def test_refusals_one_after_the_other_share_an_answer(slurm: Controller) -> None:
    for _again in range(3):
        with pytest.raises(RequestError):
            await slurm.calendar.check(LONG, NOW)
    assert slurm.asked == ["partition", "reservation", "sinfo"]


async def test_a_start_goes_by_nothing_older_than_a_minute(slurm: Controller) -> None:
    planned, slurm.planned = slurm.planned, ()
    await slurm.calendar.check(LONG, NOW)
    slurm.planned = planned
    slurm.later(START_SECONDS + 1)
    with pytest.raises(RequestError, match="Maintenance begins at 15:00"):
        await slurm.calendar.check(LONG, NOW)


async def test_a_slurm_that_does_not_answer_holds_nobody_up_and_its_last_words_say_when_they_were(
    slurm: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_calendar, "PATIENCE_SECONDS", 0.01)
    await slurm.calendar.now()
    slurm.later(REFUSE_SECONDS + 1)
    slurm.answers.clear()
    async with asyncio.timeout(20):
        with pytest.raises(RequestError) as refused:
            await slurm.calendar.check(LONG, NOW)
    assert refused.value.allowed == "Maintenance begins at 15:00, so at most 2 h 55 min.", "it is of this very minute"
    slurm.later(240)
    async with asyncio.timeout(20):
        with pytest.raises(RequestError) as refused:
            await slurm.calendar.check(LONG, NOW)
    assert refused.value.allowed == (
        "Slurm does not answer just now. What it said last, at 11:55: "
        "Maintenance begins at 15:00, so at most 2 h 55 min."
    )
    assert refused.value.code == "calendar"
    await slurm.calendar.check(request(minutes=60), NOW)


async def test_a_slurm_that_is_away_is_told_too_however_often_it_was_asked(slurm: Controller) -> None:
    await slurm.calendar.now()
    slurm.away = True
    for _again in range(2):
        slurm.later(120)
        with pytest.raises(RequestError, match=r"Slurm does not answer just now\. What it said last, at 11:5"):
            await slurm.calendar.check(LONG, NOW)
    slurm.later(1)
    with pytest.raises(RequestError):
        await slurm.calendar.check(LONG, NOW)
    assert slurm.asked == [], "one that failed is not asked again at once"


async def test_a_page_that_asks_each_minute_has_it_read_each_time(slurm: Controller) -> None:
    assert CHOOSE_SECONDS < 60
    await slurm.calendar.now()
    slurm.planned = ()
    slurm.later(60)
    assert (await slurm.calendar.now()).reservations, "nobody waits for it"
    assert slurm.calendar.asking, "so the page asks again at once"
    await until(lambda: not slurm.calendar.asking)
    assert not (await slurm.calendar.now()).reservations
    slurm.later(1)
    await slurm.calendar.now()
    assert slurm.asked == []


async def test_a_reservation_of_a_size_that_is_gone_is_known_where_slurm_hides_none(slurm: Controller) -> None:
    slurm.calendar._reservations = frozenset({"class"})
    slurm.hides = True
    assert (await slurm.calendar.now()).gone == frozenset(), "it may be there for others to see"
    assert "config" in slurm.asked
    slurm.hides = False
    slurm.later(START_SECONDS + 1)
    with pytest.raises(RequestError, match="time reserved for it, and there is none"):
        await slurm.calendar.check(replace(request(minutes=60), reservation="class"), NOW)
    slurm.planned = (replace(reserved(-1, maintenance=False), name="class"),)
    slurm.later(REFUSE_SECONDS + 1)
    await slurm.calendar.check(replace(request(minutes=60), reservation="class"), NOW)
    assert "config" not in slurm.asked


def test_each_cluster_looks_for_the_reservations_of_its_own_sizes() -> None:
    data = site_data()
    other = {**data["cluster"][0], "name": "other"}
    sizes = [{**SLICE, "reservation": "class"}, {**SLICE, "name": "there", "cluster": "other"}]
    both = site(cluster=[data["cluster"][0], other], profile=sizes)
    found = calendars_of(both.clusters, both.profiles)
    assert {name: one._reservations for name, one in found.items()} == {"demo": {"class"}, "other": set()}
