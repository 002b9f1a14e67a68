"""A kernel of ours has no port, and what its forked processes print is still seen."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("ipykernel")
psutil = pytest.importorskip("psutil")

from jupyter_client.manager import KernelManager  # noqa: E402 - of that, too

FORK = """
import os
if os.fork() == 0:
    print("from a fork", flush=True)
    os._exit(0)
os.wait()
"""


@pytest.fixture
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KernelManager]:
    manager = KernelManager(transport="ipc", ip=str(tmp_path_factory.mktemp("k") / "kernel"))
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv = [sys.executable, "-m", "aif_kernels.launch", "-f", "{connection_file}"]
    manager.start_kernel()
    manager.restart_kernel(now=True)  # killed, so that its socket is still there for the next
    yield manager
    manager.shutdown_kernel(now=True)


def test_what_a_fork_prints_comes_through_and_nothing_listens_on_a_port(kernel: KernelManager) -> None:
    client = kernel.client()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    said: list[str] = []
    client.execute_interactive(FORK, timeout=30, output_hook=lambda message: said.append(str(message["content"])))
    while "from a fork" not in "".join(said):  # it may come after the cell has ended
        said.append(str(client.get_iopub_msg(timeout=30)["content"]))
    (process,) = [one for one in psutil.Process().children() if "aif_kernels.launch" in one.cmdline()]
    assert process.net_connections("inet") == []
    client.stop_channels()


def test_on_ports_of_its_own_it_is_ipykernels() -> None:
    code = "from aif_kernels.output import PrivateOutput as P; import zmq\n"
    code += "s = zmq.Context().socket(zmq.XPUB); s.bind_to_random_port('tcp://127.0.0.1')\n"
    code += "t = P(s, pipe=True); print(t._pipe_port, t._pipe_address)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip().isdigit()
