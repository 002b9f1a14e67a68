"""Commands of the embedded default: up, down, status, logs, reset, test and bench."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib import import_module
from pathlib import Path

from aif_hub.demo import bring_up, instance, machine, ports, status, take_down, trial
from aif_hub.demo.errors import DemoError, NoInstance
from aif_hub.demo.instance import Instance
from aif_hub.demo.progress import Progress, write_details_to
from aif_hub.source import checkout, our_version

LOGS = (
    "up",
    "hub",
    "proxy",
    "slurmctld",
    "slurmdbd",
    "mariadbd",
    "munged",
    *(f"slurmd-{node}" for node in instance.NODES),
)

BENCHES = ("sessions", "front", "ledger", "load", "cluster", "chaos", "gpu", "advise", "newcomer")

#: Words of `aif test` that stand for folders and files of tests, and for what is asked of them together.
AREAS = {
    "security": ("tests/security", "tests/browser/test_cross_site.py", "--every-threat"),
    "long": ("tests/bench", "tests/security/test_t05_ports.py", "--long"),
}


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Each command with its own words; `run` gets what was asked, and the words that argparse did not know."""
    common = which_instance()
    up = commands.add_parser("up", parents=[common], help="install what is missing and start everything")
    up.add_argument("--port", type=_port, help="where browsers come in (default: 8000)")
    up.add_argument("--dev", action="store_true", help="run the code of this checkout, so that edits need no install")
    up.add_argument("--yes", action="store_true", help="do not ask")
    up.set_defaults(run=_up)
    commands.add_parser("down", parents=[common], help="stop everything; data and people stay").set_defaults(run=_down)
    shown = commands.add_parser("status", parents=[common], help="what runs, and who may sign in")
    shown.add_argument("--json", action="store_true", help="for programs")
    shown.set_defaults(run=_status)
    logs = commands.add_parser("logs", parents=[common], help="the last lines of the logs")
    logs.add_argument("name", nargs="?", choices=LOGS, help="one of them (default: up, hub, proxy and slurmctld)")
    logs.add_argument("--lines", type=int, default=20, help="how many of each (default: 20)")
    logs.add_argument("--follow", action="store_true", help="go on as lines come")
    logs.set_defaults(run=_logs)
    reset = commands.add_parser("reset", parents=[common], help="stop everything and remove it, homes included")
    reset.add_argument("--yes", action="store_true", help="do not ask")
    reset.set_defaults(run=_reset)
    test = commands.add_parser("test", parents=[common], help="check and test this checkout on an instance of its own")
    test.add_argument("--keep", action="store_true", help="leave the instance running for the next time")
    test.epilog = (
        "`quick` leaves out what is slow; `security` is every threat, a line each; `long` plays each bench, half an "
        "hour, and 500 starts beside a neighbour who takes ports; anything else goes to pytest."
    )
    test.set_defaults(run=_test)
    bench = commands.add_parser(
        "bench", parents=[common], help="measure, side by side with stock parts", add_help=False
    )
    bench.add_argument("name", nargs="?", choices=BENCHES, metavar="NAME", help=f"which: {', '.join(BENCHES)}")
    bench.add_argument("-h", "--help", action="store_true", help="show this help message, or that of a bench, and exit")
    bench.epilog = "Each takes --json (its figures as one JSON object) and options of its own: `aif bench NAME --help`."
    bench.set_defaults(run=_bench, parser=bench)


def _port(text: str) -> int:
    port, least = int(text) if text.isdecimal() else 0, ports.least()
    if not least <= port <= 65535:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a port that an ordinary user may have here. "
            f"Choose a number from {least} to 65535, such as 8010"
        )
    return port


def which_instance() -> argparse.ArgumentParser:
    """The options by which a command is told the instance, for `parents=`; `known` reads them."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--instance", help="name of the instance (default: demo)")
    common.add_argument("--prefix", type=Path, help="where everything is kept (default: /opt/aif/INSTANCE)")
    return common


def in_hub_environment(inst: Instance, command: list[str], words: list[str]) -> None:
    """Returns in the hub's environment, whose libraries benches use; from another, begins the command anew in it."""
    python = inst.env("hub") / "bin/python"
    if Path(sys.prefix) == inst.env("hub"):
        return
    if not python.exists():
        raise NoInstance(inst.name, inst.prefix)
    chosen = ["--instance", inst.name, "--prefix", str(inst.prefix)]
    os.execv(python, [str(python), "-I", "-m", "aif_hub.cli", *command, *chosen, *words])  # noqa: S606 - an argv of ours


def _names(asked: argparse.Namespace) -> tuple[str, Path]:
    name = asked.instance or "demo"
    return name, (asked.prefix or Path("/opt/aif") / name).absolute()


def known(asked: argparse.Namespace) -> Instance:
    """The instance that was asked for; raises NoInstance."""
    return instance.load(*_names(asked))


def _up(asked: argparse.Namespace, rest: list[str]) -> int:
    name, prefix = _names(asked)
    show = Progress()
    inst = bring_up.bring_up(
        name, prefix, checkout(), version=our_version(), port=asked.port, dev=asked.dev, yes=asked.yes, show=show
    )
    show.say()
    show.say(status.in_words(inst))
    return 0


def _down(asked: argparse.Namespace, rest: list[str]) -> int:
    inst = known(asked)
    machine.check_root()
    with bring_up.only_one(inst.name):
        write_details_to(inst.prefix / "log/down.log")
        take_down.take_down(inst, Progress())
    return 0


def _status(asked: argparse.Namespace, rest: list[str]) -> int:
    inst = known(asked)
    machine.check_root()
    print(json.dumps(status.as_json(inst), indent=1) if asked.json else status.in_words(inst))
    return 0


def _logs(asked: argparse.Namespace, rest: list[str]) -> int:
    inst = known(asked)
    names = [asked.name] if asked.name else ["up", "hub", "proxy", "slurmctld"]
    candidates = [inst.prefix / f"log/{name}{ending}" for name in names for ending in (".log", ".out")]
    files = [str(path) for path in candidates if path.exists()]
    if not files:
        raise DemoError(f"{names[0]} has written no log below {inst.prefix}/log yet.")
    if not all(os.access(path, os.R_OK) for path in files):
        machine.check_root()
    tail = ["tail", "-v", "-n", str(asked.lines), *(["-F"] if asked.follow else []), *files]
    sys.stdout.flush()
    os.execvp(tail[0], tail)  # noqa: S606 - an argv list of ours


def _reset(asked: argparse.Namespace, rest: list[str]) -> int:
    inst = known(asked)
    machine.check_root()
    if not asked.yes:
        _ask_before_removing(inst)
    with bring_up.only_one(inst.name):
        show = Progress()
        take_down.take_down(inst, show)
        take_down.take_away(inst, show)
    show.say(f"Nothing of '{inst.name}' is left on this machine but Debian's packages.")
    return 0


def _ask_before_removing(inst: Instance) -> None:
    if not sys.stdin.isatty():
        raise DemoError(f"reset removes {inst.prefix} and everybody's files below it; say --yes if that is meant.")
    print(f"This removes {inst.prefix} with everybody's files, and the users {inst.name}-….")
    if input("Type the instance's name to go on: ").strip() != inst.name:
        raise DemoError("Nothing was removed.")


def _test(asked: argparse.Namespace, rest: list[str]) -> int:
    source = checkout()
    quick = rest[:1] == ["quick"]
    name = asked.instance or trial.instance_name(source)
    prefix = (asked.prefix or Path("/opt/aif") / name).absolute()
    words = [path for word in rest[quick:] for path in AREAS.get(word, (word,))]
    return trial.run_all(name, prefix, source, version=our_version(), quick=quick, keep=asked.keep, words=words)


def _bench(asked: argparse.Namespace, rest: list[str]) -> int:
    if asked.help and not asked.name:
        asked.parser.print_help()
        return 0
    if not asked.name:
        asked.parser.error(f"which? One of {', '.join(BENCHES)}")
    try:
        inst = known(asked)
    except NoInstance:
        if not asked.help:
            raise
        asked.parser.print_help()  # a bench's own words need the hub's environment
        return 0
    if asked.help:
        rest = ["--help"]
    else:
        machine.check_root()
    in_hub_environment(inst, ["bench"], [asked.name, *rest])
    os.environ["AIF_INSTANCE_JSON"] = str(inst.prefix / "instance.json")
    os.environ["AIF_PREFIX"] = str(inst.prefix)
    return int(import_module(f"aif_hub.bench.{asked.name}").main(rest) or 0)
