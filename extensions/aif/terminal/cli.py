"""The `aif` of people's terminals. `aif` on the hub's host has the same commands beside the operator's."""

from __future__ import annotations

import argparse
import os
import sys

from aif.core.errors import AifError


def main(argv: list[str] | None = None) -> int:
    """What the shell gets back: 0, or 1 after one sentence on stderr."""
    words = argparse.ArgumentParser(prog="aif", description="What your projects have left on the AI Factory Workbench.")
    register(words.add_subparsers(dest="command", required=True, metavar="COMMAND"))
    asked = words.parse_args(argv)
    try:
        return int(asked.run(asked, []))
    except AifError as said:
        print(f"aif: {said}", file=sys.stderr)
    except KeyboardInterrupt:
        print("aif: stopped.", file=sys.stderr)
    except BrokenPipeError:
        os._exit(0)  # `aif usage | head`: nobody reads on
    return 1


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """`aif usage`."""
    usage = commands.add_parser(
        "usage",
        help="what your projects have left, who used it and until when",
        description="What your projects may use, have used and have left. In a session's terminal the figures are the "
        "hub's; elsewhere they are read from Slurm.",
    )
    usage.add_argument("-p", "--project", metavar="PROJECT", help="this one alone, by its Slurm account")
    usage.add_argument("--json", action="store_true", help="as the hub's REST API tells them")
    usage.set_defaults(run=_usage)


def _usage(asked: argparse.Namespace, _rest: list[str]) -> int:
    from aif.terminal.usage import usage  # Slurm's parts are read only where the command is used

    return usage(project=asked.project, as_json=asked.json)
