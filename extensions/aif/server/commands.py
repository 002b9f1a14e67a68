"""The workbench's own commands in a session's terminals and notebooks, behind everything else on the person's PATH."""

import os
import sys
from collections.abc import Mapping, MutableMapping
from pathlib import Path

#: Our commands by the names that people type, and their scripts in the server's environment.
COMMANDS = {"aif": "aif-person"}
#: Shells that take a script after ``-l``; others are started as Jupyter would.
KNOWN_SHELLS = frozenset({"bash", "dash", "ksh", "sh", "zsh"})
TERMINAL = Path(__file__).parent / "terminal.sh"
FOLDER = "bin"


def offer(environ: MutableMapping[str, str], runtime_dir: str, scripts: Path | None = None) -> None:
    """Puts a folder with our commands alone at the end of PATH: the environment's other programs are not meant."""
    place = Path(runtime_dir, FOLDER)
    place.mkdir()
    for name, script in COMMANDS.items():
        target = (scripts or Path(sys.prefix, "bin")) / script
        if target.exists():
            (place / name).symlink_to(target)
    environ["PATH"] = os.pathsep.join(filter(None, [environ.get("PATH", ""), str(place)]))


def shell_command(environ: Mapping[str, str], runtime_dir: str) -> list[str] | None:
    """What a terminal runs: the person's login shell, which sets PATH anew, and then our folder behind it.

    None where that is left to Jupyter.
    """
    shell = environ.get("SHELL", "")
    if Path(shell).name not in KNOWN_SHELLS:
        return None
    return [shell, "-l", str(TERMINAL), str(Path(runtime_dir, FOLDER)), shell]
