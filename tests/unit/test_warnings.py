"""What the hub tells people of its own accord: once each, again only after it was over, and never on missing data."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest

from aif.core.errors import SiteError
from aif.core.jobs import JobSighting
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, PersonUse, UsageSnapshot
from aif.core.request import Project
from aif.core.states import EndCause
from aif_hub.book import Session, SessionBook
from aif_hub.paths import Paths
from aif_hub.speech import speak
from aif_hub.views import Past, past
from aif_hub.warnings.activity import Report
from aif_hub.warnings.event import Event, Kind
from aif_hub.warnings.idle import rules
from aif_hub.warnings.record import KEPT, MOST_OF_ONE, EventRecord
from aif_hub.warnings.told import Told, told
from aif_hub.warnings.watch import Pace, Watch

BEGAN = datetime(2027, 4, 1, 9, 0, tzinfo=UTC)
PATHS = Paths("/hub/", "/", "demo-marieke")
QUIET = {"busy": False, "idle_seconds": 0, "gpu": "measured", "gpu_idle_seconds": 0, "saved_seconds_ago": None}


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.time = BEGAN

    def __call__(self) -> datetime:
        return self.time

    def after(self, minutes: float) -> datetime:
        self.time = BEGAN + timedelta(minutes=minutes)
        return self.time


class StandIn:
    """A book and a queue with the watch on them; the ledger says what it is told to. `again` is the hub restarted."""

    def __init__(self, folder: Path, **site: Any) -> None:
        self.database = material.database(folder / "hub.sqlite")
        self.clock = Clock()
        self.site = material.site(**{"session": {}, **site})
        self.balances: list[Balance] = []
        self.stopped: list[tuple[str, EndCause]] = []
        self.trouble = ""
        self.sighting: JobSighting | None = None
        self.again()

    def again(self) -> None:
        self.book = SessionBook(self.database, self.clock)
        queue = SimpleNamespace(trouble=self.trouble, as_of=self.clock.time, sighting=lambda _job: self.sighting)
        sessions: Any = SimpleNamespace(book=self.book, queue_of=lambda _session: queue, stop=self._stop)
        ledger: Any = SimpleNamespace(of=self._balances)
        everybodys: Any = self._projects
        self.watch = Watch(self.site, sessions, everybodys, ledger, EventRecord(self.database, self.clock), self.clock)

    async def _stop(self, session: Session, cause: EndCause) -> Session:
        self.stopped.append((session.session, cause))
        self.book.update(session.session, stop_asked=True, end_cause=cause)
        return self.book.close(session.session, cause)

    async def _projects(self) -> list[Project]:
        return [Project(name, name, f"of-{name}") for name in ("inspect01", "trn0007", "other")]

    async def _balances(self, projects: list[Project]) -> list[Balance]:
        self.asked = projects
        return self.balances

    def running(self, login: str = "me", **options: Any) -> Session:
        """A session that runs since `BEGAN`, for two hours if nothing else is said."""
        session = self.book.write(login, "", material.request(**{"profile": "slice", "minutes": 120, **options}))
        self.book.update(session.session, step="submitted", job_id=7)
        return self.book.update(session.session, step="ready", started_at=BEGAN, ready_at=BEGAN, port=4000)

    async def look(self, minutes: float) -> None:
        self.clock.after(minutes)
        await self.watch.look()
        for stop in list(self.watch._stops):
            await stop

    async def reported(self, session: Session, minutes: float, **said: Any) -> None:
        """A report at that minute that nothing has run since the beginning, or as `said`, and a look."""
        idle = int(minutes * 60)
        self.clock.after(minutes)
        body = {**QUIET, "idle_seconds": idle, "gpu_idle_seconds": idle, **said}
        self.watch.report(session, json.dumps(body).encode())
        await self.look(minutes)

    def told(self, login: str = "me") -> list[str]:
        """The kinds of all that was told."""
        return [event.kind.value for event in self.watch.record.of(login)]

    def shown(self, login: str = "me") -> list[Event]:
        return self.watch.record.shown(login)


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., StandIn]:
    return lambda **site: StandIn(tmp_path, **site)


# The end of a session -------------------------------------------------------------------------------------------------


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


# Budgets --------------------------------------------------------------------------------------------------------------


def balance(used: float | None, limit: float = 500, **people: float) -> Balance:
    allocation = Allocation("inspect01", "inspect01")
    amounts = tuple(PersonUse(name, running=Fraction(amount)) for name, amount in people.items())
    settled = None if used is None else Fraction(used)
    usage = UsageSnapshot("inspect01", "slurm", BEGAN, Fraction(limit), settled, people=amounts)
    return Balance(allocation, usage, date(2027, 4, 1))


async def percents(hub: StandIn, login: str, *used: float | None, limit: float = 500, **people: float) -> list[int]:
    for at, amount in enumerate(used):
        hub.balances = [balance(amount, limit, **people)]
        await hub.look((hub.clock.time - BEGAN).total_seconds() / 60 + 11 + at)
    return [event.notice.data["percent"] for event in hub.watch.record.of(login)]


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


# Idle -----------------------------------------------------------------------------------------------------------------


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


# Reports --------------------------------------------------------------------------------------------------------------


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


# What is kept of it ---------------------------------------------------------------------------------------------------


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


# Words ----------------------------------------------------------------------------------------------------------------


async def said(hub: StandIn, language: str = "en", login: str = "me") -> Told:
    (event,) = hub.shown(login)
    session = hub.book.get(event.notice.session) if event.notice.session else None
    speak(language)
    try:
        return told(event, session, hub.clock.time.astimezone(UTC), hub.site.said_in(language), PATHS, "session-2")
    finally:
        speak("en")


async def test_the_sentences_of_a_sessions_end(make: Any) -> None:
    hub = make()
    hub.running(project="inspect01")
    await hub.look(90)
    english, dutch = await said(hub), await said(hub, "nl")
    assert english.text == "Small GPU part ends at 11:00, 30 min from now. Save what you want to keep."
    assert dutch.text == "Small GPU part eindigt om 11.00 uur, over 30 min. Bewaar wat u wilt houden."
    assert [(one.name, one.url) for one in english.actions] == [
        ("save-all", ""),
        ("start-next", "/hub/spawn/demo-marieke/session-2?profile=slice&minutes=120&project=inspect01"),
    ]
    assert (english.tone, english.shape) == ("warn", "clock")
    await hub.look(91)
    hub.watch.see("me", hub.shown()[0].id)
    await hub.look(115)
    assert (await said(hub)).tone == "stop"


async def test_the_sentences_of_a_budget(make: Any) -> None:
    hub = make()
    await percents(hub, "ann", 450.1, ann=1)
    english, dutch = await said(hub, login="ann"), await said(hub, "nl", "ann")
    assert english.title == "90 % of the budget of Inspection pilot is used"
    assert english.text == "49.9 of 500 GPU-hours left, as of 09:00."
    assert dutch.text == "Er is 49,9 van 500 GPU-uur over, stand van 09.00 uur."
    await percents(hub, "ann", 500, ann=1)
    hub.watch.see("ann", hub.shown("ann")[1].id)
    full = await said(hub, login="ann")
    assert (full.title, full.tone) == ("The budget of Inspection pilot is used up", "stop")


async def test_the_sentences_of_an_idle_session_and_of_its_stop_with_what_it_spared(make: Any) -> None:
    hub = make()
    session = hub.running()
    await hub.reported(session, 15, saved_seconds_ago=120)
    coming = await said(hub)
    assert coming.text == (
        "Nothing has run in Small GPU part for 15 min. It costs 0.14 GPU-hours an hour. "
        "It is stopped at 09:30 unless something runs in it or you keep it. "
        "Closing the browser does not stop it sooner; what is saved stays."
    )
    assert [(one.name, one.method) for one in coming.actions] == [("keep", "POST")]
    await hub.reported(session, 30, saved_seconds_ago=1020)
    await hub.look(30.1)
    stopped = await said(hub)
    assert stopped.text == (
        "Nothing ran in Small GPU part any more, so it was stopped at 09:30. Your files were last saved at 09:13. "
        "Stopping it early spared 0.21 GPU-hours."
    )
    ended = hub.book.get(session.session)
    assert ended is not None
    page: Past = past(ended, hub.clock.time, hub.site.said_in("en"), PATHS)
    assert page.state.word == "Stopped when idle"
    assert page.said.text == "Nothing ran in it any more, so it was stopped at 09:30."
    assert page.files == "Your files were last saved at 09:13. Stopping it early spared 0.21 GPU-hours."


async def test_the_price_of_a_whole_gpu_is_said_by_the_minute(make: Any) -> None:
    hub = make(profile=[{**material.SLICE, "gpu_weight": "1"}])
    session = hub.running()
    whole = replace(session.request, gpu_weight=Fraction(1))
    hub.book.update(session.session, request=whole)
    await hub.reported(session, 15, busy=True)
    assert (await said(hub)).text == (
        "The GPU of Small GPU part has done nothing for 15 min. It costs 0.02 GPU-hours a minute. "
        "If you do not need it, a size without a GPU costs nothing."
    )
