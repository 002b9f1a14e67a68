"""`aif tutorials run`: each tutorial in a real session, through a hub and Slurm, against what its label says.

The learner's notebook with the solutions filled in, at its full size, inside the session's own job: what Slurm gives a
person is what it gets. The session is of the profile that the tutorial's catalogue entry names, or of `--profile`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from aif.tutorials import build, catalogue
from aif.tutorials.catalogue import Entry
from aif_hub.bench.as_kernel import InSession
from aif_hub.bench.course import say
from aif_hub.bench.rig import Rig, rig
from aif_hub.demo import people
from aif_hub.demo.errors import CommandFailed
from aif_hub.demo.instance import Instance
from aif_hub.tutorials.preview import check_names

SHORT = "bakker"
SESSION_MINUTES = 120
#: What the demo's small sizes have.
MEMORY_GB = 4
#: One tutorial may take so long.
RUN_SECONDS = 3600.0
#: A measured run may be so much longer or shorter than the label says.
WITHIN = 0.25

#: Of one tutorial, as `aif tutorials run --json` prints them.
Figures = dict[str, Any]


def run(
    inst: Instance, folder: Path, names: Sequence[str], profile: str, small: bool, tell: Callable[[Figures], object]
) -> list[Figures]:
    """The figures of the tutorials in `folder`, or of those with these names; raises DemoError for an unknown name.

    `tell` hears of each as soon as it has run: all of them take long, and a later one may be broken off.
    """
    check_names(folder, names)
    login = next(entry["name"] for entry in people.listed(inst) if entry["short"] == SHORT)
    chosen = [entry for entry in catalogue.read(folder).entries if not names or entry.name in names]
    found: dict[str, Figures] = {}
    for wanted in dict.fromkeys(profile or entry.profile for entry in chosen):
        with rig(inst, (login,), None, None) as made:
            session = InSession.begin(made, login, SESSION_MINUTES, profile=wanted, memory_gb=MEMORY_GB)
            place = _built(made, folder, chosen)
            for entry in chosen:
                if (profile or entry.profile) == wanted:
                    say(f"{entry.name}: runs on {session.public['node']}, as {session.public['title']!r}")
                    found[entry.name] = _run(session, place / f"{entry.name}.ipynb", entry, small)
                    tell(found[entry.name])
    return [found[entry.name] for entry in chosen]


def holds(told: Figures, labelled: bool) -> bool:
    """Whether all cells did what they should and, where it ran as `labelled`, its labels say what it took.

    A learner reads and thinks as well, so what they are told that it costs is more than a run's.
    """
    near = abs(told["minutes"] - told["minutes_label"]) <= WITHIN * told["minutes_label"]
    enough = told["gpu_hours"] <= told["gpu_hours_label"] and told["memory_gb"] <= MEMORY_GB
    return not told["failed_cells"] and (not labelled or (near and enough))


def in_words(told: Figures, labelled: bool = True) -> str:
    """One tutorial's figures as a line."""
    failed = (
        f"; {len(told['failed_cells'])} cells failed: {told['failed_cells'][0]['says']}" if told["failed_cells"] else ""
    )
    return (
        f"{'✓' if holds(told, labelled) else '✗'} {told['name']}: "
        f"{told['minutes']:.2f} minutes (label: {told['minutes_label']:g}), "
        f"{told['gpu_hours']:.3f} GPU-hours (a learner's: {told['gpu_hours_label']:.2f}), "
        f"{told['memory_gb']:.1f} GB of memory{f' (its size has {MEMORY_GB})' if labelled else ''}{failed}"
    )


# Below: the parts -----------------------------------------------------------------------------------------------------


def _built(made: Rig, folder: Path, chosen: Sequence[Entry]) -> Path:
    """A folder that the person may read: the notebooks with their solutions filled in, and what they need."""
    place = made.folder / "tutorials"
    build.everything(folder, place)
    for entry in chosen:
        (place / "en" / f"{entry.name}.ipynb").write_text(build.solved(folder / f"{entry.name}.py"), encoding="utf-8")
    for path in (place, *place.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shutil.rmtree(place / "solutions")
    return place / "en"


def _run(session: InSession, notebook: Path, entry: Entry, small: bool) -> Figures:
    size = next((one for one in session.public["scale"]["sizes"] if one["name"] == session.public["profile"]), None)
    weight = Fraction(size["gpu_weight"]) * size["gpus"] if size else Fraction(session.public["gpus"])
    program = _program(session, notebook, entry)
    try:
        took = json.loads(session.inside(program, timeout=RUN_SECONDS, **_environ(session, small)))
    except CommandFailed as fault:  # out of memory, say: the others still get their turn
        failed = [{"cell": None, "says": str(fault)}]
        took = {"minutes": 0.0, "memory_gb": 0.0, "workers_gpu_hours": 0.0, "failed_cells": failed}
    return {
        "name": entry.name,
        "minutes": round(took["minutes"], 3),
        "minutes_label": entry.run_minutes,
        "gpu_hours": round(float(weight) * took["minutes"] / 60 + took["workers_gpu_hours"], 6),
        "gpu_hours_label": round(float(weight) * entry.minutes / 60, 6),
        "memory_gb": round(took["memory_gb"], 3),
        "failed_cells": took["failed_cells"],
    }


def _program(session: InSession, notebook: Path, entry: Entry) -> list[str | Path]:
    """The folder copied to a temporary one of the person's, as tutorials may write beside themselves, and run there."""
    python = session.made.notebook_env / "bin/python"
    inside = f'cp -r "$0" "$TMP_RUN" && "{python}" -I -m aif.tutorials.execute "$TMP_RUN/en/$1" "$2"'
    script = f'TMP_RUN=$(mktemp -d) && trap \'rm -rf "$TMP_RUN"\' EXIT && export XDG_DATA_HOME="$TMP_RUN" && {inside}'
    return ["/bin/sh", "-c", script, notebook.parent, notebook.name, entry.kernel]


def _environ(session: InSession, small: bool) -> dict[str, str]:
    shared = session.made.inst.prefix / "share/jupyter"
    return {"JUPYTER_PATH": str(shared), "AIF_SMALL": "1" if small else "0", "PYTHONDONTWRITEBYTECODE": "1"}
