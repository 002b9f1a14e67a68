"""Where the processor time of a storm goes: seconds by part, which other work on the machine does not change."""

from __future__ import annotations

import os
import pwd
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from aif_hub.bench.rig import Rig
from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo.daemons import Daemon

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Process:
    """One row of /proc: `own` processor seconds, and those of its children that have `ended`."""

    pid: int
    parent: int
    name: str
    uid: int
    own: float
    ended: float


@dataclass(frozen=True)
class Parts:
    """Processor seconds: the hub, its proxy, what it or the benchmark started (launcher, sbatch, squeue), Slurm's
    daemons, and the jobs with their shepherds."""

    hub: float
    proxy: float
    commands: float
    slurm: float
    jobs: float

    @property
    def whole(self) -> float:
        """All of it."""
        return self.hub + self.proxy + self.commands + self.slurm + self.jobs

    def since(self, before: Parts) -> Parts:
        """What was used between the two."""
        return Parts(*(now - then for now, then in zip(vars(self).values(), vars(before).values(), strict=True)))

    def __str__(self) -> str:
        return f"{self.whole:.1f} s of processor (" + ", ".join(f"{k} {v:.1f}" for k, v in vars(self).items()) + ")"


def used(rig: Rig, hub: Daemon | None = None, proxy: Daemon | None = None) -> Parts:
    """Processor seconds so far; without a hub the commands are those that this process has started and seen end."""
    table = processes()
    ids = {name: daemons.pid(daemon) or 0 if daemon else 0 for name, daemon in (("hub", hub), ("proxy", proxy))}
    people = {pwd.getpwnam(login).pw_uid for login in rig.people}
    shepherds = [process.pid for process in table.values() if process.name == "slurmstepd"]
    jobs = [each for each in (below(table, [pid]) for pid in shepherds) if any(table[i].uid in people for i in each)]
    started = [pid for pid in below(table, [ids["hub"]]) if pid != ids["hub"]]
    return Parts(
        hub=_own(table, [ids["hub"]]),
        proxy=_own(table, [ids["proxy"]]),
        commands=_all(table, started) + _ended(table, ids["hub"] or os.getpid()),
        slurm=_all(table, filter(None, map(daemons.pid, slurm_daemons.all_of(rig.inst)))),
        jobs=_all(table, (pid for job in jobs for pid in job)),
    )


def processes(proc: Path = Path("/proc")) -> dict[int, Process]:
    """All processes of this machine by id."""
    found = (_process(folder) for folder in proc.iterdir() if folder.name.isdigit())
    return {process.pid: process for process in found if process}


def below(table: dict[int, Process], roots: Iterable[int]) -> list[int]:
    """The ids of `roots` and of all that descend from them."""
    children: dict[int, list[int]] = {}
    for process in table.values():
        children.setdefault(process.parent, []).append(process.pid)
    found: list[int] = []
    left = [root for root in roots if root in table]
    while left:
        found.append(left.pop())
        left += children.get(found[-1], [])
    return found


def _process(folder: Path) -> Process | None:
    try:
        head, _, tail = (folder / "stat").read_text().rpartition(")")
        uid = folder.stat().st_uid
    except OSError:  # it has ended meanwhile
        return None
    pid, _, name = head.partition(" (")
    fields = tail.split()
    own, ended = (sum(int(ticks) for ticks in fields[at : at + 2]) / _TICKS for at in (11, 13))
    return Process(int(pid), int(fields[1]), name, uid, own, ended)


def _own(table: dict[int, Process], ids: Iterable[int]) -> float:
    return sum(table[pid].own for pid in ids if pid in table)


def _ended(table: dict[int, Process], pid: int) -> float:
    return table[pid].ended if pid in table else 0.0


def _all(table: dict[int, Process], ids: Iterable[int]) -> float:
    return sum(table[pid].own + table[pid].ended for pid in ids if pid in table)
