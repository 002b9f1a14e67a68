"""`aif bench load`: what many people with pages and windows open cost Slurm's controller, also when it comes back.

Our hub runs as in production: behind its proxy, with TLS inside, on the instance's Slurm, with stand-ins as servers.

- `people` have a page of the hub open, which listens to its stream of events and reads itself anew at each, and a
  window of JupyterLab with its side panel: what a session's server asks for it is asked at the hub's inner port, over
  TLS with a certificate, with a token of theirs, as often as servers and windows do (see `aif_hub.bench.windows`).
  Those who are more than the demo's class have no account on this machine, but Slurm's accounting knows them.
- `servers` of the class run all the while. `servers_lost`: those of them that the hub does not call ready any more, or
  that do not answer through the proxy, at the end or when slurmctld had been away.
- They do so for `minutes`, and with `--away` slurmctld is stopped for so many in the middle of them (`away_minutes`).
- `questions_per_minute`: what the hub's user and people asked slurmctld, by its own count (sdiag), while it was there;
  `most_in_a_minute` in the worst minute, `most_after_return` in the worst one after it came back (null if it was never
  away). `budget_per_minute` is what our aim allows: one question in two seconds, whatever the number of people.
- `answers` are what the people were told, `refused` counts errors and what was not answered, and `p95_ms` is of the
  time from a question to the last byte of its answer, the bench's own part in it included, also with slurmctld away.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tornado.httpclient import AsyncHTTPClient

from aif_hub.bench import measure, minutes, ours, polling, windows
from aif_hub.bench.asking import HubApi, Seat, many_connections, seats
from aif_hub.bench.course import course, say
from aif_hub.bench.members import members
from aif_hub.bench.minutes import MINUTE, Seen, Stretch
from aif_hub.bench.rig import Rig, rig
from aif_hub.bench.visitor import Visitor
from aif_hub.bench.windows import Answers, Person
from aif_hub.demo import daemons, people, slurm_daemons
from aif_hub.demo.instance import Instance

BUDGET_PER_MINUTE = 30
#: Between two looks at what slurmctld has counted.
LOOK_SECONDS = 5.0
#: Everybody's first page is there, and the starts' own work is over.
SETTLING_SECONDS = 15.0
#: A session lasts so much longer than the run.
SPARE_MINUTES = 30
#: Before and after slurmctld is away there is a minute at least.
LEAST_MINUTES = 2.0


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    options = parsed(args)

    def figures(inst: Instance) -> dict[str, Any]:
        room = [entry for entry in people.listed(inst) if entry["room"]]
        word = room[0]["password"]  # the room's
        with (
            rig(inst, tuple(entry["name"] for entry in room), None, None) as made,
            members(inst, max(0, options.people - len(room))) as others,
        ):
            return asyncio.run(_run(made, others, word, options))

    return course(options, figures)


async def _run(made: Rig, others: Sequence[str], word: str, options: argparse.Namespace) -> dict[str, Any]:
    many_connections()
    say("starting our hub")
    ours.prepare(made)
    ours.let_in(made, others, made.people[0])
    ours.write_site(made, "standin")
    api = ours.start(made)
    await api.know([*made.people, *others])
    logins = [*made.people, *others][: options.people]
    say(f"{len(logins)} people sign in, and {options.servers} servers start")
    everyone = [await _person(api, login, word) for login in logins]
    await polling.read_once(api)
    servers = seats(made.people, options.servers)
    await api.start_all(servers, {"profile": "cpu", "minutes": round(options.minutes) + SPARE_MINUTES})
    async with windows.watching(everyone, *ours.inner_door(made)) as answers:
        await asyncio.sleep(SETTLING_SECONDS)
        answers.forget()
        say(f"they watch for {options.minutes:g} minutes")
        stretches, lost = await _course(made, api, servers, options)
    return _figures(answers, stretches, lost, options)


async def _course(
    made: Rig, api: HubApi, servers: Sequence[Seat], options: argparse.Namespace
) -> tuple[list[Stretch], set[Seat]]:
    """What slurmctld counted in each stretch in which it was there, and the servers that were lost."""
    there = MINUTE * (options.minutes - options.away)
    if not options.away:
        return [await _count(made, there)], await _lost(made, api, servers)
    before = await _count(made, there / 2)
    async with _without_controller(made):
        say(f"slurmctld is away for {options.away:g} minutes")
        await asyncio.sleep(MINUTE * options.away)
        lost = await _lost(made, api, servers)
        returned = time.monotonic()
    after = await _count(made, there / 2 - (time.monotonic() - returned), Seen(returned, 0))
    return [before, after], lost | await _lost(made, api, servers)


@asynccontextmanager
async def _without_controller(made: Rig) -> AsyncIterator[None]:
    """It runs again afterwards, whatever happens; while it ends and starts, people go on asking."""
    try:
        await asyncio.to_thread(daemons.stop, slurm_daemons.slurmctld(made.inst))
        yield
    finally:
        await asyncio.to_thread(slurm_daemons.start, made.inst)


async def _count(made: Rig, seconds: float, *first: Seen) -> Stretch:
    """Looks at slurmctld's count for so long, after `first`."""
    looks, until = [*first], time.monotonic() + seconds
    while True:
        looks.append(Seen(time.monotonic(), await asyncio.to_thread(measure.asked_now, made)))
        if (left := until - time.monotonic()) <= 0:
            return minutes.growing(looks)
        await asyncio.sleep(min(LOOK_SECONDS, left))


async def _lost(made: Rig, api: HubApi, servers: Sequence[Seat]) -> set[Seat]:
    """Those that the hub does not call ready, or that do not answer through the proxy."""
    sessions = await asyncio.to_thread(ours.sessions, made)
    steps = {Seat(one["login"], one["server_name"]): one["step"] for one in sessions}  # the last of each counts
    url = api.url.removesuffix("/hub/api")

    async def status(seat: Seat) -> int:
        address = f"{url}/user/{seat.login}/{seat.server}/api"
        return (await AsyncHTTPClient().fetch(address, follow_redirects=False, raise_error=False)).code

    statuses = await asyncio.gather(*map(status, servers))
    return {seat for seat, code in zip(servers, statuses, strict=True) if code != 200 or steps.get(seat) != "ready"}


async def _person(api: HubApi, login: str, word: str) -> Person:
    visitor = Visitor(api.url.removesuffix("/hub/api"), login)
    await visitor.sign_in(word)
    return Person(visitor, await api.token_of(login, f"Server at /user/{login}/"))


def _figures(
    answers: Answers, stretches: Sequence[Stretch], lost: set[Seat], options: argparse.Namespace
) -> dict[str, Any]:
    for what, took in sorted(answers.took.items()):
        say(f"{what}: {len(took)} answers, {statistics.median(took):.1f} ms (worst {max(took):.0f})")
    for one in answers.refused[:5]:
        say(f"refused: {one}")
    most = [minutes.most_in_a_minute(one) for one in stretches]
    figures = {
        "people": options.people,
        "minutes": options.minutes,
        "away_minutes": options.away,
        "questions_per_minute": round(minutes.a_minute(stretches), 1),
        "budget_per_minute": BUDGET_PER_MINUTE,
        "most_in_a_minute": max(most),
        "most_after_return": most[1] if options.away else None,
        "answers": len(answers.all),
        "refused": len(answers.refused),
        "p95_ms": round(measure.percentile(answers.all, 95), 1),
        "servers": options.servers,
        "servers_lost": len(lost),
    }
    say("\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in figures.items()))
    return figures


def parsed(args: Sequence[str]) -> argparse.Namespace:
    """The options, of which each is possible and all fit together; else it ends with a sentence."""
    parser = argparse.ArgumentParser(prog="aif bench load", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--people", type=int, default=200, help="how many watch (default: 200)")
    parser.add_argument("--servers", type=int, default=40, help="servers that run meanwhile (default: 40)")
    parser.add_argument("--minutes", type=float, default=10, help="for how long, in all (default: 10)")
    parser.add_argument("--away", type=float, default=0, help="minutes of these without slurmctld (default: none)")
    options = parser.parse_args(args)
    if options.people < 1 or options.servers < 1:
        parser.error("--people and --servers begin at 1")
    if options.away < 0 or options.minutes - options.away < LEAST_MINUTES:
        parser.error(f"--minutes must be at least {LEAST_MINUTES:g} more than --away: half before it and half after it")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
