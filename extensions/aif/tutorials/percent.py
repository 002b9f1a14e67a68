"""The percent format that tutorials are written in, read: https://jupytext.readthedocs.io/en/latest/formats-scripts.html

Read here rather than by Jupytext, so that a kernel, a session's server and the command `aif` read the same file alike.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_CELL = re.compile(r"(?m)^# %%(?P<marker>.*)\n")
_OPTION = re.compile(r'(?P<key>\w+)=(?P<value>\[[^\]]*\]|\{[^}]*\}|"[^"]*"|\w+)')
_SOLUTION = re.compile(r"# solution (?P<number>[0-9]+)\n")
_KERNEL = re.compile(r"(?m)^#     (?P<key>display_name|language|name): (?P<value>.*)$")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and its metadata as a notebook holds it (`tags`, `jupyter`)."""

    text: str
    markdown: bool = False
    metadata: dict[str, Any] = field(default_factory=dict)

    @property
    def solution(self) -> int:
        """The number of the exercise that this cell solves; 0 for every other cell."""
        found = _SOLUTION.match(f"{self.text}\n") if "solution" in self.metadata.get("tags", ()) else None
        return int(found["number"]) if found else 0

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return len(self.text.splitlines())


def cells(text: str) -> list[Cell]:
    """The cells of a source, without the comment signs of its prose."""
    parts = _CELL.split(text)[1:]
    return [_cell(marker, body.strip("\n")) for marker, body in zip(parts[::2], parts[1::2], strict=True)]


def kernel(text: str) -> dict[str, str]:
    """The kernelspec that the source's header names; empty where it names none."""
    return {found["key"]: found["value"].strip() for found in _KERNEL.finditer(_CELL.split(text, maxsplit=1)[0])}


def _cell(marker: str, body: str) -> Cell:
    metadata = dict(_options(marker))
    if "[markdown]" in marker:
        return Cell("\n".join(re.sub("^# ?", "", line) for line in body.splitlines()), True, metadata)
    return Cell(body, False, metadata)


def _options(marker: str) -> Iterator[tuple[str, Any]]:
    for found in _OPTION.finditer(marker):
        yield found["key"], json.loads(found["value"])
