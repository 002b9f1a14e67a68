"""The session's GPU use: its own GPUs alone, unknown is never 0, and a stand-in says that it is one."""

import os
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from aif.server.api import gauge
from aif.server.gpu import Emulated, GpuUse, Measured

GIB = 1024**3


class NVMLError(Exception):
    """As pynvml's."""


class Driver:
    """NVIDIA's library as far as we use it: percent and memory by index or UUID; None is "not supported"."""

    NVMLError = NVMLError

    def __init__(self, gpus: dict[int | str, tuple[int | None, int]]) -> None:
        self.gpus, self.started = gpus, 0

    def nvmlInit(self) -> None:  # noqa: N802 - its names
        self.started += 1

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        if index not in self.gpus:
            raise NVMLError("Invalid Argument")
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid: str) -> str:  # noqa: N802
        if uuid not in self.gpus:
            raise NVMLError("Not Found")
        return uuid

    def nvmlDeviceGetUtilizationRates(self, handle: int | str) -> SimpleNamespace:  # noqa: N802
        percent = self.gpus[handle][0]
        if percent is None:
            raise NVMLError("Not Supported")
        return SimpleNamespace(gpu=percent, memory=1)

    def nvmlDeviceGetMemoryInfo(self, handle: int | str) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(used=self.gpus[handle][1] * GIB, total=80 * GIB)


def test_only_the_gpus_of_the_session_count():
    driver = Driver({0: (100, 70), 1: (60, 10), 2: (20, 30)})
    use = Measured("1,2", driver).look()
    assert use == GpuUse("measured", 40.0, 40 * GIB, 160 * GIB)


def test_the_driver_is_opened_once():
    driver = Driver({0: (1, 1)})
    meter = Measured("0", driver)
    meter.look(), meter.look()
    assert driver.started == 1


def test_a_part_of_a_gpu_is_known_by_its_memory_and_not_by_a_zero():
    use = Measured("MIG-1f2e", Driver({"MIG-1f2e": (None, 4)})).look()
    assert use == GpuUse("measured", None, 4 * GIB, 80 * GIB)


@pytest.mark.parametrize("visible", ["", "7", "GPU-unknown", "NoDevFiles"])
def test_a_gpu_that_is_not_found_is_not_known(visible):
    assert Measured(visible, Driver({0: (50, 1)})).look() is None


def test_where_there_is_no_driver_nothing_is_known_and_nothing_is_raised():
    use = Measured("0").look()
    assert use is None or use.kind == "measured"


def test_the_stand_in_says_so_and_shows_what_the_sessions_processes_do():
    meter = Emulated(cpus=1, memory_total=10 * GIB)
    code = "import sys\nsys.stdin.read(1)\nsum(range(3 * 10**7))\nprint('done', flush=True)\nsys.stdin.read(1)"
    busy = subprocess.Popen(
        [sys.executable, "-c", code],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    try:
        began, first = time.monotonic(), meter.look()
        busy.stdin.write(b"x"), busy.stdin.flush()
        busy.stdout.readline()
        busy_look, lasted = meter.look(), time.monotonic() - began
        ticks = sum(int(field) for field in Path(f"/proc/{busy.pid}/stat").read_text().split()[13:15])
    finally:
        busy.kill(), busy.wait()
    got = ticks / os.sysconf("SC_CLK_TCK") / lasted  # on a busy machine it is given less of a processor
    assert first.kind == busy_look.kind == "emulated"
    assert first.percent is None, "one look has nothing to compare with"
    assert busy_look.percent > 80 * got
    assert 0 < busy_look.memory_used <= busy_look.memory_total == 10 * GIB


async def test_whether_it_is_measured_is_the_hubs_to_say():
    assert gauge({"gpus": 0}, 2).meter is None
    assert isinstance(gauge({"gpus": 1, "gpus_visible": "0"}, 2).meter, Measured)
    assert isinstance(gauge({"gpus": 1, "gpus_emulated": True, "gpu_memory_gb": 10}, 2).meter, Emulated)
    assert await gauge({"gpus": 0}, 2).read() is None
