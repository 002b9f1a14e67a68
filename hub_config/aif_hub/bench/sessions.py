"""`aif bench sessions`: starts, waiting and running beside stock batchspawner, and JupyterLab beside the bare one."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
from collections.abc import Sequence
from pathlib import Path

from aif_hub.bench import lab, measure, opening, ours, stock, storm, waiting
from aif_hub.bench.asking import HubApi, many_connections, seats
from aif_hub.bench.course import course, say
from aif_hub.bench.rig import Rig, rig
from aif_hub.demo import daemons, people
from aif_hub.demo.instance import Instance

PARTS = ("storm", "waiting", "steady", "lab")


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)

    def figures(inst: Instance) -> dict[str, float]:
        class_room = tuple(entry["name"] for entry in people.listed(inst) if entry["room"])
        with rig(inst, class_room, options.hub_env, options.notebook_env) as made:
            return asyncio.run(_run(made, options))

    return course(options, figures)


async def _run(made: Rig, options: argparse.Namespace) -> dict[str, float]:
    many_connections()
    figures: dict[str, float] = {}
    say("starting our hub and the stock one")
    ours.prepare(made)
    mine = ours.start(made)
    await mine.know(made.people)
    if {"storm", "waiting"} & set(options.only):
        theirs = stock.start(made)
        await theirs.know(made.people)
        await _warm(mine, theirs, made)
        await _worst_lag(mine)
        if "storm" in options.only:
            figures |= await _storm(made, mine, theirs, options)
        if "waiting" in options.only:
            figures |= await _waiting(made, mine, theirs, options)
        figures["hub_worst_lag_ms"] = round(await _worst_lag(mine), 1)
        say(f"worst lag of our hub's event loop: {figures['hub_worst_lag_ms']} ms")
        stock.stop(made)
    if "steady" in options.only:
        counted = await waiting.steady(made, mine, seats(made.people, options.steady), options.steady_seconds)
        figures["steady_rpcs_per_minute"] = round(sum(counted.values()), 1)
        say(f"{options.steady} running: {figures['steady_rpcs_per_minute']:g} RPCs a minute {counted}")
    if "lab" in options.only:
        figures |= await _lab(made, options)
    return figures


async def _warm(mine: HubApi, theirs: HubApi, made: Rig) -> None:
    """One server each, so that no round pays for what a hub does once."""
    one = seats(made.people, 1)
    await storm.of_ours(made, mine, one)
    await storm.of_stock(made, theirs, one)


async def _worst_lag(mine: HubApi) -> float:
    reply = await mine.ask("GET", "bench/lag")
    return float(json.loads(reply.body)["worst_ms"])


async def _storm(made: Rig, mine: HubApi, theirs: HubApi, options: argparse.Namespace) -> dict[str, float]:
    took = await storm.rounds(made, mine, theirs, seats(made.people, options.storm), options.rounds, say)
    bare, ours_, stock_ = (statistics.median(each.seconds for each in kind) for kind in took)
    say(f"storm of {options.storm}, medians: bare {bare:.2f} s, ours {ours_:.2f} s, stock {stock_:.2f} s")
    return {"storm_over_sbatch": round(ours_ / bare, 2), "stock_storm_over_sbatch": round(stock_ / bare, 2)}


async def _waiting(made: Rig, mine: HubApi, theirs: HubApi, options: argparse.Namespace) -> dict[str, float]:
    waiting.fill(made)
    wanted = seats(made.people, options.waiting)
    found = {}
    for name, api, daemon, asked in (
        ("ours", mine, ours.hub(made), waiting.OURS),
        ("stock", theirs, stock.hub(made), waiting.STOCK),
    ):
        pid = daemons.pid(daemon)
        assert pid is not None  # noqa: S101 - it has just answered
        each = found[name] = await waiting.wait(made, api, pid, wanted, asked, name, options.waiting_seconds)
        p50, p95 = (measure.percentile(each.api_ms, percent) for percent in (50, 95))
        say(
            f"{len(wanted)} waiting for {each.seconds:g} s, {name}: {sum(each.rpcs.values())} RPCs, "
            f"{each.processor_seconds:.2f} s of processor, API {p50:.0f} ms (p95 {p95:.0f} ms)"
        )
    mine_, stock_ = found["ours"], found["stock"]
    return {
        "waiting_rpcs_over_stock": round(sum(mine_.rpcs.values()) / sum(stock_.rpcs.values()), 4),
        "waiting_cpu_over_stock": round(mine_.processor_seconds / stock_.processor_seconds, 4),
        "waiting_api_p95_ms": round(measure.percentile(mine_.api_ms, 95), 1),
    }


async def _lab(made: Rig, options: argparse.Namespace) -> dict[str, float]:
    ours.stop(made)
    ours.write_site(made, "lab")
    took = await opening.split(made, ours.start(made), options.lab)
    parts = ", ".join(f"{part} {took[part]:.2f} s" for part in opening.PARTS)
    say(f"click to open {took['whole']:.2f} s: {parts}")
    ours.stop(made)
    found = lab.medians(made, options.lab, say)
    ours_, bare, tuned = found["ours"], found["bare"], found["tuned"]
    say(f"lab, medians of {options.lab}: ours {ours_:.2f} s, bare {bare:.2f} s, bare and tuned {tuned:.2f} s")
    return {"lab_ready_over_bare": round(ours_ / bare, 3), "lab_ready_over_tuned_bare": round(ours_ / tuned, 3)}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench sessions", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="some parts instead of all")
    parser.add_argument("--rounds", type=int, default=3, help="storms of each kind (default: 3)")
    parser.add_argument("--storm", type=int, default=80, help="servers in a storm (default: 80)")
    parser.add_argument("--waiting", type=int, default=68, help="people who wait (default: 68)")
    parser.add_argument("--waiting-seconds", type=float, default=30, help="how long they wait (default: 30)")
    parser.add_argument("--steady", type=int, default=100, help="servers that run (default: 100)")
    parser.add_argument("--steady-seconds", type=float, default=150, help="how long they are counted (default: 150)")
    parser.add_argument("--lab", type=int, default=5, help="starts of JupyterLab of each kind (default: 5)")
    parser.add_argument("--hub-env", type=Path, help="another hub environment than the instance's")
    parser.add_argument("--notebook-env", type=Path, help="another notebook environment than the instance's")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
