"""What `aif bench chaos` asks of its two hubs: how the book of stock batchspawner is read, and what has no meaning."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from aif_hub.bench import stock as stock_hub
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.books import REFUSED, Books, Job, Record
from aif_hub.bench.chaos.lanes import AT_ONCE, Lanes
from aif_hub.bench.chaos.ours_subject import Ours
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import HUB, PERSON, SLURM, Event, Plan, minutes, plan
from aif_hub.bench.chaos.scene import Scene
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.chaos.stock_subject import Stock, read_servers, read_shown
from aif_hub.bench.chaos.subject import Subject
from aif_hub.bench.rig import Rig

Change = Callable[..., None]
RECORD = Path(__file__).parent / "records/jupyterhub/servers.sql"
#: The people of the record, by what their servers do there.
READY, ENDED, STARTING = "demo-class03", "demo-class02", "demo-class04"


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    inst = cast(Any, SimpleNamespace(name="demo", slurm_env={}))
    return Rig(inst, tmp_path, tmp_path, tmp_path, 8900, (), "0f" * 32)


@pytest.fixture
def database(rig: Rig) -> Path:
    """The record, where the stock hub of the rig has its own."""
    path = stock_hub.database(rig)
    path.parent.mkdir()
    connection = sqlite3.connect(path)
    connection.executescript(f"begin; {RECORD.read_text()} commit;")
    connection.close()
    return path


@pytest.fixture
def stock(rig: Rig, database: Path) -> Stock:
    return Stock(rig)


@pytest.fixture
def change(database: Path) -> Change:
    """Has JupyterHub's database changed."""

    def changed(statement: str, *values: str) -> None:
        connection = sqlite3.connect(database)
        with connection:
            connection.execute(statement, values)
        connection.close()

    return changed


# -- the book of stock batchspawner ------------------------------------------------------------------------------------


def test_each_start_is_a_session_with_its_job_and_how_far_it_is(database: Path) -> None:
    found = {record.login: record for record in read_servers(database)}
    assert set(found) == {READY, ENDED, STARTING}
    assert (found[READY].step, found[READY].cause) == ("ready", "")
    assert isinstance(found[READY].job, int)
    assert (found[ENDED].open, found[ENDED].job, found[ENDED].cause) == (False, None, None)
    assert (found[STARTING].step, found[STARTING].job) == ("starting", None)
    assert all(len(record.session) == 32 and record.server == "" for record in found.values())


def test_a_server_that_was_asked_for_without_an_id_is_nobodys_session(stock: Stock, change: Change) -> None:
    change("update spawners set user_options = '{}'")
    assert stock.sessions() == []


def test_a_session_whose_row_has_gone_to_the_next_start_has_ended(stock: Stock, change: Change) -> None:
    (before,) = stock.sessions(READY)
    change("update spawners set user_options = ?, state = '{}' where id = 3", json.dumps({"session": "b7" * 16}))
    old, new = stock.sessions(READY)
    assert old == replace(before, step="ended", cause=None)
    assert (new.session, new.step) == ("b7" * 16, "starting")
    assert stock.sessions(READY) == [old, new]


def test_a_start_that_has_a_row_and_no_options_yet_does_not_open_the_session_before_it(
    stock: Stock, change: Change
) -> None:
    (ended,) = stock.sessions(ENDED)
    change("update spawners set server_id = 5 where id = 2")
    assert stock.sessions(ENDED) == [ended]


def test_a_database_that_cannot_be_read_just_now_is_read_a_little_later(database: Path) -> None:
    away = database.rename(database.with_name("away"))
    threading.Timer(0.1, away.rename, [database]).start()
    assert len(read_servers(database)) == 3


def test_what_the_hub_shows_is_read_in_our_words() -> None:
    session = "0f" * 16
    server = {"pending": None, "ready": True, "stopped": False, "user_options": {"session": session}}
    assert read_shown({"servers": {"": server}}) == {session: "ready"}
    for change, state in (
        ({"ready": False, "pending": "spawn"}, "pending"),
        ({"ready": False, "pending": "check"}, "pending"),
        ({"pending": "stop"}, "stopping"),
    ):
        assert read_shown({"servers": {"": {**server, **change}}}) == {session: state}
    assert read_shown({"servers": {"": {**server, "stopped": True}}}) == read_shown({"servers": {}}) == {}


@pytest.mark.parametrize(("status", "cause"), [(202, None), (500, REFUSED), (0, None)])
def test_a_session_that_the_hub_refused_at_once_was_never_lost(
    stock: Stock, change: Change, monkeypatch: pytest.MonkeyPatch, status: int, cause: str | None
) -> None:
    """Whatever its row says meanwhile, it has not ended before the hub has answered who asked for it."""
    meanwhile: list[Record] = []

    def said(_method: str, _path: str, wanted: dict[str, str]) -> tuple[int, dict[str, Any]]:
        change("update spawners set user_options = ? where id = 2", json.dumps({"session": wanted["session"]}))
        meanwhile.append(stock.sessions(ENDED)[-1])
        return status, {}

    monkeypatch.setattr(stock, "api", lambda: SimpleNamespace(said=said))
    assert stock.asked(ENDED, "slice", 240)[0] == status
    assert (meanwhile[0].step, meanwhile[0].cause) == ("starting", "")
    ended = stock.sessions(ENDED)[-1]
    assert (ended.session, ended.step, ended.cause) == (meanwhile[0].session, "ended", cause)
    auditor = Auditor()
    auditor.seen(Books(0, {ended.session: ended}, {}))
    assert auditor.counts()["lost"] == (cause is None)


# -- the auditor before a book like that -------------------------------------------------------------------------------


def record(step: str = "ready", cause: str | None = "") -> Record:
    return Record("0f" * 16, READY, "", step, 17, cause)


def looked(at: float, one: Record, state: str, shown: str | None) -> Books:
    sessions = {} if shown is None else {one.session: shown}
    return Books(at, {one.session: one}, {17: Job(17, one.session, READY, state)}, {}, {READY: sessions})


def test_an_end_without_a_cause_is_only_asked_whether_anything_could_end_it() -> None:
    auditor = Auditor()
    auditor.may_end("0f" * 16, "time limit")
    auditor.seen(looked(0, record("ended", None), "TIMEOUT", None))
    assert not any(auditor.counts().values())
    auditor = Auditor()
    auditor.seen(looked(0, record("ended", None), "TIMEOUT", None))
    assert auditor.counts()["lost"] == 1


@pytest.mark.parametrize(("state", "wrong"), [("PENDING", 0), ("RUNNING", 0), ("FAILED", 1)])
def test_one_word_for_all_before_ready_is_true_while_there_is_a_job(state: str, wrong: int) -> None:
    auditor = Auditor()
    for at in (0.0, 31.0):
        auditor.seen(looked(at, record("starting"), state, "pending"))
    assert auditor.counts()["untrue_over_30s"] == wrong


# -- the stage ---------------------------------------------------------------------------------------------------------


class Pretended:
    """A subject with sessions that are given, and kinds without a meaning."""

    def __init__(self, without: frozenset[str] = frozenset(), *sessions: Record) -> None:
        self.without, self.sessions_now = without, sessions
        self.has_real = False

    def api(self) -> Any:
        """It gives everybody a token, and is asked nothing else."""
        return SimpleNamespace(said=lambda *_: (201, {"token": "a token"}))

    def sessions(self, login: str = "") -> tuple[Record, ...]:
        return self.sessions_now


def scene(subject: Any, rig: Rig) -> Scene:
    return Scene(Stage(rig, cast(Subject, subject), 1), Auditor())


def test_both_hubs_know_every_kind_that_they_leave_out(rig: Rig) -> None:
    ours, stock = subjects = [cast(Subject, Ours(rig)), cast(Subject, Stock(rig))]
    assert stock.without < {*HUB, *SLURM, *PERSON}
    assert not ours.without
    assert len({one.job_name for one in subjects}) == 2


def test_what_has_no_meaning_is_named_and_counted_as_not_injected(rig: Rig, capsys: pytest.CaptureFixture[str]) -> None:
    lanes = Lanes(scene(Pretended(frozenset({"clock-step", "node-down"})), rig), [])
    planned = Plan(
        [Event(1, "clock-step", 4, 0.5), Event(2, "clock-step", 4, 0.5)], [Event(3, "node-down", 4, 0.5)], []
    )
    assert lanes.run(planned) == 0
    said = capsys.readouterr().err
    assert "event 3, node-down: could not be injected: it has no meaning for this hub." in said
    assert "3 of 3 events could not be injected: clock-step (2), node-down (1)" in said


def test_a_session_that_something_ended_keeps_no_hub_from_being_itself(rig: Rig) -> None:
    stood = scene(Pretended(frozenset(), record()), rig)
    assert stood.up() == {(READY, "0f" * 16)}
    with stood.auditor.excused(READY):
        assert stood.up() == set()
    stood.auditor.may_end("0f" * 16, "failed")
    assert stood.up() == set()


def test_people_look_for_their_jobs_and_servers_where_the_auditor_looked(rig: Rig) -> None:
    stood = scene(Pretended(frozenset(), record()), rig)
    person = Person(stood.stage, stood.auditor, READY, 0)
    books = replace(looked(0, record(), "RUNNING", None), servers={900: 17, 901: 18})
    threading.Timer(0.1, stood.auditor.seen, [books]).start()
    assert person.job(record()).number == 17
    assert person.servers(record()) == [900]


@pytest.mark.parametrize("state", ["COMPLETING", "NODE_FAIL"])
def test_people_wait_for_the_hub_to_see_the_end_of_a_job_and_stop_nothing(rig: Rig, state: str) -> None:
    subject = Pretended(frozenset(), record())
    stood = scene(subject, rig)
    person = Person(stood.stage, stood.auditor, READY, 0)
    stood.auditor.seen(looked(1, record(), "RUNNING", "ready"))
    looks = [looked(2, record(), state, "ready"), looked(3, record("ended", "node failed"), state, None)]

    def goes_on() -> None:
        stood.auditor.seen(looks[0])
        stood.auditor.seen(looks[1])
        subject.sessions_now = (record("ended", "node failed"),)

    threading.Timer(0.1, goes_on).start()
    person.sees_ends(since=1)
    assert stood.auditor.latest is looks[1]


def test_nothing_happens_to_the_hub_or_slurm_while_the_stage_is_calm(rig: Rig) -> None:
    stage = scene(Pretended(), rig).stage
    tried: list[bool] = []

    def others() -> None:
        tried.extend(turn.acquire(blocking=False) for turn in (stage.hub_turn, stage.slurm_turn))

    with stage.calm():
        other = threading.Thread(target=others)
        other.start()
        other.join()
    assert tried == [False, False]


# -- its size ----------------------------------------------------------------------------------------------------------


def test_a_thousand_events_with_fifty_people_are_about_an_hour() -> None:
    assert 40 < minutes(plan(1, 1000, 50), AT_ONCE) < 90
    assert minutes(plan(1, 150, 12), AT_ONCE) < 15


def test_more_people_take_longer_only_where_they_have_to_wait_for_their_turn() -> None:
    events = [Event(number, "person-stops", 5, 0.5, 0) for number in range(10)]
    alone, many = Plan([], [], [events]), Plan([], [], [events] * 4)
    assert minutes(alone, 2) == minutes(many, 4) == minutes(many, 2) / 2
