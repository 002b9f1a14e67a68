"""Many people waiting in a full queue, and many servers just running: what that costs Slurm and the hub."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from aif_hub.bench import measure
from aif_hub.bench.asking import HubApi, Seat
from aif_hub.bench.rig import Rig, cancel, jobs, sbatch, until
from aif_hub.demo.commands import run

OURS = {"profile": "gpu"}
STOCK = {"partition": "gpu", "gres": "gpu:h100:1"}
QUESTIONS_PER_SECOND = 10
WHOLE_GPUS = 12


@dataclass(frozen=True)
class Waiting:
    """`rpcs` and `processor_seconds` (hub and its ended children) in `seconds` of nothing but waiting; then, still
    waiting, the milliseconds of the hub's answers."""

    seconds: float
    rpcs: dict[str, int]
    processor_seconds: float
    api_ms: list[float]


def fill(rig: Rig) -> None:
    """All whole GPUs are taken, or asked for by jobs that come first."""
    options = [f"--job-name={rig.job_name('fill')}", "--partition=gpu", "--gres=gpu:h100:1", "--mem=512M", "--time=60"]
    for number in range(WHOLE_GPUS):
        sbatch(rig, rig.people[number % len(rig.people)], options, "#!/bin/bash\nexec sleep 3600\n")
    until(lambda: jobs(rig, "fill", "RUNNING") == WHOLE_GPUS - _others(rig), "a full queue", 60)


def _others(rig: Rig) -> int:
    """Whole GPUs that jobs of others hold, on an instance that is not ours alone."""
    argv = ["squeue", "-h", "-t", "RUNNING", "-p", "gpu", "-o", "%j|%b"]
    rows = (row.split("|") for row in run(argv, env=rig.inst.slurm_env).split())
    return sum(int(gres.rpartition(":")[2]) for name, gres in rows if name != rig.job_name("fill"))


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
