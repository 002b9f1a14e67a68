"""How every benchmark on an instance begins and ends: Slurm is there, it may be broken off, its figures are printed."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from collections.abc import Callable
from typing import Any

from aif_hub.demo import instance, slurm_daemons
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance


def course(options: argparse.Namespace, measure: Callable[[Instance], Any]) -> int:
    """The exit status of `measure` on the instance at `options.prefix`; its figures on stdout with `options.json`."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends as Ctrl-C does: everything is stopped
    try:
        inst = instance.load(instance.read_book(options.prefix).get("instance", "demo"), options.prefix)
        if absent := slurm_daemons.nodes_missing(inst):
            raise DemoError(f"Slurm's nodes {', '.join(absent)} are not ready. `./aif up` starts them.")
        figures = measure(inst)
    except DemoError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("broken off; everything is stopped")
        return 130
    if options.json:
        print(json.dumps(figures))
    return 0


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)
