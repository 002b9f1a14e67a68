"""When a session is said to do nothing, when it is stopped, and what its server reports of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import hub_material as material
import pytest
from warnings_material import BEGAN, QUIET, StandIn
from warnings_material import make as make

from aif.core.errors import SiteError
from aif.core.states import EndCause
from aif_hub.warnings.activity import Report
from aif_hub.warnings.event import Kind
from aif_hub.warnings.idle import rules
from aif_hub.warnings.watch import Pace


async def test_an_idle_session_is_told_after_15_minutes_and_stopped_after_30(make: Any) -> None:
    hub = make()
    session = hub.running()
    for minute in range(15):
        await hub.reported(session, minute)
    assert hub.told() == []
    await hub.reported(session, 15)
    (event,) = hub.shown()
    assert event.kind is Kind.IDLE_STOP_COMING
    assert datetime.fromisoformat(event.notice.data["stops"]) == BEGAN + timedelta(minutes=30)
    for minute in range(16, 30):
        await hub.reported(session, minute)
    assert (hub.told(), hub.stopped) == (["idle-stop-coming"], [])
    await hub.reported(session, 30)
    assert hub.stopped == [(session.session, EndCause.IDLE)]
    await hub.look(30.2)
    assert [event.kind for event in hub.shown()] == [Kind.IDLE_STOPPED]
    await hub.look(31)
    assert hub.told() == ["idle-stop-coming", "idle-stopped"]


@pytest.mark.parametrize(
    "said",
    [{"busy": True}, {"idle_seconds": 0}, {"gpu_idle_seconds": 0}, {"gpu": "unknown"}],
    ids=["a long cell", "a kernel or terminal", "the GPU works", "the GPU cannot be measured"],
)
async def test_what_does_something_or_is_not_known_is_never_idle(make: Any, said: dict[str, Any]) -> None:
    hub = make()
    session = hub.running()
    for minute in range(0, 100, 1):
        if minute < 90:  # then its end is announced
            await hub.reported(session, minute, **said)
    assert [kind for kind in hub.told() if kind != "gpu-idle"] == []
    assert hub.stopped == []


async def test_no_report_is_no_idleness_before_the_notice_and_after_it(make: Any) -> None:
    hub = make()
    session = hub.running()
    for minute in range(80):
        await hub.look(minute)
    assert (hub.told(), hub.stopped) == ([], [])
    await hub.reported(session, 80)
    assert hub.told() == ["idle-stop-coming"]
    for minute in range(81, 110):
        await hub.look(minute)
    assert hub.stopped == [], "its server says nothing any more: nobody knows"
    assert [event for event in hub.shown() if event.kind is Kind.IDLE_STOP_COMING] == [], "nor is it promised"
    await hub.reported(session, 110)
    await hub.reported(session, 111)
    assert hub.stopped == [], "and after that it is told anew, with time to answer"


async def test_a_restart_neither_repeats_the_notice_nor_forgets_when_it_was(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 15)
    hub.again()
    await hub.look(16)
    await hub.reported(session, 17)
    assert hub.told() == ["idle-stop-coming"]
    hub.again()
    await hub.look(30)
    assert hub.stopped == []
    await hub.reported(session, 31)
    assert len(hub.stopped) == 1


async def test_keeping_it_gives_another_idle_period_and_is_written_down(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 20)
    hub.watch.keep(session)
    assert hub.shown() == []
    hub.again()
    kept = hub.book.get(session.session)
    assert kept is not None
    assert kept.kept_at == BEGAN + timedelta(minutes=20)
    await hub.reported(session, 34)
    assert hub.shown() == []
    await hub.reported(session, 35)
    assert len(hub.shown()) == 1
    await hub.reported(session, 49)
    assert hub.stopped == []
    await hub.reported(session, 50)
    assert len(hub.stopped) == 1


async def test_something_that_runs_takes_the_notice_back(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 20)
    await hub.reported(session, 21, busy=True, gpu_idle_seconds=0)
    assert hub.shown() == []
    await hub.reported(session, 31, idle_seconds=600)
    assert hub.stopped == []


async def test_a_session_is_not_stopped_while_slurm_cannot_be_asked(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 15)
    hub.trouble = "away"
    hub.again()
    await hub.reported(session, 31)
    assert hub.stopped == []


async def test_a_gpu_that_does_nothing_while_something_runs_is_told_with_its_price(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 14, busy=True)
    assert hub.told() == []
    await hub.reported(session, 15, busy=True)
    await hub.reported(session, 16, busy=True)
    assert hub.told() == ["gpu-idle"]
    await hub.reported(session, 17, busy=True, gpu_idle_seconds=0)
    assert hub.shown() == []


async def test_a_session_without_a_gpu_is_idle_whatever_is_said_of_gpus(make: Any) -> None:
    hub = make()
    session = hub.running(profile="cpu")
    await hub.reported(session, 15, gpu="unknown")
    assert hub.told() == ["idle-stop-coming"]


@pytest.mark.parametrize(
    ("site", "notice", "stop"),
    [
        ({}, 15, 30),
        ({"session": {"idle_stop_minutes": 0}}, 15, None),
        ({"session": {"idle_stop_minutes": 0, "idle_notice_minutes": 0}}, None, None),
        ({"profile": [{**material.SLICE, "idle_notice_minutes": 30, "idle_stop_minutes": 60}]}, 30, 60),
        ({"profile": [{**material.SLICE, "idle_stop_minutes": 0}]}, 15, None),
        ({"profile": [{**material.SLICE, "reservation": "class"}]}, 15, None),
        (
            {
                "profile": [{**material.SLICE, "reservation": "class"}],
                "session": {"idle_stop_in_reservations": True},
            },
            *(15, 30),
        ),
    ],
)
def test_the_site_says_after_how_long_for_each_size_and_for_reservations(
    site: dict[str, Any], notice: int | None, stop: int | None, tmp_path: Path
) -> None:
    hub = StandIn(tmp_path, **site)
    session = hub.running()
    session = replace(session, request=replace(session.request, reservation=hub.site.profiles[0].reservation))
    found = rules(session, hub.site)
    lengths = [one and one / timedelta(minutes=1) for one in (found.notice, found.stop)]
    assert lengths == [notice, stop]


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"session": {"idle_stop_minutes": 10}}, "session.idle_stop_minutes"),
        ({"session": {"idle_notice_minutes": 0}}, "session.idle_stop_minutes"),
        ({"profile": [{**material.SLICE, "idle_stop_minutes": 15}]}, "profile.slice.idle_stop_minutes"),
    ],
)
def test_nothing_is_stopped_without_a_notice_before(changed: dict[str, Any], key: str) -> None:
    with pytest.raises(SiteError) as refusal:
        material.site(**changed)
    assert refusal.value.key == key


def test_short_idle_times_are_looked_at_more_often() -> None:
    assert Pace.of(material.site()) == Pace(15, 60)
    quick = Pace.of(material.site(session={"idle_notice_minutes": 0.1, "idle_stop_minutes": 0.2}))
    assert quick == Pace(pytest.approx(0.6), pytest.approx(1.2))


@pytest.mark.parametrize(
    "changed",
    [
        {"busy": 1},
        {"idle_seconds": -1},
        {"idle_seconds": 1.5},
        {"idle_seconds": True},
        {"idle_seconds": 10**9},
        {"gpu": "fast"},
        {"gpu": None},
        {"gpu_idle_seconds": "0"},
        {"saved_seconds_ago": "soon"},
        {"another": 1},
    ],
    ids=str,
)
def test_a_report_has_its_fields_and_no_others(changed: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must|fields"):
        Report.parse(json.dumps({**QUIET, **changed}).encode(), BEGAN, timedelta(minutes=1))
    for missing in QUIET:
        body = {key: value for key, value in QUIET.items() if key != missing}
        with pytest.raises(ValueError, match="fields"):
            Report.parse(json.dumps(body).encode(), BEGAN, timedelta(minutes=1))
    for nonsense in (b"", b"[]", b"null", b"\xff"):
        with pytest.raises(ValueError, match=r".*"):
            Report.parse(nonsense, BEGAN, timedelta(minutes=1))
