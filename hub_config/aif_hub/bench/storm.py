"""Eighty servers at once: our hub, the stock hub and bare `sbatch` in turn, each until the last is there."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import time

from aif_hub.bench.asking import HubApi, Seat
from aif_hub.bench.rig import BARE_PYTHON, Rig, cancel, jobs, sbatch, until

AT_ONCE = 4
OURS = {"profile": "cpu"}
STOCK: dict[str, str] = {}


def bare(rig: Rig, wanted: list[Seat]) -> float:
    """Seconds from the first `sudo -u USER sbatch`, four at a time, until each job's Python has run its first line."""
    marks = rig.folder / "marks"
    marks.mkdir(exist_ok=True)
    marks.chmod(0o1777)
    for mark in marks.iterdir():
        mark.unlink()
    line = f"import os, time; open('{marks}/' + os.environ['SLURM_JOB_ID'], 'w'); time.sleep(3600)"
    script = f'#!/bin/bash\nexec {BARE_PYTHON} -I -c "{line}"\n'
    options = [f"--job-name={rig.job_name('bare')}", "--partition=cpu", "--cpus-per-task=1", "--mem=1G", "--time=60"]
    began = time()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda seat: sbatch(rig, seat.login, options, script), wanted))
    until(lambda: len(os.listdir(marks)) == len(wanted), "the first line of all bare jobs", 300)
    took = max(mark.stat().st_mtime for mark in marks.iterdir()) - began
    cancel(rig, "bare")
    return took


async def hub(rig: Rig, api: HubApi, wanted: list[Seat], options: dict[str, str], kind: str) -> float:
    """Seconds from asking a hub for all servers at once until all are ready; they are stopped again."""
    took = await api.start_all(wanted, options)
    await api.stop_all(wanted)
    until(lambda: jobs(rig, kind) == 0, f"the end of all {kind} jobs", 120, pause=0.2)
    return took


Say = Callable[[str], None]


async def rounds(
    rig: Rig, ours: HubApi, stock: HubApi, wanted: list[Seat], count: int, say: Say
) -> tuple[list[float], list[float], list[float]]:
    """Seconds of each round: bare, ours, stock; in turn, so that all three meet the same machine."""
    took: tuple[list[float], list[float], list[float]] = [], [], []
    for number in range(1, count + 1):
        took[0].append(bare(rig, wanted))
        took[1].append(await hub(rig, ours, wanted, OURS, "ours"))
        took[2].append(await hub(rig, stock, wanted, STOCK, "stock"))
        last = ", ".join(f"{name} {each[-1]:.2f} s" for name, each in zip(("bare", "ours", "stock"), took, strict=True))
        say(f"storm of {len(wanted)}, round {number}: {last}")
    return took
