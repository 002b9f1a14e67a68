"""What takes a while to read: waited for once, then read again before anybody has to wait."""

from __future__ import annotations

import asyncio

import pytest
from hub_material import until

from aif.core.errors import SlurmError
from aif_hub import kept
from aif_hub.kept import Kept


class Slow:
    """Counts its readings; each waits until `let` is set. `fault` is raised where it is given."""

    def __init__(self) -> None:
        self.readings = 0
        self.let = asyncio.Event()
        self.fault: SlurmError | None = None

    async def read(self) -> int:
        self.readings += 1
        await self.let.wait()
        if self.fault:
            raise self.fault
        return self.readings


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times = [1000.0]
    monkeypatch.setattr(kept, "monotonic", lambda: times[0])
    return times


async def test_the_first_answer_is_waited_for_by_all_and_read_once(clock: list[float]) -> None:
    slow = Slow()
    counts = Kept(slow.read, 0, fresh=10, stale=60)
    asked = [asyncio.ensure_future(counts.now()) for _ in range(3)]
    await asyncio.sleep(0)
    assert not any(one.done() for one in asked)
    slow.let.set()
    assert await asyncio.gather(*asked) == [1, 1, 1]


async def test_an_older_answer_is_given_at_once_while_it_is_read_again(clock: list[float]) -> None:
    slow = Slow()
    slow.let.set()
    counts = Kept(slow.read, 0, fresh=10, stale=60)
    assert await counts.now() == 1
    clock[0] += 11
    slow.let.clear()
    assert (await counts.now(), await counts.now(), counts.glance()) == (1, 1, 1)
    await asyncio.sleep(0)
    assert slow.readings == 2
    slow.let.set()
    await until(lambda: counts.value == 2)


async def test_a_stale_answer_is_waited_for_and_kept_where_slurm_is_away(clock: list[float]) -> None:
    slow = Slow()
    slow.let.set()
    counts = Kept(slow.read, 0, fresh=10, stale=60)
    await counts.now()
    clock[0] += 61
    assert await counts.now() == 2
    clock[0] += 61
    slow.fault = SlurmError("sinfo", 1, "away")
    assert await counts.now() == 2
    assert (await counts.now(), slow.readings) == (2, 3), "one that failed is not asked again at once"


async def test_who_has_patience_for_so_long_has_what_is_known_and_the_question_goes_on(clock: list[float]) -> None:
    slow = Slow()
    counts = Kept(slow.read, 0, fresh=10, stale=60)
    assert (await counts.now(0.01), await counts.now(0), slow.readings) == (0, 0, 1)
    slow.let.set()
    assert (await counts.now(), slow.readings) == (1, 1)
