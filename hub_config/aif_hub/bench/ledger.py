"""`aif bench ledger`: what it costs that everybody is told what is left, and whether all places say the same.

Our hub runs as in production: behind its proxy, with TLS inside, on the instance's Slurm and with its record of jobs.

- `people` stand-ins, whom Slurm's accounting knows for the time of the run as members of the demo's five projects, ask
  REST once a minute each, at their own moment of it, as their sessions' servers do: at the hub's inner port, over TLS
  with a certificate, with a token of their own, noted as such a server's, and the ETag of their last answer.
- `slurm_queries_per_minute`: accounting queries (sacct, sacctmgr, sreport) of this hub meanwhile, by its own count of
  commands, for each minute.
- `p95_ms` of the time from a question to the last byte of its answer, the bench's own part in it included, over all
  their questions on the connections that they keep from one to the next, as sessions' servers do. What each asks first,
  when a server begins, comes before.
- `places_compared`: what people see of their allocation in one place (REST, usage export, start page, Home, a project's
  page; in a session what its server tells status bar and panel, what a kernel's `allocation()` has, `aif usage`), held
  against REST at the same *as of*; `disagreements`: places that show another figure.
- `histories_tried`: random histories of jobs, told as Slurm tells them and counted by the ledger; `histories_wrong`:
  those of which any figure differs from a count by the second that shares no code with it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient

from aif_hub.bench import histories, in_session, measure, members, ours, places, polling
from aif_hub.bench.asking import HubApi, many_connections
from aif_hub.bench.course import course, say
from aif_hub.bench.polling import Poller
from aif_hub.bench.rig import Rig, cancel, rig, sbatch
from aif_hub.bench.visitor import Visitor
from aif_hub.demo import daemons, people
from aif_hub.demo.instance import Instance

#: Commands of the hub that ask Slurm's accounting.
ACCOUNTING = ("sacct", "sacctmgr", "sreport")
#: Of the demo: who looks at which of their projects. A learner, a member, a PI, a trainer, an operator.
LOOKING = (("marieke", "inspect01"), ("bakker", "mobility01"), ("visser", "mobility01"), ("joost", "trn0007"))
#: How often the places are compared, spread over the time that follows.
ROUNDS = 3
#: How long that takes, while everybody goes on asking.
COMPARING_SECONDS = 140.0


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = _parser().parse_args(args)

    def figures(inst: Instance) -> dict[str, Any]:
        tried, wrong = histories.tried(options.histories, seed=1)
        say(f"{tried} histories counted twice, {wrong} with a figure that differs")
        everyone = {entry["short"]: entry for entry in people.listed(inst)}
        with rig(inst, tuple(everyone[short]["name"] for short, _project in LOOKING), None, None) as made:
            found = asyncio.run(_run(made, everyone, options))
        return found | {"histories_tried": tried, "histories_wrong": wrong}

    return course(options, figures)


async def _run(made: Rig, everyone: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    many_connections()
    with members.members(made.inst, options.people) as logins:
        say("starting our hub")
        ours.prepare(made)
        ours.write_site(made, "lab")
        _name_projects(made)
        api = ours.start(made)
        try:
            _something_runs(made)
            await api.know([*logins, *made.people])
            pollers = [Poller(login, await api.token_of(login, f"Server at /user/{login}/")) for login in logins]
            looking = [(await _person(made.inst, api, everyone[short]), project) for short, project in LOOKING]
            await polling.read_once(api)
            await in_session.start(api, looking[0][0].visitor.login)
            say(f"{len(pollers)} people ask once a minute for {options.seconds:.0f} s")
            pid = daemons.pid(ours.hub(made))
            assert pid is not None  # noqa: S101 - it has just answered
            before, began, used = await _queries(api), time.monotonic(), measure.processor_seconds(pid)
            took = await polling.poll(pollers, *ours.inner_door(made), options.seconds)
            # Pages and exports are made by the same hub, and read by the same bench: not while answers are timed.
            _, compared = await asyncio.gather(
                polling.poll(pollers, *ours.inner_door(made), COMPARING_SECONDS), _compare(made, looking)
            )
            minutes, used = (time.monotonic() - began) / 60, measure.processor_seconds(pid) - used
            queries = (await _queries(api) - before) / minutes
            await api.ask("DELETE", f"users/{looking[0][0].visitor.login}/server")
        finally:
            cancel(made, "fill")
    wrong = [line for one in compared for line in one.disagreements]
    places_compared = sum(one.places for one in compared)
    p50, p95 = statistics.median(took), measure.percentile(took, 95)
    say(f"{len(took)} answers, {p50:.1f} ms (p95 {p95:.1f}, worst {max(took):.0f}); {queries:.2f} queries a minute")
    say(f"{used / minutes / 60:.0%} of one core for the hub, machine's load {os.getloadavg()[0]:.1f}")
    say(f"{places_compared} places compared" + "".join(f"\n  {line}" for line in wrong))
    return {
        "people": len(pollers),
        "slurm_queries_per_minute": round(queries, 2),
        "p95_ms": round(p95, 1),
        "places_compared": places_compared,
        "disagreements": len(wrong),
    }


async def _compare(made: Rig, looking: Sequence[tuple[places.Person, str]]) -> list[places.Compared]:
    """Everybody's places, some times over the run, and those in the session of the first of them."""
    found = []
    for _ in range(ROUNDS):
        await asyncio.sleep(COMPARING_SECONDS / (ROUNDS + 1))
        for person, project in looking:
            allocation = await _allocation_of(person, project)
            found.append(await places.compare(person, allocation, project))
        person, project = looking[0]
        found.append(await in_session.compare(made, person, await _allocation_of(person, project)))
    return found


async def _allocation_of(person: places.Person, project: str) -> str:
    listed = json.loads(await person.rest("allocations"))["allocations"]
    return str(next(one["id"] for one in listed if one["project"] == project))


async def _person(inst: Instance, api: HubApi, entry: dict[str, Any]) -> places.Person:
    visitor = Visitor(api.url.removesuffix("/hub/api"), entry["name"])
    await visitor.sign_in(entry["password"])
    return places.Person(visitor, await api.token_of(entry["name"]))


async def _queries(api: HubApi) -> float:
    """Accounting queries of this hub until now, as it counts its commands for Prometheus."""
    url = f"{api.url.removesuffix('/api')}/metrics"
    page = await AsyncHTTPClient().fetch(url, headers={"Authorization": f"token {api.token}"})
    return measure.counted(page.body.decode(), "aif_slurm_call_seconds_count", command=ACCOUNTING)


def _something_runs(made: Rig) -> None:
    """A small job of everybody's, so that the figures change with each reading."""
    for login, (_short, project) in zip(made.people, LOOKING, strict=True):
        options = [f"--job-name={made.job_name('fill')}", "--partition=mig", "--gres=gpu:h100_1g.10gb:1"]
        sbatch(
            made, login, [*options, f"--account={project}", "--mem=100M", "--time=30"], "#!/bin/sh\nexec sleep 1800\n"
        )


def _name_projects(made: Rig) -> None:
    """The site file says who leads a project."""
    login = made.inst.login("visser")
    with (made.folder / "etc/site.toml").open("a") as site:
        site.write(
            f'\n[[project]]\naccount = "mobility01"\ntitle = "Mobility flows"\nkind = "research"\npi = ["{login}"]\n'
        )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="aif bench ledger", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--people", type=int, default=300, help="how many ask (default: 300)")
    parser.add_argument("--seconds", type=float, default=180, help="how long they are timed (default: 180)")
    parser.add_argument("--histories", type=int, default=500, help="how many are counted twice (default: 500)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
