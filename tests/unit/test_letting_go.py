"""A server that ended is let go of once, and again where that failed."""

from __future__ import annotations

import asyncio
from typing import Any

from aif_hub.letting_go import LetsGoOnce, finish


class Ended(LetsGoOnce):
    """A server whose job is over; `server` stands for JupyterHub's own row of it."""

    server: Any = object()

    async def poll(self) -> int:
        return 1


async def test_who_asks_meanwhile_waits_for_the_same_end() -> None:
    spawner, told, goes_on = Ended(), [], asyncio.Event()

    async def hub() -> None:
        told.append("asked the proxy")
        await goes_on.wait()
        spawner.server = None

    spawner.add_poll_callback(hub)
    first, second = (asyncio.ensure_future(spawner.poll_and_notify()) for _ in range(2))
    await asyncio.wait({first, second}, timeout=0.1)
    assert not first.done()
    assert not second.done()
    goes_on.set()
    assert [await first, await second] == [1, 1]
    assert told == ["asked the proxy"]


async def test_one_who_goes_away_leaves_the_others_their_answer() -> None:
    spawner, goes_on = Ended(), asyncio.Event()
    spawner.add_poll_callback(goes_on.wait)
    first, second = (asyncio.ensure_future(spawner.poll_and_notify()) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    goes_on.set()
    assert await second == 1


async def test_what_failed_is_done_again_by_who_looks_next() -> None:
    spawner, told = Ended(), []

    def hub() -> None:
        told.append("asked the proxy")
        if len(told) == 1:
            raise TimeoutError
        spawner.server = None

    spawner.add_poll_callback(hub)
    for _ in range(3):
        assert await spawner.poll_and_notify() == 1
    assert told == ["asked the proxy"] * 2


async def test_what_failed_is_done_again_once_the_proxy_answers_and_only_where_the_server_is_still_there() -> None:
    spawner, gone, told = Ended(), Ended(), []

    def hub(of: Ended) -> None:
        told.append(of)
        if told.count(of) == 1:
            raise TimeoutError
        of.server = None

    for one in (spawner, gone):
        one.add_poll_callback(hub, one)
        await one.poll_and_notify()
    gone.server = None  # somebody's stop was sooner
    assert {spawner, gone} <= set(LetsGoOnce.unfinished)
    for _ in range(2):
        await finish()
    assert told == [spawner, gone, spawner]
    assert not {spawner, gone} & set(LetsGoOnce.unfinished)


async def test_a_server_that_was_started_again_is_let_go_of_once() -> None:
    spawner, told = Ended(), []
    spawner.add_poll_callback(told.append, "first start")
    spawner.add_poll_callback(told.append, "second start")
    await spawner.poll_and_notify()
    assert told == ["second start"]


async def test_what_is_being_stopped_is_let_go_of_by_its_stop() -> None:
    spawner, told = Ended(), []
    spawner.add_poll_callback(told.append, "hub")
    spawner._stop_pending = True
    assert await spawner.poll_and_notify() is None
    spawner._stop_pending = False  # the proxy was away, and it is still there
    assert await spawner.poll_and_notify() == 1
    assert told == ["hub"]
