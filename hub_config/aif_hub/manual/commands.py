"""Every `aif` command as Markdown, from the command itself: what it says of its words and options."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import partial
from pathlib import Path

_WIDTH = 96


def parsers(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Each command that has no commands below it, with its words: ``("aif up", …)``."""
    below = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not below:
        yield parser.prog, parser
    for action in below:
        for command in action.choices.values():
            yield from parsers(command)


def markdown(source: Path) -> str:
    """A heading and the help text for each command; the same on every terminal."""
    from aif_hub import cli  # it has the documentation's own command, and so imports this

    return "\n".join(_section(name, command) for name, command in parsers(cli.parser()))


def _section(name: str, command: argparse.ArgumentParser) -> str:
    command.formatter_class = partial(argparse.HelpFormatter, width=_WIDTH)  # type: ignore[assignment]
    return f"## `{name}`\n\n```text\n{command.format_help().strip()}\n```\n"
