"""How busy the session's own GPUs are, as their driver says; where there are none but pretended ones, by its processor.

Blocking, and slow the first time: call it in a thread.
"""

import os
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

MEASURED, EMULATED = "measured", "emulated"


@dataclass(frozen=True)
class GpuUse:
    """Percent of the time that kernels ran, and memory in bytes, over all of the session's GPUs; None: not known.

    `kind` says whether a driver measured it, or whether it is the use of processor and memory by the session's
    processes that stands in for it, where the site says that its GPUs are pretended ones.
    """

    kind: str
    percent: float | None
    memory_used: int | None
    memory_total: int | None

    def to_json(self) -> dict[str, Any]:
        """As the browser reads it."""
        return asdict(self)


class Measured:
    """NVIDIA's own library, for the GPUs in `visible` (CUDA_VISIBLE_DEVICES as Slurm sets it)."""

    def __init__(self, visible: str, nvml: ModuleType | None = None) -> None:
        self._visible = [name.strip() for name in visible.split(",") if name.strip()]
        self._nvml = nvml
        self._handles: list[Any] | None = None

    def look(self) -> GpuUse | None:
        """None where there is no driver, or none of the GPUs is found: it is not known then, which is not 0."""
        if not self._visible:
            return None
        try:
            if self._nvml is None:
                import pynvml

                self._nvml = pynvml
            if self._handles is None:
                self._nvml.nvmlInit()
                self._handles = [self._handle(name) for name in self._visible]
        except Exception:  # no module, no driver, a GPU of that name is not there: each release says so differently
            return None
        looks = [(self._busy(handle), self._memory(handle)) for handle in self._handles]
        busy = [percent for percent, _ in looks if percent is not None]
        memory = [both for _, both in looks if both is not None]
        if not busy and not memory:
            return None
        return GpuUse(
            MEASURED,
            sum(busy) / len(busy) if len(busy) == len(looks) else None,
            sum(used for used, _ in memory) if len(memory) == len(looks) else None,
            sum(total for _, total in memory) if len(memory) == len(looks) else None,
        )

    def _handle(self, name: str) -> Any:
        nvml: Any = self._nvml
        if name.isdigit():
            return nvml.nvmlDeviceGetHandleByIndex(int(name))
        return nvml.nvmlDeviceGetHandleByUUID(name)

    def _busy(self, handle: Any) -> float | None:
        """None for a part of a GPU (MIG): its driver does not tell."""
        nvml: Any = self._nvml
        try:
            return float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        except nvml.NVMLError:
            return None

    def _memory(self, handle: Any) -> tuple[int, int] | None:
        nvml: Any = self._nvml
        try:
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        except nvml.NVMLError:
            return None
        return int(memory.used), int(memory.total)


class Emulated:
    """The session's processes in place of GPUs that are not there: processor time between two looks, and memory."""

    def __init__(self, cpus: int, memory_total: int | None) -> None:
        self._cpus = max(1, cpus)
        self._memory_total = memory_total
        self._before: tuple[float, dict[int, float]] | None = None

    def look(self) -> GpuUse | None:
        """The first look has nothing to compare with and knows the memory only."""
        import psutil

        spent: dict[int, float] = {}
        resident = 0
        for process in _processes_of_session(psutil):
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    resident += process.memory_info().rss
            except psutil.Error:  # ended meanwhile
                continue
            spent[process.pid] = times.user + times.system
        now, before = time.monotonic(), self._before
        self._before = now, spent
        percent = None
        if before is not None and now > before[0]:
            busy = sum(seconds - before[1].get(pid, 0.0) for pid, seconds in spent.items())
            percent = min(100.0, max(0.0, 100 * busy / (now - before[0]) / self._cpus))
        used = resident if self._memory_total is None else min(resident, self._memory_total)
        return GpuUse(EMULATED, percent, used, self._memory_total)


def _processes_of_session(psutil: ModuleType) -> Sequence[Any]:
    """Kernels and what they started; the server itself is no part of what a person computes."""
    try:
        return list(psutil.Process(os.getpid()).children(recursive=True))
    except psutil.Error:
        return []
