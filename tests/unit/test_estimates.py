"""Estimates: asked rarely, kept for a while, and judged by what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hub_material import database, request, until

from aif.core.errors import LaunchUnknown
from aif.core.states import EndCause
from aif_hub.book import SessionBook
from aif_hub.estimates import AT_ONCE, FEWEST, LAST, MOST_A_MINUTE, Estimates, Honesty, Record, judged
from aif_hub.launch import StartEstimate

NOW = datetime(2027, 4, 1, 12, 0, tzinfo=UTC)


class Oracle:
    """A launcher that only estimates; answers wait for `gate`."""

    def __init__(self) -> None:
        self.jobs: list[Mapping[str, Any]] = []
        self.answer: datetime | Exception | None = NOW
        self.gate = asyncio.Event()
        self.gate.set()
        self.at_once = self.most_at_once = 0

    async def estimate(self, *, login: str, job: Mapping[str, Any]) -> StartEstimate:
        self.jobs.append(job)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        self.at_once -= 1
        if isinstance(self.answer, Exception):
            raise self.answer
        return StartEstimate(self.answer, "")


class Clock:
    """A time that is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


class Table:
    """Estimates on a real database, with everything at hand that they stand on."""

    def __init__(self, path: Path) -> None:
        self.path, self.clock, self.oracle = path, Clock(), Oracle()
        self.open()

    def open(self) -> None:
        """As after a restart of the hub."""
        opened = database(self.path)
        self.book = SessionBook(opened, self.clock)
        self.estimates = Estimates(self.oracle, self.book, opened, self.clock)  # type: ignore[arg-type]


@pytest.fixture
def table(tmp_path: Path) -> Table:
    return Table(tmp_path / "hub.sqlite")


def test_many_who_look_at_once_and_soon_after_share_one_question(table: Table) -> None:
    async def play() -> None:
        answers = await asyncio.gather(*(table.estimates.of("demo-a", request(minutes=120)) for _ in range(40)))
        assert {answer.starts_at for answer in answers if answer} == {NOW}
        table.clock.now += timedelta(seconds=29)
        await table.estimates.of("demo-b", request(minutes=130))  # the same step
        assert len(table.oracle.jobs) == 1
        table.clock.now += timedelta(seconds=2)
        await table.estimates.of("demo-b", request(minutes=120))
        assert len(table.oracle.jobs) == 2

    asyncio.run(play())


def test_each_account_size_and_step_is_a_question_of_its_own(table: Table) -> None:
    async def play() -> None:
        for one in (request(), request(project="trn0007"), request(profile="cpu"), request(minutes=15)):
            await table.estimates.of("demo-a", one)
        assert len(table.oracle.jobs) == 4

    asyncio.run(play())


def test_slurm_is_asked_few_questions_at_once_and_few_a_minute(table: Table) -> None:
    async def play() -> None:
        table.oracle.gate.clear()
        asks = [
            asyncio.ensure_future(table.estimates.of("demo-a", replace(request(minutes=60), account=f"p{n}")))
            for n in range(MOST_A_MINUTE + 5)
        ]
        await until(lambda: len(table.oracle.jobs) == AT_ONCE)
        table.oracle.gate.set()
        answers = await asyncio.gather(*asks)
        assert table.oracle.most_at_once == AT_ONCE
        assert len(table.oracle.jobs) == MOST_A_MINUTE
        assert answers.count(None) == 5

    asyncio.run(play())


def test_who_does_not_wait_leaves_the_answer_to_the_next(table: Table) -> None:
    async def play() -> None:
        table.oracle.gate.clear()
        assert await table.estimates.of("demo-a", request(), patience=0) is None
        table.oracle.gate.set()
        assert await table.estimates.of("demo-a", request()) is not None
        assert len(table.oracle.jobs) == 1

    asyncio.run(play())


def test_a_page_says_the_last_answer_where_slurm_was_asked_enough(table: Table) -> None:
    async def play() -> None:
        asked = await table.estimates.of("ann", request())
        for n in range(MOST_A_MINUTE - 1):
            await table.estimates.of("ann", replace(request(), account=f"p{n}"))
        table.clock.now += timedelta(seconds=31)
        assert asked is not None
        assert await table.estimates.of("ann", request(), patience=5) == asked
        assert await table.estimates.of("ann", request()) is None
        assert len(table.oracle.jobs) == MOST_A_MINUTE

    asyncio.run(play())


def test_a_page_says_the_last_answer_while_the_next_is_on_its_way(table: Table) -> None:
    async def play() -> None:
        asked = await table.estimates.of("ann", request())
        table.clock.now += timedelta(seconds=31)
        table.oracle.gate.clear()
        assert await table.estimates.of("ann", request(), patience=5) == asked
        assert table.estimates.asking(request())
        table.oracle.gate.set()
        await until(lambda: not table.estimates.asking(request()))
        fresh = await table.estimates.of("ann", request(), patience=5)
        assert fresh is not None
        assert asked is not None
        assert fresh.asked_at - asked.asked_at == timedelta(seconds=31)

    asyncio.run(play())


def test_a_launcher_that_is_away_is_no_answer_and_is_asked_again(table: Table) -> None:
    async def play() -> None:
        table.oracle.answer = LaunchUnknown("away")
        assert await table.estimates.of("demo-a", request()) is None
        table.oracle.answer = None  # Slurm has no estimate: an answer too
        estimate = await table.estimates.of("demo-a", request())
        assert estimate is not None
        assert estimate.starts_at is None
        assert estimate.wait(NOW) is None

    asyncio.run(play())


def test_the_record_is_judged_by_real_starts_and_survives_a_restart(table: Table) -> None:
    async def play() -> None:
        for late in (0, 90, 119, 121, 600):
            await table.estimates.of("demo-a", request())
            session = table.book.write("demo-a", f"s{late}", request())
            table.estimates.told(session)
            table.book.update(session.session, started_at=NOW + timedelta(seconds=late))

    asyncio.run(play())
    table.open()
    assert table.estimates.honesty() == Record(now=Honesty(tried=5, close=3))
    assert table.estimates.honesty().known


def test_whether_it_can_start_now_and_when_later_have_each_a_record(table: Table) -> None:
    async def play() -> None:
        for wait, late in ((0, 0), (60, 0), (61, 0), (61, 500), (14400, 7000), (14400, 0), (14400, 60)):
            table.oracle.answer = NOW + timedelta(seconds=wait)
            await table.estimates.of("demo-a", one := replace(request(), account=f"p{wait}"))
            session = table.book.write("demo-a", f"s{wait}-{late}", one)
            table.estimates.told(session)
            table.book.update(session.session, started_at=NOW + timedelta(seconds=wait + late))
            later = NOW + timedelta(seconds=wait) if wait > 60 else None
            assert table.estimates.told_later(session) == later

    asyncio.run(play())
    assert table.estimates.honesty() == Record(now=Honesty(tried=2, close=2), later=Honesty(tried=5, close=3))
    assert table.estimates.told_later(table.book.write("demo-a", "", request())) is None


def test_what_could_start_now_leaves_the_last_estimates_of_a_queue_in_sight(table: Table) -> None:
    async def play() -> None:
        for wait, people in ((timedelta(hours=4), FEWEST), (timedelta(), 2 * LAST + 1)):
            table.clock.now += timedelta(minutes=1)
            table.oracle.answer = table.clock.now + wait
            await table.estimates.of("demo-a", request())
            for at in range(people):
                session = table.book.write("demo-a", f"{wait} {at}", request())
                table.estimates.told(session)
                table.book.update(session.session, started_at=table.clock.now)

    asyncio.run(play())
    assert table.estimates.honesty() == Record(Honesty(tried=LAST, close=LAST), Honesty(tried=FEWEST, close=0))


def test_nothing_is_written_down_when_nothing_was_shown(table: Table) -> None:
    async def play() -> None:
        table.estimates.told(table.book.write("demo-a", "", request()))  # nobody asked
        table.oracle.answer = None
        await table.estimates.of("demo-a", request())
        table.estimates.told(table.book.write("demo-a", "2", request()))  # Slurm had none
        table.oracle.answer = NOW
        await table.estimates.of("demo-a", request(profile="cpu"))
        table.clock.now += timedelta(minutes=6)
        table.estimates.told(table.book.write("demo-a", "3", request(profile="cpu")))  # shown too long ago

    asyncio.run(play())
    table.clock.now += timedelta(hours=1)
    assert table.estimates.honesty() == Record()
    assert not table.estimates.honesty().known


def test_giving_up_after_the_expected_start_is_a_miss_and_before_it_says_nothing(table: Table) -> None:
    session = table.book.write("demo-a", "", request())
    table.clock.now = NOW + timedelta(minutes=10)
    ended = table.book.close(session.session, EndCause.CANCELLED)
    waiting = table.book.write("demo-a", "2", request())
    told = [(NOW + timedelta(minutes=5), ended), (NOW + timedelta(minutes=9), ended), (NOW, waiting), (NOW, None)]
    assert judged(told, NOW + timedelta(minutes=1)) == Honesty(tried=1, close=0)
    assert judged(told, NOW + timedelta(minutes=3)) == Honesty(tried=2, close=0)
