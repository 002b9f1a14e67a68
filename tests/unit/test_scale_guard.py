"""A worker's guard beside a real process that listens: it is frozen, killed, or has no room for more connections."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

from aif.scale.guard import Limits, lost

pytestmark = pytest.mark.slow
#: Listens, and answers each caller that says something; its queue has room for two that it has not accepted.
SERVER = """
import asyncio

async def answer(reader, writer):
    if await reader.read(1):
        writer.write(b"!")

async def main():
    door = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=1)
    print(door.sockets[0].getsockname()[1], flush=True)
    await door.serve_forever()

asyncio.run(main())
"""
QUICK = Limits(gone=0.5, silent=60.0, every=0.05, seldom=0.1)


class Kernel:
    def __init__(self) -> None:
        self.process = subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.port = int(self.process.stdout.readline())
        self.asked = 0

    async def ask(self) -> None:
        """As Dask does: a connection for each question, given up when no answer comes."""
        self.asked += 1
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(b"?")
            if not await reader.read(1):
                raise OSError("no answer")
        finally:
            writer.close()


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    made = Kernel()
    yield made
    made.process.kill()
    made.process.communicate()


async def until(true: Callable[[], bool], seconds: float = 20) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.02)


async def test_a_kernel_that_is_frozen_is_waited_for_and_one_that_is_killed_is_not(kernel: Kernel) -> None:
    guard = asyncio.create_task(lost("127.0.0.1", kernel.port, kernel.ask, QUICK))
    await until(lambda: kernel.asked > 2)
    kernel.process.send_signal(signal.SIGSTOP)
    frozen = kernel.asked
    # So many questions wait in its queue that nobody could connect any more.
    await until(lambda: kernel.asked > frozen + 12)
    await asyncio.sleep(3 * QUICK.gone)  # that nothing happens for so long is what is tested
    assert not guard.done()
    kernel.process.kill()
    await asyncio.wait_for(guard, 20)


async def test_one_that_goes_on_is_not_lost(kernel: Kernel) -> None:
    guard = asyncio.create_task(lost("127.0.0.1", kernel.port, kernel.ask, QUICK))
    kernel.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(1.4 * QUICK.gone)  # longer than until it would be gone, if it were
    kernel.process.send_signal(signal.SIGCONT)
    frozen = kernel.asked
    await until(lambda: kernel.asked > frozen + 20)
    assert not guard.done()
    guard.cancel()


async def test_one_that_is_silent_for_too_long_is_given_up(kernel: Kernel) -> None:
    kernel.process.send_signal(signal.SIGSTOP)
    limits = Limits(gone=0.5, silent=1.0, every=0.05, seldom=0.1)
    await asyncio.wait_for(lost("127.0.0.1", kernel.port, kernel.ask, limits), 20)


async def test_a_silent_one_is_asked_more_and_more_seldom(kernel: Kernel) -> None:
    kernel.process.send_signal(signal.SIGSTOP)
    limits = Limits(gone=0.5, silent=2.0, every=0.05, seldom=30.0)
    await asyncio.wait_for(lost("127.0.0.1", kernel.port, kernel.ask, limits), 20)
    assert kernel.asked <= 6, "after 0.05, 0.1, 0.2, 0.4 and 0.8 s"


async def test_it_ends_with_its_program_also_where_a_question_hides_that() -> None:
    """Dask closes its connections then, and the question that is under way fails by that instead."""
    asked = asyncio.Event()

    async def ask() -> None:
        asked.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError("the connections are closed") from None

    guard = asyncio.create_task(lost("127.0.0.1", 1, ask, Limits(gone=60.0, silent=60.0, every=0.05, seldom=0.1)))
    await asked.wait()
    every = asyncio.all_tasks() - {asyncio.current_task()}
    for one in every:  # as asyncio does at its end
        one.cancel()
    await asyncio.wait([guard], timeout=10)
    assert guard.cancelled()
