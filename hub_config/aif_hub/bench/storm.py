"""Eighty servers at once: our hub, the stock hub and bare `sbatch` in turn, each until the last is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import time

from aif_hub.bench import ours, parts, stock
from aif_hub.bench.asking import HubApi, Seat
from aif_hub.bench.parts import Parts
from aif_hub.bench.rig import BARE_PYTHON, Rig, cancel, jobs, sbatch, until
from aif_hub.demo.daemons import Daemon

AT_ONCE = 4
OURS = {"profile": "cpu"}
STOCK: dict[str, str] = {}


@dataclass(frozen=True)
class Storm:
    """Seconds until all were there, and the processor time that went by meanwhile."""

    seconds: float
    processor: Parts

    def __str__(self) -> str:
        return f"{self.seconds:.2f} s, {self.processor}"


def bare(rig: Rig, wanted: list[Seat]) -> Storm:
    """From the first `sudo -u USER sbatch`, four at a time, until each job's Python has run its first line."""
    marks = rig.folder / "marks"
    marks.mkdir(exist_ok=True)
    marks.chmod(0o1777)
    for mark in marks.iterdir():
        mark.unlink()
    line = f"import os, time; open('{marks}/' + os.environ['SLURM_JOB_ID'], 'w'); time.sleep(3600)"
    script = f'#!/bin/bash\nexec {BARE_PYTHON} -I -c "{line}"\n'
    options = [f"--job-name={rig.job_name('bare')}", "--partition=cpu", "--cpus-per-task=1", "--mem=1G", "--time=60"]
    before, began = parts.used(rig), time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda seat: sbatch(rig, seat.login, options, script), wanted))
    until(lambda: len(os.listdir(marks)) == len(wanted), "the first line of all bare jobs", 300)
    took = Storm(max(mark.stat().st_mtime for mark in marks.iterdir()) - began, parts.used(rig).since(before))
    cancel(rig, "bare")
    return took


async def of_ours(rig: Rig, api: HubApi, wanted: list[Seat]) -> Storm:
    """A storm on our hub."""
    return await _hub(rig, api, wanted, OURS, "ours", ours.hub(rig), ours.proxy(rig))


async def of_stock(rig: Rig, api: HubApi, wanted: list[Seat]) -> Storm:
    """A storm on the stock hub, whose proxy counts among the commands that it started."""
    return await _hub(rig, api, wanted, STOCK, "stock", stock.hub(rig), None)


async def _hub(
    rig: Rig, api: HubApi, wanted: list[Seat], options: dict[str, str], kind: str, hub: Daemon, proxy: Daemon | None
) -> Storm:
    """From asking a hub for all servers at once until all are ready; they are stopped again."""
    before = parts.used(rig, hub, proxy)
    seconds = await api.start_all(wanted, options)
    took = Storm(seconds, parts.used(rig, hub, proxy).since(before))
    await api.stop_all(wanted)
    until(lambda: jobs(rig, kind) == 0, f"the end of all {kind} jobs", 120, pause=0.2)
    return took


Say = Callable[[str], None]


async def rounds(
    rig: Rig, mine: HubApi, theirs: HubApi, wanted: list[Seat], count: int, say: Say
) -> tuple[list[Storm], list[Storm], list[Storm]]:
    """The storms of each round: bare, ours, stock; in turn, so that all three meet the same machine."""
    took: tuple[list[Storm], list[Storm], list[Storm]] = [], [], []
    for number in range(1, count + 1):
        took[0].append(bare(rig, wanted))
        took[1].append(await of_ours(rig, mine, wanted))
        took[2].append(await of_stock(rig, theirs, wanted))
        for name, each in zip(("bare", "ours", "stock"), took, strict=True):
            say(f"storm of {len(wanted)}, round {number}, {name}: {each[-1]}")
    return took
