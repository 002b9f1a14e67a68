"""One run of `aif bench chaos`: the lanes side by side, then everybody goes home, and the figures."""

from __future__ import annotations

import argparse
import os
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import aif_hub.bench.chaos
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.lanes import AT_ONCE, Lanes
from aif_hub.bench.chaos.ours_subject import Ours
from aif_hub.bench.chaos.person import Person
from aif_hub.bench.chaos.plan import KINDS, minutes, plan
from aif_hub.bench.chaos.reading import accounting, at_rest, read, reading
from aif_hub.bench.chaos.scene import Scene
from aif_hub.bench.chaos.stage import Stage, faketime
from aif_hub.bench.chaos.stock_subject import Stock
from aif_hub.bench.chaos.times import Times
from aif_hub.bench.course import course, say
from aif_hub.bench.postgres import Postgres, running
from aif_hub.bench.rig import Rig, rig, until
from aif_hub.demo import people as demo_people
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance

#: The end of everything that everybody stopped, and the books' last look at it.
HOME_SECONDS = 120.0


def main(args: Sequence[str]) -> int:
    """The exit status; figures on stdout, progress on stderr."""
    parser = _parser()
    options = parser.parse_args(args)
    if not KINDS - set(options.without):
        parser.error("nothing is left that could happen")

    def figures(inst: Instance) -> dict[str, Any]:
        check_clock(options.without, faketime())
        everybody = sorted(demo_people.listed(inst), key=lambda entry: not entry["room"])
        if not 1 <= options.people <= len(everybody):
            raise DemoError(f"{options.people} people were asked for; this instance has 1 to {len(everybody)}.")
        logins = tuple(entry["name"] for entry in everybody[: options.people])
        times = Times()
        with rig(inst, logins, None, None) as made, _records(made, options) as postgres:
            times.part("its place made")
            stage = Stage(made, Stock(made) if options.stock else Ours(made, postgres), options.real)
            found = _run(Scene(stage, Auditor(), times=times), options)
        times.part("its place cleared")
        for line in times.table({"the hub": stage.hub_turn.held, "Slurm": stage.slurm_turn.held}):
            say(line)
        return found

    return course(options, figures)


def check_clock(without: Collection[str], library: Path | None) -> None:
    """DemoError where the hub's clock is to go wrong and there is nothing that it could be put wrong with."""
    if library is None and "clock-step" not in without:
        raise DemoError(
            "libfaketime, with which the hub's clock is put wrong, is not on this machine: "
            "apt-get install libfaketime, or leave that out with --without clock-step."
        )


def _records(made: Rig, options: argparse.Namespace) -> AbstractContextManager[Postgres | None]:
    return running(made) if options.postgres else nullcontext()


def _run(scene: Scene, options: argparse.Namespace) -> dict[str, Any]:
    planned = plan(options.seed, options.events, options.people, frozenset(options.without))
    say(f"{options.events} events to {options.people} people: some {minutes(planned, AT_ONCE):.0f} minutes")
    with _staged(scene):
        everybody = [Person(scene.stage, scene.auditor, login, at) for at, login in enumerate(scene.stage.rig.people)]
        scene.times.part("the hub's first start")
        with reading(scene, everybody):
            happened = Lanes(scene, everybody).run(planned)
            scene.times.part("the events")
            _go_home(scene, everybody)
            scene.times.part("going home")
        with ThreadPoolExecutor(1) as pool:
            for wrong in scene.auditor.seen(accounting(scene, read(scene, everybody, pool))):
                say(f"WRONG ({wrong.count}, by the accounting): {wrong.text}")
    for person in everybody:
        say(f"{person.login}: {'; '.join(person.story) or 'nothing happened'}")
    return {
        "events": happened,
        "people": len(everybody),
        **scene.auditor.counts(),
        "worst_hub_recovery_s": round(max(scene.recoveries, default=0.0), 1),
        "seed": options.seed,
    }


@contextmanager
def _staged(scene: Scene) -> Iterator[None]:
    """The hub is up; when this is left, nothing of the lanes goes on."""
    try:
        scene.stage.begin()
        status, _ = scene.stage.api.said("POST", "users", {"usernames": list(scene.stage.rig.people)})
        if status not in (201, 409):
            raise DemoError(f"The benchmark's hub did not take in its people (status {status}).")
        yield
    finally:
        scene.stage.end()


def _go_home(scene: Scene, people: Sequence[Person]) -> None:
    """Everybody stops what they have; then nothing may be left, and the auditor looks on meanwhile."""
    say("everybody goes home")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for person, error in zip(people, pool.map(_stopped, people), strict=True):
            if error:
                say(error)
                person.tell(f"could not stop: {error}")
    try:
        until(lambda: scene.stage.over.is_set() or at_rest(scene), "the end of everything", HOME_SECONDS, 1)
    except DemoError as error:
        say(str(error))


def _stopped(person: Person) -> str:
    try:
        person.stops()
    except DemoError as error:
        return str(error)
    return ""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="aif bench chaos",
        description=aif_hub.bench.chaos.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    given = Path(os.environ.get("AIF_PREFIX", "/opt/aif/demo"))  # from `aif bench --instance NAME`
    parser.add_argument("--prefix", type=Path, default=given, help=f"the instance whose Slurm is used ({given})")
    parser.add_argument("--events", type=int, default=150, help="how many things happen (default: 150)")
    parser.add_argument("--people", type=int, default=12, help="to how many people (default: 12)")
    parser.add_argument("--seed", type=int, default=1, help="another number, other events (default: 1)")
    parser.add_argument("--real", type=int, default=1, help="so many have a real server, with our hub (default: 1)")
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=sorted(KINDS),
        metavar="KIND",
        help="leave out all that is of this kind, clock-step for example; may be given again",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--stock", action="store_true", help="to a hub with stock batchspawner instead of ours")
    which.add_argument("--postgres", action="store_true", help="to ours with its records in PostgreSQL, not in a file")
    return parser
