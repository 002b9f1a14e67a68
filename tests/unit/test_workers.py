"""Workers as the hub sees them: all in one look, each person's own alone, and none that outlives its session."""

from __future__ import annotations

import asyncio
import getpass
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hub_material import ScriptedLauncher, database, request, site
from hypothesis import given
from hypothesis import strategies as st

from aif.core.errors import LaunchUnknown, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif.core.states import EndCause
from aif.core.workers import Worker, WorkerJob, everybodys, parse_everybodys
from aif_hub import workers as workers_module
from aif_hub.audit.changes import Changes
from aif_hub.audit.entry import Entry
from aif_hub.book import Session, SessionBook
from aif_hub.workers import GRACE, Workers

LOGIN, UID = getpass.getuser(), os.getuid()
SESSION = "0123456789abcdef" * 2
MARK = "a1b2c3d4"
ROW = f"{MARK}|12|1003|trn0007|gres/gpu:h100:1|2|12_3|PENDING|n/a|N/A|0:00|Priority|mine {SESSION} aif-x7/1"


def worker(session: str, array: int = 12, state: str = "PENDING", uid: int = UID, account: str = "") -> Worker:
    return Worker(array, uid, session, WorkerJob(f"{array}_0", state), account)


class Slurm:
    """Shows `workers`; `away` makes it fail; a look waits for `gate` where there is one."""

    def __init__(self) -> None:
        self.workers: tuple[Worker, ...] = ()
        self.away = False
        self.looks = 0
        self.began = asyncio.Event()
        self.gate: asyncio.Event | None = None

    async def ask(self, _call: Call[Any], _cluster: Cluster) -> tuple[Worker, ...]:
        self.looks += 1
        self.began.set()
        shown = self.workers
        if self.gate is not None:
            await self.gate.wait()
        if self.away:
            raise SlurmUnreachable("squeue", 1, "Unable to contact slurm controller")
        return shown


class Clock:
    def __init__(self) -> None:
        self.time = datetime(2026, 11, 28, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def slurm() -> Slurm:
    return Slurm()


@pytest.fixture
def launcher() -> ScriptedLauncher:
    return ScriptedLauncher()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def book(tmp_path: Path, clock: Clock) -> SessionBook:
    return SessionBook(database(tmp_path / "hub.sqlite"), clock)


@pytest.fixture
def workers(
    book: SessionBook, launcher: ScriptedLauncher, slurm: Slurm, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> Workers:
    monkeypatch.setattr(workers_module, "LEAST_SECONDS", 0.0)
    monkeypatch.setattr(workers_module, "SHARE", 0)
    weights = {"h100_1g.10gb": Fraction(1, 7)}
    return Workers(site().clusters[0], book, launcher, slurm.ask, clock, weights=weights)  # type: ignore[arg-type]


@pytest.fixture
def session(book: SessionBook) -> Session:
    return book.write(LOGIN, "", request(project="inspect01"))


def test_a_row_tells_whose_it_is() -> None:
    (found,) = parse_everybodys(ROW, MARK)
    assert (found.array, found.uid, found.session, found.account) == (12, 1003, SESSION, "trn0007")
    assert (found.job.job_id, found.job.node, found.job.reason) == ("12_3", "", "Priority")
    assert WorkerJob.from_json(found.job.to_json()) == found.job


@pytest.mark.parametrize("none", ["", "(null)", "N/A"])
def test_an_array_without_an_account_has_none(none: str) -> None:
    (found,) = parse_everybodys(ROW.replace("trn0007", none), MARK)
    assert (found.account, found.job.job_id) == ("", "12_3")


def test_a_comment_passes_for_no_row_and_for_no_session() -> None:
    row = f"13|1004|trn0007|gres/gpu:h100:1|2|13_0|PENDING|n/a|N/A|0:00|Priority|{SESSION}"
    forged = f"x\n{row}\n{MARK[:-1]}|{row}"
    rows = parse_everybodys(ROW.replace("mine", forged), MARK)
    assert [(one.array, one.session) for one in rows] == [(12, "")]
    assert everybodys().argv != everybodys().argv, "no row's first word can be known beforehand"


@given(st.text(max_size=200))
def test_no_text_breaks_the_look(text: str) -> None:
    for one in parse_everybodys(f"{MARK}|{text}\n{text}", MARK):
        assert len(one.session) in (0, 32)


async def test_who_asks_at_the_same_time_is_served_by_one_look(workers: Workers, slurm: Slurm) -> None:
    slurm.gate = asyncio.Event()
    first = [asyncio.ensure_future(workers.look_after_now()) for _ in range(5)]
    await slurm.began.wait()
    late = asyncio.ensure_future(workers.look_after_now())  # the look that goes on began before
    slurm.gate.set()
    assert await asyncio.gather(*first, late) == [True] * 6
    assert slurm.looks == 2


async def test_a_session_has_its_own_workers_alone(workers: Workers, slurm: Slurm, session: Session) -> None:
    slurm.workers = (worker(session.session), worker(SESSION, 13), worker(session.session, 14, uid=UID + 1))
    await workers.look_after_now()
    assert [job.job_id for job in workers.of(session)] == ["12_0"]


async def test_while_slurm_is_away_the_last_that_was_seen_stays(
    workers: Workers, slurm: Slurm, session: Session
) -> None:
    slurm.workers = (worker(session.session),)
    assert await workers.look_after_now()
    slurm.away = True
    assert not await workers.look_after_now()
    assert len(workers.of(session)) == 1
    assert "Unable to contact" in workers.trouble


@pytest.mark.parametrize(
    ("changed", "cancelled"),
    [({}, [12]), ({"session": SESSION}, []), ({"uid": UID + 1}, []), ({"state": "COMPLETED"}, [])],
    ids=["ours", "of a session that nobody knows", "of somebody else", "ended"],
)
async def test_workers_that_outlive_their_session_are_ended(
    workers: Workers,
    slurm: Slurm,
    book: SessionBook,
    session: Session,
    launcher: ScriptedLauncher,
    clock: Clock,
    changed: dict[str, Any],
    cancelled: list[int],
) -> None:
    slurm.workers = (worker(**{"session": session.session, **changed}),)
    await workers.tend()
    assert launcher.calls == [], "its session is open"
    book.close(session.session, EndCause.NODE_FAILED)
    await workers.tend()
    assert launcher.calls == [], "it is given time to end by itself"
    clock.time += GRACE
    await workers.tend()
    assert launcher.calls == ([("cancel", tuple(cancelled))] if cancelled else [])


async def test_a_launcher_in_trouble_is_asked_again(
    workers: Workers, slurm: Slurm, book: SessionBook, session: Session, launcher: ScriptedLauncher, clock: Clock
) -> None:
    def fails(_ids: Sequence[int]) -> None:
        raise LaunchUnknown("no answer")

    slurm.workers = (worker(session.session),)
    book.close(session.session, EndCause.NODE_FAILED)
    clock.time += GRACE + timedelta(seconds=1)
    launcher.on_cancel = fails
    await workers.tend()
    launcher.on_cancel = tuple
    await workers.tend()
    assert launcher.count("cancel") == 2


async def test_nobody_is_asked_while_nothing_is_to_be_known(workers: Workers, slurm: Slurm) -> None:
    await workers.tend()
    await workers.tend()
    assert slurm.looks == 1, "once when the hub begins, then every five minutes"


async def test_arrays_that_come_and_go_are_told_once_and_those_of_others_never(
    book: SessionBook, launcher: ScriptedLauncher, slurm: Slurm, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers_module, "LEAST_SECONDS", 0.0)
    told: list[tuple[str, str, int, str]] = []
    made = Workers(
        *(site().clusters[0], book, launcher, slurm.ask, clock),  # type: ignore[arg-type]
        tell=lambda action, session, array, account: told.append((action, session.session, array, account)),
    )
    mine = book.write(LOGIN, "", request()).session
    slurm.workers = (*[worker(mine, account="trn0007")] * 2, worker("f" * 32, 13), worker(mine, 14, uid=UID + 1))
    await made.look_after_now()
    await made.look_after_now()
    slurm.workers = (worker(mine, state="RUNNING"), worker(mine, 15, "COMPLETED"))
    await made.look_after_now()
    assert told == [("cluster.start", mine, 12, "trn0007")]
    slurm.away = True
    await made.look_after_now()
    assert len(told) == 1
    slurm.away, slurm.workers = False, ()
    await made.look_after_now()
    assert told[1:] == [("cluster.end", mine, 12, "trn0007")]


@pytest.mark.parametrize(("account", "pays"), [("trn0007", "trn0007"), ("", "inspect01")])
def test_the_audit_log_says_who_pays_for_an_array(session: Session, account: str, pays: str) -> None:
    lines: list[Entry] = []
    for action in ("cluster.start", "cluster.end"):
        Changes(lines.append).workers(action, session, 12, account)
    assert session.request.account == "inspect01"
    assert [(one.action, one.who, one.account, one.job_id) for one in lines] == [
        ("cluster.start", LOGIN, pays, 12),
        ("cluster.end", "", pays, 12),
    ]
    assert {(one.session, one.on) for one in lines} == {(session.session, LOGIN)}
