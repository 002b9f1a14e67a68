"""What the hub tells people of its own accord: once each, again only after it was over, and never on missing data."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import hub_material as material
from warnings_material import StandIn, balance, percents
from warnings_material import make as make

from aif.core.jobs import JobSighting
from aif.core.states import EndCause
from aif_hub.warnings.event import Kind
from aif_hub.warnings.record import KEPT, MOST_OF_ONE


async def minutes_told(hub: StandIn, looks: Iterable[float]) -> list[int]:
    for minutes in looks:
        await hub.look(minutes)
    return [event.notice.data["minutes"] for event in hub.watch.record.of("me") if event.kind is Kind.SESSION_ENDS]


async def test_a_session_is_announced_to_end_30_15_and_5_minutes_before_and_once_each(make: Any) -> None:
    hub = make()
    hub.running()
    assert await minutes_told(hub, [0, 89, 90, 90.5, 100, 105, 106, 115, 116, 119]) == [30, 15, 5]


async def test_a_restarted_hub_repeats_nothing_and_says_only_the_last_of_what_it_missed(make: Any) -> None:
    hub = make()
    hub.running()
    assert await minutes_told(hub, [90]) == [30]
    hub.again()
    assert await minutes_told(hub, [91]) == [30]
    hub.again()
    assert await minutes_told(hub, [116]) == [30, 4]


async def test_a_session_of_half_an_hour_was_told_its_end_when_it_began(make: Any) -> None:
    hub = make()
    hub.running(minutes=30)
    assert await minutes_told(hub, [0, 1, 10]) == []
    assert await minutes_told(hub, [15]) == [15]


async def test_an_end_that_moved_away_takes_its_warning_back_and_is_announced_again(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.look(90)
    assert [event.kind for event in hub.shown()] == [Kind.SESSION_ENDS]
    hub.sighting = JobSighting(7, material.UID, "RUNNING", "mig01", left=timedelta(hours=3))
    hub.again()
    await hub.look(91)
    assert hub.shown() == []
    hub.sighting = None
    await hub.look(92)
    assert len(hub.told()) == 2
    hub.book.close(session.session, EndCause.TIME_LIMIT)
    await hub.look(121)
    assert hub.shown() == []
    assert hub.watch.record.crossed == {}


async def test_a_budget_is_told_at_75_90_and_100_percent_once_each(make: Any) -> None:
    hub = make()
    assert await percents(hub, "ann", 374, 375, 376, 374.9, 375.1, 450, 499, 500, 510, ann=1) == [75, 90, 100]


async def test_it_is_told_to_members_who_run_something_and_to_the_principal_investigators(make: Any) -> None:
    hub = make(project=[{"account": "inspect01", "title": "Inspection pilot", "pi": ["boss"]}])
    hub.running(login="here", project="inspect01")
    hub.running(login="elsewhere", project="trn0007")
    await percents(hub, "ann", 380, ann=1, idle=0)
    assert {login: len(hub.told(login)) for login in ("boss", "ann", "here", "elsewhere", "idle")} == {
        "boss": 1, "ann": 1, "here": 1, "elsewhere": 0, "idle": 0,
    }  # fmt: skip


async def test_balances_are_asked_for_of_projects_that_concern_somebody_each_with_what_charges_it(make: Any) -> None:
    hub = make(project=[{"account": "inspect01", "title": "Inspection pilot", "pi": ["boss"]}])
    hub.running(project="trn0007")
    await hub.look(0)
    assert [(one.account, one.qos) for one in hub.asked] == [("inspect01", "of-inspect01"), ("trn0007", "of-trn0007")]


async def test_a_first_reading_is_told_at_the_next_look_and_later_ones_within_a_minute(make: Any) -> None:
    hub = make()
    hub.running(login="ann", project="inspect01")
    await hub.look(0)  # nothing is read yet
    hub.balances = [balance(460, ann=1)]
    await hub.look(0.1)
    assert hub.told("ann") == ["budget"]
    hub.balances = [balance(500, ann=1)]
    await hub.look(0.2)
    assert hub.told("ann") == ["budget"]
    await hub.look(1.2)
    assert hub.told("ann") == ["budget", "budget"]


async def test_who_begins_to_run_something_later_is_told_then_and_once(make: Any) -> None:
    hub = make()
    await percents(hub, "ann", 460)
    assert hub.told("ann") == [], "nobody runs anything"
    await percents(hub, "ann", 461, 462, ann=1)
    hub.again()
    await percents(hub, "ann", 463, 464, ann=1, bob=1)
    assert (hub.told("ann"), hub.told("bob")) == (["budget"], ["budget"])
    assert [event.notice.data["percent"] for event in hub.shown("bob")] == [90]


async def test_two_marks_passed_at_once_are_one_notice(make: Any) -> None:
    assert await percents(make(), "ann", 100, 460, ann=1) == [90]


async def test_a_budget_that_was_raised_is_told_again_when_it_is_used_up_again(make: Any) -> None:
    hub = make()
    assert await percents(hub, "ann", 460, ann=1) == [90]
    assert await percents(hub, "ann", 460, limit=1000, ann=1) == [90]
    assert hub.shown("ann") == []
    hub.again()
    assert await percents(hub, "ann", 760, 910, limit=1000, ann=1) == [90, 75, 90]


async def test_use_or_a_limit_that_is_not_known_tells_nothing_and_takes_nothing_back(make: Any) -> None:
    hub = make()
    assert await percents(hub, "ann", None, ann=1) == []
    assert await percents(hub, "ann", 400, None, 400, ann=1) == [75]
    assert len(hub.shown("ann")) == 1


async def test_events_go_after_90_days_and_beyond_200_of_a_person(make: Any) -> None:
    hub = make()
    await percents(hub, "ann", 380, ann=1)
    record = hub.watch.record
    (event,) = record.of("ann")
    for _ in range(MOST_OF_ONE + 5):
        record.cross([], [event.notice])
    record.forget()
    assert [one.id for one in record.of("ann", most=1000)] == list(range(7, MOST_OF_ONE + 7))
    hub.clock.time += KEPT + timedelta(hours=1)
    record.forget()
    told = record.of("ann")
    await percents(hub, "ann", 380, ann=1)
    assert record.of("ann") == told, "it is crossed still, and was told"
    record.uncross(["budget:inspect01:75"])
    record.forget()
    assert record.of("ann") == []


async def test_what_a_person_put_away_is_not_shown_again_and_nobody_elses_can_be(make: Any) -> None:
    hub = make()
    await percents(hub, "ann", 380, ann=1)
    (event,) = hub.shown("ann")
    assert not hub.watch.see("bob", event.id)
    assert not hub.watch.see("ann", event.id + 1)
    assert len(hub.shown("ann")) == 1
    assert hub.watch.see("ann", event.id)
    assert hub.watch.see("ann", event.id)
    assert hub.shown("ann") == []
    assert hub.watch.record.of("ann")[0].seen_at is not None
    assert hub.watch.record.of("ann", since=event.id) == []
