"""Which servers do not answer: when that is said, when it is taken back, and how little is asked for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hub_material import database, until
from silence_material import now, up

from aif.core.states import EndCause
from aif_hub import silence, spawner
from aif_hub.book import SessionBook
from aif_hub.silence import Silence

pytestmark = pytest.mark.timeout(60)
HEARD = datetime(2027, 4, 1, 12, tzinfo=UTC)


class Program:
    """A server as an `ask`: it answers while `awake` is set, and refuses while `refuses` is."""

    def __init__(self) -> None:
        self.awake = asyncio.Event()
        self.awake.set()
        self.refuses = False
        self.turns = 0  # of the hub's loop, until its answer is read
        self.asked: list[str] = []
        self.waiting = self.most_waiting = 0

    async def ask(self, address: str) -> bool:
        self.asked.append(address)
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        try:
            await self.awake.wait()
            for _ in range(self.turns):
                await asyncio.sleep(0)
        finally:
            self.waiting -= 1
        return not self.refuses


@pytest.fixture
def book(tmp_path: Path) -> SessionBook:
    return SessionBook(database(tmp_path / "hub.sqlite"))


@pytest.fixture
async def program() -> Program:
    return Program()


@pytest.fixture
async def listening(book: SessionBook, program: Program, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Silence]:
    """At a pace of milliseconds."""
    for name, seconds in (("EVERY", 0.01), ("SILENT", 0.05), ("COUNTED", 0.01), ("AGAIN", 0.01)):
        monkeypatch.setattr(silence, f"{name}_SECONDS", seconds)
    made = Silence(book, lambda session: session.session, program.ask, lambda: HEARD)
    yield made
    for one in book.open_sessions():
        book.close(one.session, EndCause.STOPPED)
    await made.tend()


async def asked_again(program: Program, times: int = 2) -> None:
    before = len(program.asked)
    await until(lambda: len(program.asked) >= before + times)


async def test_a_server_that_answers_is_asked_again_and_nothing_is_said_of_it(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    heard = book.news.about("marieke")
    await listening.tend()
    await asked_again(program, 5)
    assert now(book, session).silent_since is None
    assert not heard.is_set(), "that all is well is no news"


async def test_a_server_that_does_not_answer_is_silent_since_its_last_answer_until_the_next(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    await listening.tend()
    await asked_again(program)
    program.awake.clear()
    await until(lambda: now(book, session).silent_since)
    assert now(book, session).silent_since == HEARD
    assert (now(book, session).step, now(book, session).stop_asked) == ("ready", False)
    heard = book.news.about("marieke")
    program.awake.set()
    await asyncio.wait_for(heard.wait(), 5)
    assert now(book, session).silent_since is None


async def test_a_silent_server_is_asked_one_thing_and_no_more_until_it_answers(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    program.awake.clear()
    await listening.tend()
    await until(lambda: now(book, session).silent_since)
    for _ in range(3):
        await listening.tend()
        await asyncio.sleep(0.02)
    assert (len(program.asked), program.most_waiting) == (1, 1)


async def test_a_server_that_refuses_every_connection_is_silent_as_well(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    program.refuses = True
    await listening.tend()
    await until(lambda: now(book, session).silent_since)
    assert len(program.asked) > 1, "it may come back at any time, and would not say so"
    program.refuses = False
    await until(lambda: now(book, session).silent_since is None)


async def test_while_the_hub_itself_stands_still_nobody_falls_silent(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    program.turns = 3
    program.awake.clear()
    await listening.tend()
    await until(lambda: program.waiting)
    heard = book.news.about("marieke")
    time.sleep(10 * silence.SILENT_SECONDS)  # noqa: ASYNC251  # the loop is to stand still
    program.awake.set()  # its answer has come meanwhile, and was not read
    await asked_again(program)
    assert not heard.is_set()
    assert now(book, session).silent_since is None


async def test_each_server_is_asked_by_itself_and_one_that_is_silent_holds_up_no_other(
    book: SessionBook, listening: Silence
) -> None:
    silent, well = Program(), Program()
    silent.awake.clear()
    first, second = up(book), up(book, "session-2")
    listening._ask = lambda address: (silent if address == first else well).ask(address)
    await listening.tend()
    await until(lambda: now(book, first).silent_since)
    await asked_again(well, 3)
    assert now(book, second).silent_since is None


@pytest.mark.parametrize("changes", [{"step": "starting"}, {"port": 0}, {"stop_asked": True}])
async def test_what_is_not_up_or_is_being_stopped_is_not_asked(
    listening: Silence, book: SessionBook, changes: dict[str, Any]
) -> None:
    up(book, **changes)
    await listening.tend()
    assert listening._listening == {}


async def test_a_session_that_has_ended_is_asked_nothing_more(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book)
    program.awake.clear()
    await listening.tend()
    await until(lambda: program.waiting)
    book.close(session, EndCause.STOPPED)
    await listening.tend()
    await until(lambda: not program.waiting)
    assert listening._listening == {}


@pytest.mark.parametrize("refuses", [False, True])
async def test_a_session_that_has_ended_is_asked_nothing_before_the_next_round_either(
    listening: Silence, book: SessionBook, program: Program, refuses: bool
) -> None:
    """Its port may be somebody else's a moment later."""
    session = up(book)
    program.refuses = refuses
    await listening.tend()
    await asked_again(program)
    book.close(session, EndCause.STOPPED)
    asked = len(program.asked)
    (listener,) = listening._listening.values()
    await asyncio.wait_for(listener, 5)
    assert len(program.asked) == asked


async def test_a_hub_that_begins_anew_takes_back_what_the_one_before_has_said(
    listening: Silence, book: SessionBook, program: Program
) -> None:
    session = up(book, silent_since=HEARD)
    await listening.tend()
    await until(lambda: now(book, session).silent_since is None)


async def test_a_server_that_a_new_hub_asks_in_vain_for_something_else_is_silent_at_once_until_it_answers(
    listening: Silence, book: SessionBook
) -> None:
    session = up(book)
    listening.missed(now(book, session))
    assert now(book, session).silent_since == HEARD
    await listening.tend()
    await until(lambda: now(book, session).silent_since is None)
    book.close(session, EndCause.STOPPED)
    listening.missed(replace(now(book, session), step="ready"))
    assert now(book, session).silent_since is None


def test_what_is_untrue_is_shown_for_less_than_half_a_minute() -> None:
    """Also where the hub is killed just before it would have said so, and where the session had only just opened."""
    untrue = silence.EVERY_SECONDS + silence.SILENT_SECONDS
    assert untrue + spawner.SILENT_SECONDS < 30
    assert untrue + silence.TEND_SECONDS < 30
