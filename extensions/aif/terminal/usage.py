"""``aif usage``: the hub's figures where a session has them, else Slurm's own, as a table or as JSON."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any, TextIO

from aif.core.errors import AifError
from aif.terminal.table import lines

#: What the session's server keeps of the hub's answer; see `aif.server`.
FILE = "allocations.json"


class NoFigures(AifError):
    """There is nothing to show, and why."""


def usage(project: str | None = None, as_json: bool = False, out: TextIO | None = None) -> int:
    """Prints the person's allocations; 0, or NoFigures raised where there are none."""
    out = out or sys.stdout
    folder = os.environ.get("AIF_SESSION_DIR")
    told = from_session(Path(folder)) if folder else _from_slurm()
    chosen = [one for one in told if project in (None, one["project"])]
    if not chosen:
        have = ", ".join(sorted({one["project"] for one in told}))
        raise NoFigures(
            f"You are not in a project {project}.", f"Yours: {have}." if have else "You are in no project here."
        )
    if as_json:
        print(json.dumps({"allocations": chosen}, indent=2, ensure_ascii=False), file=out)
    else:
        print("\n".join(line for one in chosen for line in (*lines(one), "")).rstrip(), file=out)
    return 0


def from_session(folder: Path) -> list[dict[str, Any]]:
    """What the hub told this session last."""
    try:
        told = json.loads((folder / FILE).read_text(encoding="utf-8"))
        found, unread = list(told["allocations"]), told.get("not_read_yet")
    except FileNotFoundError as fault:
        raise NoFigures(
            "The hub has not told this session its figures yet.",
            "They come within a minute of its start; Home shows them too.",
        ) from fault
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise NoFigures(f"{folder / FILE} cannot be read ({fault}).", "Home shows the same figures.") from fault
    if unread and not found:
        raise NoFigures(
            "The hub has not read the figures of your allocations yet.",
            "They come as soon as Slurm's accounting has answered it; try again in a minute.",
        )
    return found


def _from_slurm() -> list[dict[str, Any]]:
    from aif.terminal.slurm import allocations

    found = allocations()
    if not found:
        raise NoFigures("Slurm has you in no project.", "Ask whoever leads your project to have you added.")
    return found
