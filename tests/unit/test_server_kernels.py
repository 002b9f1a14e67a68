"""Kernels that are watched: what somebody asks of them counts, what they say by themselves does not."""

import asyncio
import itertools
import time
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from hub_material import until

pytest.importorskip("jupyter_server")
pytest.importorskip("ipykernel")

from aif.server import kernels
from aif.server.kernels import WatchedKernels

#: How often a cell is heard of.
BEGAN_AND_ENDED = 2

#: A widget that redraws by itself, after its cell has ended and when it is told to.
REDRAWING = """
import comm, pathlib, threading, time
line = comm.create_comm(target_name="a-widget")
def redraw():
    while not pathlib.Path({told!r}).exists():
        time.sleep(0.02)
    line.send({{"redrawn": 1}})
threading.Thread(target=redraw).start()
"""


@pytest.fixture
async def kernel():
    manager = WatchedKernels()
    kernel_id = await manager.start_kernel(kernel_name="python3")
    client = manager.get_kernel(kernel_id).client()
    client.start_channels()
    await client.wait_for_ready(timeout=60)
    yield manager, client
    client.stop_channels()
    await manager.shutdown_all(now=True)
    assert not manager.busy


async def heard(client, kind, content=lambda _: True, of=None):
    """Returns after a message of that kind; of the question `of` alone, if given, and not of one asked before."""
    async with asyncio.timeout(30):
        while True:
            message = await client.get_iopub_msg()
            its = of is None or message["parent_header"].get("msg_id") == of
            if its and message["msg_type"] == kind and content(message["content"]):
                return


async def test_a_cell_counts_while_it_runs_and_when_it_began_and_ended(kernel):
    manager, client = kernel
    before = time.monotonic()
    cell = client.execute("import time; time.sleep(1)")
    await heard(client, "status", lambda content: content["execution_state"] == "busy", of=cell)
    await until(lambda: manager.busy)
    await heard(client, "status", lambda content: content["execution_state"] == "idle", of=cell)
    await until(lambda: not manager.busy)
    await until(lambda: manager.asked_at >= before + 1)  # it hears on a socket of its own


async def test_a_widget_that_redraws_by_itself_does_not_count_and_a_click_on_it_does(kernel, tmp_path, monkeypatch):
    manager, client = kernel
    monkeypatch.setattr(kernels, "time", SimpleNamespace(monotonic=itertools.count(1).__next__))  # counts what is heard
    client.execute(REDRAWING.format(told=str(tmp_path / "told")))
    await until(lambda: manager.asked_at == BEGAN_AND_ENDED, 30)
    told = datetime.now(UTC)
    (tmp_path / "told").touch()
    await heard(client, "comm_msg")
    (watched,) = manager._kernels.values()
    await until(lambda: watched.last_activity > told)  # Jupyter has heard and counts it
    assert manager.asked_at == BEGAN_AND_ENDED
    client.shell_channel.send(client.session.msg("comm_msg", {"comm_id": "gone", "data": {}}))
    await until(lambda: manager.asked_at > BEGAN_AND_ENDED)
