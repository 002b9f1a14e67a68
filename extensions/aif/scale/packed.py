"""The kernel's environment as one file, unpacked once on each node: for many workers that start together.

Starting Python reads thousands of small files. From a shared file system hundreds of workers wait for them; one large
file comes at once, and the rest is read on the node.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from aif.scale.plan import NotPlanned

FILE = "environment.tar"
#: In a worker's job script: where its environment is on the node. Its person's own, and gone with their last worker.
PLACE = '"${TMPDIR:-/tmp}/aif-env-$UID-{name}"'
PYTHON = '"$AIF_ENV/bin/python"'
#: What cannot be found again by who unpacks it, or need not be.
_LEFT_OUT = ("--exclude=*/__pycache__/*.pyc.*", "--exclude=./share/jupyter/lab")


def pack(folder: Path) -> Path:
    """This kernel's environment in a file in `folder`. Raises NotPlanned where it has none of its own, or no room."""
    if sys.prefix == sys.base_prefix:
        raise NotPlanned(
            "packed=True was asked for.",
            "Only a virtual environment can be packed, and this kernel runs in the system's own Python.",
            "Choose a kernel of the workbench, or leave packed= out.",
        )
    file = folder / FILE
    argv = ["tar", "-C", sys.prefix, *_LEFT_OUT, "-cf", str(file), "."]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        file.unlink(missing_ok=True)
        raise NotPlanned(
            "packed=True was asked for.",
            f"The environment could not be packed: {done.stderr.strip().splitlines()[-1]}",
            "Make room in your home, or leave packed= out.",
        )
    return file


def unpacking(file: Path) -> list[str]:
    """Lines of a job script that leave the environment in $AIF_ENV, unpacked by the first worker on the node.

    Each worker holds a shared lock of its folder for as long as it runs. A folder that nobody holds is left over, and
    removed by the next who comes or goes.
    """
    place = PLACE.replace("{name}", file.parent.name)
    return [
        "umask 077",
        'aif_sweep() { for old in "${TMPDIR:-/tmp}/aif-env-$UID-"*; do [ -O "$old" ] && [ ! -L "$old" ] &&',
        '   ( flock -n 9 && rm -rf "$old" ) 9<"$old"; done 2>/dev/null; }',
        "aif_sweep",
        f"AIF_ENV={place}",
        'until mkdir -p "$AIF_ENV" && exec 9<"$AIF_ENV" && flock 9 &&',
        '   [ "$(stat -Lc %i /proc/self/fd/9)" = "$(stat -c %i "$AIF_ENV")" ]; do sleep 1; done',
        '[ -O "$AIF_ENV" ] && [ ! -L "$AIF_ENV" ] || { echo "$AIF_ENV belongs to somebody else."; exit 1; }',
        f"AIF_FILE={shlex.quote(str(file))}",
        '[ -e "$AIF_ENV/.whole" ] || { tar -xf "$AIF_FILE" -C "$AIF_ENV" && touch "$AIF_ENV/.whole"; } ||',
        '   { echo "The environment could not be unpacked."; rm -rf "$AIF_ENV"; exit 1; }',
        "flock -s 9",
        "trap : TERM",  # the shell is told to end too, and has to see its worker out
        "trap 'exec 9<&-; aif_sweep' EXIT",
    ]
