"""The `aif` command. Each group of commands registers its own; see `demo/cli.py` and `operate/cli.py`."""

from __future__ import annotations

import argparse
import os
import sys

import aif.terminal.cli
import aif_hub.demo.cli
import aif_hub.manual.cli
import aif_hub.operate.cli
import aif_hub.tutorials.cli
from aif.core.errors import AifError
from aif_hub.demo.bring_up import umask_for_everyone
from aif_hub.demo.errors import DemoError, of_the_machine

GROUPS = (aif_hub.demo.cli, aif_hub.manual.cli, aif_hub.operate.cli, aif_hub.tutorials.cli, aif.terminal.cli)
TAKES_MORE = ("test", "bench")  # what they do not know goes to pytest, or to the bench


def main(argv: list[str] | None = None) -> int:
    """What the shell gets back: 0, or 1 after one sentence on stderr, or a test run's own status."""
    words = sys.argv[1:] if argv is None else argv
    umask_for_everyone()
    try:
        asked, rest = parser().parse_known_args(words)
        if rest and asked.command not in TAKES_MORE:
            parser().parse_args(words)  # ends with argparse's own words
        return int(asked.run(asked, rest))
    except (DemoError, AifError) as said:
        print(f"aif: {said}", file=sys.stderr)
    except KeyboardInterrupt:
        print("aif: stopped. The same command goes on from here.", file=sys.stderr)
    except EOFError:
        print("aif: nothing was answered, so nothing was done. With --yes it does not ask.", file=sys.stderr)
    except BrokenPipeError:
        os._exit(0)  # `aif logs | head`: nobody reads on
    except OSError as trouble:
        said = of_the_machine(trouble)
        if said is None:
            raise
        print(f"aif: {said}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """The whole command, each group's commands in it."""
    aif = argparse.ArgumentParser(prog="aif", description="The AI Factory Workbench on this machine.")
    commands = aif.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for group in GROUPS:
        group.register(commands)
    return aif


if __name__ == "__main__":
    sys.exit(main())
