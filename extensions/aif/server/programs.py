"""Whether the session's programs use the processor: kernels, terminals, and what was left running behind them."""

import os
import re
import time
from pathlib import Path

#: Part of one processor core below which a program is taken to wait: an idle kernel uses a hundredth.
WORKING = 0.05
_JOB = re.compile(r"/job_[0-9]+")
_TICK = os.sysconf("SC_CLK_TCK")


class Programs:
    """All processes of this person in this job but the server itself; where jobs have no cgroup, all on the node."""

    def __init__(self, proc: Path = Path("/proc"), server: int | None = None) -> None:
        self._proc = proc
        self._server = os.getpid() if server is None else server
        self._uid = os.getuid()
        self._job = self._job_of(self._server)
        self._before: tuple[float, dict[int, int]] | None = None

    def working(self) -> bool:
        """Whether they have worked since this was last asked. The first time nothing is known, so they have."""
        now, spent = time.monotonic(), self._spent()
        before, self._before = self._before, (now, spent)
        if before is None or now <= before[0]:
            return True
        # One that has ended meanwhile is not counted, and one that began is from its start.
        ticks = sum(max(0, used - before[1].get(pid, 0)) for pid, used in spent.items())
        return ticks / _TICK >= WORKING * (now - before[0])

    def _spent(self) -> dict[int, int]:
        """Ticks by process."""
        found: dict[int, int] = {}
        for entry in os.scandir(self._proc):
            if not entry.name.isdigit() or int(entry.name) == self._server:
                continue
            try:
                if entry.stat().st_uid != self._uid or not self._mine(int(entry.name)):
                    continue
                fields = (self._proc / entry.name / "stat").read_text(errors="replace").rpartition(")")[2].split()
            except OSError:  # it has just ended
                continue
            found[int(entry.name)] = sum(map(int, fields[11:15]))  # utime, stime, and both of its ended children
        return found

    def _mine(self, pid: int) -> bool:
        return not self._job or self._job_of(pid) == self._job

    def _job_of(self, pid: int) -> str:
        try:
            match = _JOB.search((self._proc / str(pid) / "cgroup").read_text(errors="replace"))
        except OSError:
            return ""
        return match[0] if match else ""
