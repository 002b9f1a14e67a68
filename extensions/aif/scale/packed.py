"""The kernel's environment as one file, unpacked once on each node: for many workers that start together.

Starting Python reads thousands of small files. From a shared file system hundreds of workers wait for them; one large
file comes at once, and the rest is read on the node.
"""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path

from aif.core.sentence import Sentence
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
            Sentence("packed=True was asked for."),
            Sentence("Only a virtual environment can be packed, and this kernel runs in the system's own Python."),
            Sentence("Choose a kernel of the workbench, or leave packed= out."),
        )
    file = folder / FILE
    argv = ["tar", "-C", sys.prefix, *_LEFT_OUT, "-cf", str(file), "."]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode:
        file.unlink(missing_ok=True)
        raise NotPlanned(
            Sentence("packed=True was asked for."),
            Sentence("The environment could not be packed: {said}", said=done.stderr.strip().splitlines()[0]),
            Sentence("Make room in your home, or leave packed= out."),
        )
    return file


def unpacking(file: Path) -> list[str]:
    """Lines of a job script that leave the environment in $AIF_ENV, unpacked by the first worker on the node.

    Each worker holds a shared lock of its folder for as long as it runs, and the one that unpacks an exclusive one. A
    folder that nobody holds is left over, and removed by the next who comes or goes. `seen_out` is the script's end.
    """
    place = PLACE.replace("{name}", file.parent.name)
    return [
        f"AIF_FILE={shlex.quote(str(file))}",
        f"AIF_ENV={place}",
        *_SCRIPT.splitlines(),
    ]


def seen_out(script: str) -> str:
    """The job script whose last line is the worker, so that its shell sees the worker out and then looks what is left.

    The shell is told to end, and its worker or not. Thousands of files need their part of the time that is left, which
    where Slurm cancels the job is KillWait: the worker is told too, and ended when it has not done so soon.
    """
    return f"{script.rstrip()} &\n{_SEEN_OUT}"


_SEEN_OUT = """\
AIF_WORKER=$!
trap 'kill -TERM "$AIF_WORKER"' TERM
wait "$AIF_WORKER"
AIF_SAID=$?
for _ in {1..30}
do kill -0 "$AIF_WORKER" || break
   sleep 0.1
done 2>/dev/null
kill -0 "$AIF_WORKER" 2>/dev/null && kill -KILL "$AIF_WORKER" && wait "$AIF_WORKER"
exit "$AIF_SAID"
"""

_SCRIPT = """\
umask 077
aif_sweep() {
   for old in "${TMPDIR:-/tmp}/aif-env-$UID-"*
   do [ -O "$old" ] && [ ! -L "$old" ] && ( flock "$@" 9 && aif_remove "$old" ) 9<"$old"
   done 2>/dev/null
}
aif_remove() {
   find "$1" -mindepth 4 -maxdepth 4 -print0 | xargs -0 -n 16 -P 8 rm -rf  # its packages, some at a time
   rm -rf "$1"
}
aif_unpack() { tar -xf "$AIF_FILE" -C "$AIF_ENV" && touch "$AIF_ENV/.whole"; }
aif_sweep -n
aif_own() { [ -O "$AIF_ENV" ] && [ ! -L "$AIF_ENV" ]; }  # its name is no secret: another may have been here first
while mkdir -p "$AIF_ENV" && aif_own && exec 9<"$AIF_ENV"
do flock -s 9
   if [ "$(stat -Lc %i /proc/self/fd/9)" = "$(stat -c %i "$AIF_ENV")" ]
   then [ -e "$AIF_ENV/.whole" ] && break
      if flock -n 9
      then aif_unpack || rm -rf "$AIF_ENV"
         flock -s 9
         break
      fi
   fi
   exec 9<&-
   sleep "0.$RANDOM"
done
aif_own && [ -e "$AIF_ENV/.whole" ] || { echo "The environment could not be unpacked in $AIF_ENV."; exit 1; }
trap 'exec 9<&-; aif_sweep -w 1' EXIT
"""
