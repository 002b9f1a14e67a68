"""The faults of `aif bench cluster`: a kernel computes with a cluster, things happen to both, an auditor looks.

- `faults`: how many happened, of the kinds in `faults.py`.
- `wrong_results`: computations that came out wrong, raised or gave nothing, in a kernel that was not killed.
- `zombies_over_60s`: worker jobs that Slurm has a minute after their kernel went, or that their cluster does not know.
- `unexplained_over_30s`: times when workers missed for longer than that and the cluster showed no reason.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from aif.core.workers import JOB_NAME
from aif_hub.bench.as_kernel import InSession, Kernel
from aif_hub.bench.auditor import OUTLIVED_SECONDS, Auditor
from aif_hub.bench.course import say
from aif_hub.bench.faults import faults
from aif_hub.bench.injecting import Field, inject
from aif_hub.bench.rig import until
from aif_hub.demo.commands import outcome
from aif_hub.demo.errors import CommandFailed

#: Workers of a whole GPU on three nodes, while the session itself is on the fourth.
SIZE, COUNT = "gpu", 4
#: So long the next fault waits for the cluster to be whole, and a person would before scaling it again.
WHOLE_SECONDS = 120.0
_FORM = "JobArrayID:40,Stdout:400"


def chaos(session: InSession, number: int, seed: int) -> dict[str, int]:
    """The figures of so many faults; nothing of them is left afterwards."""
    auditor = Auditor()
    with _listed(session, auditor), _Computing(session, auditor) as computing:
        for turn, fault in enumerate(faults(seed, number), 1):
            began = time.monotonic()
            met = inject(computing.field(), fault)
            over = time.monotonic()
            how = "the next at once" if fault.at_once else computing.recover(over)
            say(f"fault {turn}, {fault.kind} ({met}; {over - began:.0f} s): {how}")
        last = time.monotonic()
        computing.recover(last)
        computing.end()
        until(lambda: time.monotonic() - last > OUTLIVED_SECONDS + 10, "the last minute", 120, 1)
    for line in (*auditor.wrong, *(f"left over: {job} of {whose}" for job, whose in auditor.zombies.items())):
        say(line)
    return {"faults": number, **auditor.figures()}


class _Computing:
    """The kernel that computes now; another takes its place when it is killed."""

    def __init__(self, session: InSession, auditor: Auditor) -> None:
        self._session, self._auditor = session, auditor
        self._adapts = False

    def __enter__(self) -> _Computing:
        self._kernel = self._start()
        try:
            say(self.recover(time.monotonic()))
        except BaseException:
            self._kernel.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        """The cluster closes, and its jobs are to end as those of a killed kernel."""
        if self._kernel.alive:
            self._kernel.close()
            self._auditor.paused()
            self._auditor.ended(self._kernel.cluster, time.monotonic())

    def field(self) -> Field:
        """Where the next fault happens."""
        if not self._kernel.alive:
            self._auditor.ended(self._kernel.cluster, time.monotonic())
            self.renew()
        size = self._session.size(SIZE)
        return Field(
            inst=self._session.made.inst,
            login=self._session.login,
            partition=size["partition"],
            qos=self._session.public["scale"]["qos"],
            auditor=self._auditor,
            kernel=self._kernel,
            renew=self.renew,
        )

    def renew(self) -> None:
        """A new kernel, which adapts where the last one did not."""
        self._auditor.paused()
        self._adapts = not self._adapts
        self._kernel = self._start()

    def recover(self, since: float) -> str:
        """Waits until all are at work again and something that began after `since` came out right; how it went."""
        began = time.monotonic()
        while not self._recovered(since):
            if time.monotonic() - began > WHOLE_SECONDS:
                said = self._kernel.scale(COUNT) if self._kernel.alive else "the kernel is gone"
                say(self._kernel.text)
                if self._auditor.last_right <= since:
                    self._auditor.result(0.0, f"no result within {WHOLE_SECONDS:.0f} s of a fault")
                return f"not whole after {WHOLE_SECONDS:.0f} s, so scaled again: {said or 'done'}"
            time.sleep(0.2)  # it is told by another thread
        return f"whole after {time.monotonic() - since:.0f} s"

    def _recovered(self, since: float) -> bool:
        last = self._auditor.last
        return last is not None and last.at > since and last.whole and self._auditor.last_right > since

    def _start(self) -> Kernel:
        return Kernel(self._session, self._auditor, COUNT, SIZE, adapts=self._adapts)


@contextmanager
def _listed(session: InSession, auditor: Auditor) -> Iterator[None]:
    """The auditor is told every other second which worker jobs Slurm has."""
    over = threading.Event()
    argv = ["squeue", "-h", "-r", "-u", session.login, "-n", JOB_NAME, "-O", _FORM]

    def ask() -> None:
        while not over.wait(2):
            try:
                asked = outcome(argv, env=session.made.inst.slurm_env, timeout=20)
            except CommandFailed:
                continue
            if not asked.returncode:
                auditor.jobs(time.monotonic(), listed(asked.stdout))

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    try:
        yield
    finally:
        over.set()
        asking.join(30)


def listed(out: str) -> list[tuple[str, str]]:
    """Each job's id, and the folder of its cluster: its log is in there.

    >>> listed("12_3   /home/a/.aif/clusters/x7/logs/aif-worker-15.out")
    [('12_3', 'x7')]
    """
    found = []
    for line in out.splitlines():
        job, _, log = line.strip().partition(" ")
        folders = log.strip().split("/")
        found.append((job, folders[-3] if len(folders) > 3 else ""))
    return found
