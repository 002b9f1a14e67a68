"""Many people waiting in a full queue, and many servers just running: what that costs Slurm and the hub."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aif_hub.bench import measure
from aif_hub.bench.asking import HubApi, Seat
from aif_hub.bench.rig import Rig, cancel, jobs, sbatch, until

OURS = {"profile": "gpu"}
STOCK = {"partition": "gpu", "gres": "gpu:h100:1"}
QUESTIONS_PER_SECOND = 10


@dataclass(frozen=True)
class Waiting:
    """`rpcs` and `processor_seconds` (hub and its ended children) in `seconds` of nothing but waiting; then, still
    waiting, the milliseconds of the hub's answers."""

    seconds: float
    rpcs: dict[str, int]
    processor_seconds: float
    api_ms: list[float]


def fill(rig: Rig) -> None:
    """All whole GPUs are taken, four by each of three jobs."""
    options = [f"--job-name={rig.job_name('fill')}", "--partition=gpu", "--gres=gpu:h100:4", "--mem=512M", "--time=60"]
    for _ in range(3):
        sbatch(rig, rig.people[0], options, "#!/bin/bash\nexec sleep 3600\n")
    until(lambda: jobs(rig, "fill", "RUNNING") == 3, "a full queue", 60)


async def wait(
    rig: Rig, api: HubApi, pid: int, wanted: list[Seat], options: dict[str, str], kind: str, seconds: float
) -> Waiting:
    """What it costs that all of `wanted` wait; they are cancelled afterwards."""
    asked = [asyncio.ensure_future(api.ask("POST", seat.path, options, 3600)) for seat in wanted]
    try:
        while jobs(rig, kind, "PENDING") < len(wanted):
            if early := next((done for done in asked if done.done()), None):
                raise RuntimeError(f"a server that should wait was answered: {early.result().body!r}")
            await asyncio.sleep(0.5)
        await asyncio.sleep(5)  # the submissions' own work is over
        measure.forget_rpcs(rig)
        before = measure.processor_seconds(pid)
        await asyncio.sleep(seconds)
        used = measure.processor_seconds(pid) - before
        counted = measure.rpcs(rig)
        answers = await api.latencies(f"users/{wanted[-1].login}", QUESTIONS_PER_SECOND, seconds)
    finally:
        cancel(rig, kind)
        await asyncio.gather(*asked, return_exceptions=True)
    await api.without_servers()
    return Waiting(seconds, counted, used, answers)


async def steady(rig: Rig, api: HubApi, wanted: list[Seat], seconds: float) -> dict[str, float]:
    """RPCs a minute, by type, while all of `wanted` run and nobody starts or stops anything."""
    await api.start_all(wanted, {"profile": "cpu"})
    await asyncio.sleep(5)
    measure.forget_rpcs(rig)
    await asyncio.sleep(seconds)
    counted = measure.rpcs(rig)
    await api.stop_all(wanted)
    return {name: 60 * count / seconds for name, count in counted.items()}
