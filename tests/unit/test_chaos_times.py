"""What goes on beside what in `aif bench chaos`, who takes over from whom, and where the time of a run went."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from chaos_material import WHO

from aif_hub.bench.chaos import on_hub, on_sessions, on_starts
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.lanes import Lanes
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import HUB, KEEPING, SLURM, Event, Plan, plan
from aif_hub.bench.chaos.scene import Scene
from aif_hub.bench.chaos.shares import Shares
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.chaos.times import Spent, Times
from aif_hub.bench.chaos.turn import Turn, waited_here

SECONDS = 10.0  # until a test that would wait for ever fails


class Agreeing:
    """An auditor whose books agree once that many events have happened, whoever asks."""

    judges, longest_pause = True, 0.0

    def __init__(self, events: int) -> None:
        self.happened: list[str] = []
        self._left, self._all = events, threading.Event()
        self._lock = threading.Lock()

    def inject(self, _scene: Scene, *what: Any) -> str:
        with self._lock:
            self.happened.append(getattr(what[0], "login", what[-1].kind))
            self._left -= 1
        if not self._left:
            self._all.set()
        return ""

    def agree(self, _since: float, _login: str = "") -> bool:
        assert self._all.wait(SECONDS)
        return True

    def differing(self, _login: str = "") -> list[str]:
        return []


def scene(auditor: Agreeing) -> Scene:
    subject = SimpleNamespace(without=frozenset())
    stage = SimpleNamespace(over=threading.Event(), pause=lambda seconds: None, subject=subject, real=())
    return Scene(cast(Stage, stage), cast(Auditor, auditor))


def person(login: str) -> Person:
    return cast(Person, SimpleNamespace(login=login, tell=lambda line: None))


# -- beside each other -------------------------------------------------------------------------------------------------


def test_one_of_another_sort_happens_while_the_books_come_to_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = Agreeing(2)
    monkeypatch.setattr(on_hub, "inject", auditor.inject)
    planned = Plan([Event(1, "proxy-restarted", 0, 0.5), Event(2, "hub-killed", 0, 0.5)], [], [])
    assert Lanes(scene(auditor), []).run(planned) == 2
    assert auditor.happened == ["proxy-restarted", "hub-killed"]


@pytest.mark.parametrize("kinds", [("hub-killed", "hub-restarted"), ("clock-step", "proxy-restarted")])
def test_before_one_of_the_same_sort_the_books_agree(monkeypatch: pytest.MonkeyPatch, kinds: tuple[str, ...]) -> None:
    happened: list[str] = []
    monkeypatch.setattr(on_hub, "inject", lambda _scene, event: happened.append(event.kind))

    def agree(_since: float, _login: str = "") -> bool:
        happened.append("agreed")
        return True

    stood = scene(Agreeing(0))
    monkeypatch.setattr(stood.auditor, "agree", agree)
    assert Lanes(stood, []).run(Plan([Event(at, kind, 0, 0.5) for at, kind in enumerate(kinds)], [], [])) == 2
    assert happened == [kinds[0], "agreed", kinds[1], "agreed"]


def test_those_that_keep_people_from_hub_or_slurm_are_of_one_sort() -> None:
    others = {*HUB, *SLURM} - KEEPING
    assert others | KEEPING == {*HUB, *SLURM}
    assert others == {
        *("proxy-killed", "proxy-restarted", "clock-step"),
        *("slurmdbd-away", "mariadb-away", "node-down"),
    }


def test_who_is_done_takes_over_from_who_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    auditor = Agreeing(2)  # so nobody has their second before both have had their first
    monkeypatch.setattr(on_sessions, "inject", auditor.inject)
    planned = Plan([], [], [[], [Event(1, "job-cancelled", 0, 0.5, 1), Event(2, "person-stops", 0, 0.5, 1)]])
    assert Lanes(scene(auditor), [person("first"), person(WHO)]).run(planned) == 2
    assert sorted(auditor.happened) == sorted(["first", WHO])
    assert f"to first in place of {WHO} (" in capsys.readouterr().err


def test_what_takes_longest_is_taken_over_first_and_from_whoever_has_most_left() -> None:
    short, long = Event(1, "job-cancelled", 0, 0.5, 0), Event(2, "call-back-never", 0, 0.5, 0)
    other = Event(3, "job-cancelled", 0, 0.5, 1)
    shares = Shares([[short, long], [other], []])
    assert list(shares.of(2)) == [long, short, other]
    assert list(shares.of(0)) == list(shares.of(1)) == []


def test_everybody_keeps_the_order_of_what_is_their_own() -> None:
    planned = plan(3, 60, 4)
    shares = Shares(planned.people)
    both = iter(shares.of(0)), iter(shares.of(1))
    assert [next(both[0]), next(both[1])] == [planned.people[0][0], planned.people[1][0]]
    assert next(both[0]) == planned.people[0][1]


def test_what_was_to_happen_to_a_real_server_does() -> None:
    real, other = Event(1, "out-of-memory", 0, 0.5, 0), Event(2, "person-stops", 0, 0.5, 1)
    shares = Shares([[real], [other], []], kept={0})
    assert list(shares.of(2)) == [other]
    assert list(shares.of(0)) == [real]


# -- a hub killed at a gate --------------------------------------------------------------------------------------------


@pytest.fixture
def hub() -> Iterator[tuple[int, int]]:
    """A process in the hub's place, and the one that waits at a gate for it."""
    code = "import subprocess; it = subprocess.Popen(['sleep', '60']); print(it.pid, flush=True); it.wait()"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True) as process:
        assert process.stdout
        waiter = int(process.stdout.readline())
        yield process.pid, waiter
        subprocess.run(["kill", str(waiter)], check=True)


def test_a_hub_that_began_while_they_asked_is_killed_as_well_as_any(
    hub: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its submission waits at the gate; to stop and ask once more, alone, would cost the run half a minute."""
    stage = Turned(*hub)
    killed: list[list[int]] = []
    monkeypatch.setattr(on_starts, "_killed_with", lambda _scene, launchers, _seconds: killed.append(launchers))
    asks = SimpleNamespace(login=WHO, asks=lambda: setattr(stage, "hub_pid", hub[0]), stops=lambda: killed.append([]))
    stood = cast(Scene, SimpleNamespace(stage=stage))
    on_starts._hub_killed_at(stood, cast(Person, asks), "before-sbatch-x", with_launcher=True)
    assert killed == [[hub[1]]]


class Turned:
    """A stage with a hub that is not there yet, and somebody at every gate."""

    def __init__(self, _hub: int, waiter: int) -> None:
        self.hub_turn, self.hub_pid, self._waiter = Turn(), 0, waiter

    def closed(self, _gate: str) -> Turn:
        return Turn()

    def at_gate(self, _gate: str) -> int:
        return self._waiter


# -- turns and times ---------------------------------------------------------------------------------------------------


def test_a_turn_says_for_how_long_it_was_had_and_each_thread_for_how_long_it_waited() -> None:
    turn, waited, taken = Turn(), [], threading.Event()

    def other() -> None:
        taken.set()
        with turn:
            waited.append(waited_here())

    before = waited_here()
    with turn, turn:
        thread = threading.Thread(target=other)
        thread.start()
        assert taken.wait(SECONDS)
        had_from = time.monotonic()
        while time.monotonic() < had_from + 0.05:
            assert not waited
    thread.join()
    assert waited[0] > 0
    assert turn.held >= 0.05
    assert waited_here() - before < turn.held
    assert turn.acquire(blocking=False)
    turn.release()


def test_a_turn_that_did_not_come_in_time_was_waited_for_too() -> None:
    turn, had = Turn(), []

    def other() -> None:
        had.append((turn.acquire(timeout=0.05), waited_here()))

    with turn:
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    ((got, waited),) = had
    assert (got, waited >= 0.04) == (False, True)


def test_the_table_has_each_kind_with_its_number_its_seconds_and_the_longest() -> None:
    times = Times()
    times.part("the events")
    times.event("hub-killed", Spent(itself=10, books=2))
    times.event("time-over", Spent(in_vain=1, turn=2, itself=90, books=4, stop=3))
    times.event("time-over", Spent(itself=50))
    whole, turns, head, *rows = times.table({"the hub": 12.4, "Slurm": 3.0})
    assert whole == "where 0 s went: the events 0"
    assert turns.endswith(": the hub 12, Slurm 3")
    assert head.split()[-8:] == ["all", "in", "vain", "turn", "itself", "books", "stop", "longest"]
    assert [row.split() for row in rows] == [
        ["time-over", "2", "150", "1", "2", "140", "4", "3", "100"],
        ["hub-killed", "1", "12", "0", "0", "10", "2", "0", "12"],
    ]


def test_every_event_is_in_the_table_whether_or_not_it_happened(monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = Agreeing(1)
    stood = scene(auditor)
    stood.stage.subject.without = frozenset({"clock-step"})
    monkeypatch.setattr(on_hub, "inject", auditor.inject)
    planned = Plan([Event(1, "clock-step", 4, 0.5), Event(2, "hub-killed", 0, 0.5)], [], [])
    assert Lanes(stood, []).run(planned) == 1
    _, _, _, *rows = stood.times.table({})
    assert {row.split()[0]: row.split()[1] for row in rows} == {"clock-step": "1", "hub-killed": "1"}
