"""What the machine must be before anything is installed: each failing check says one sentence and what to do."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import NAME

# Environments of 2.3 GB, 0.3 GB of Slurm's and MariaDB's files, and the download cache beside them.
NEEDED_GB = 6
_LONGEST_PREFIX = 70  # socket paths below it may have 107 characters


def check(name: str, prefix: Path) -> None:
    """Raises DemoError at the first thing that would stop `up`."""
    check_root()
    _check_distribution(Path("/etc/os-release"))
    if not NAME.fullmatch(name):
        raise DemoError(
            f"--instance {name!r}: a name is a letter and up to seven letters or digits, such as demo or demo2."
        )
    if not re.fullmatch(r"/[A-Za-z0-9/_.-]+", str(prefix)) or len(str(prefix)) > _LONGEST_PREFIX:
        raise DemoError(
            f"--prefix {prefix}: an absolute path of at most {_LONGEST_PREFIX} plain characters is needed "
            "(letters, digits, _ . - /), because socket and script paths stand below it. /opt/aif/demo is the default."
        )
    check_readable(prefix.parent, "--prefix")
    if not (prefix / "env/notebook").exists():
        _check_room(prefix)


def check_root() -> None:
    """Users, device nodes and Slurm's daemons need root."""
    if os.geteuid() != 0:
        raise DemoError("This needs root, for users and Slurm's daemons. Run it with sudo: sudo ./aif …")


def _check_distribution(release: Path) -> None:
    facts = (
        dict(line.split("=", 1) for line in release.read_text().splitlines() if "=" in line) if release.exists() else {}
    )
    family = f"{facts.get('ID', '')} {facts.get('ID_LIKE', '')}".replace('"', "").split()
    if not {"debian", "ubuntu"} & set(family):
        name = facts.get("PRETTY_NAME", "an unknown system").strip('"')
        raise DemoError(
            f"This machine runs {name}; the demo installs Slurm from Debian 12 or Ubuntu 24.04 packages. "
            "Use such a machine or a container of it."
        )


def check_readable(folder: Path, option: str) -> None:
    """People's servers run as other users: every folder above the environments must let them pass."""
    for part in (folder, *folder.parents):
        if part.exists() and not part.stat().st_mode & 0o001:
            raise DemoError(
                f"{option}: other users may not enter {part}, so no person's server could read what is installed "
                f"below it. Choose a folder that everyone may enter, such as /opt/aif, or chmod o+x {part}."
            )


def _check_room(prefix: Path) -> None:
    place = next(part for part in (prefix, *prefix.parents) if part.exists())
    free = shutil.disk_usage(place).free / 1e9
    if free < NEEDED_GB:
        raise DemoError(
            f"{place} has {free:.1f} GB free and the workbench needs about {NEEDED_GB} GB. "
            "Make room, or choose another disk with --prefix."
        )


#: Where a Slurm that is here already has its settings: Debian's places of now and before, and where slurmd keeps those
#: that it fetched from its controller.
_SLURMS = ("etc/slurm/slurm.conf", "etc/slurm-llnl/slurm.conf", "run/slurm/conf/slurm.conf")


def slurm_of_its_own(root: Path = Path("/")) -> str:
    """A word about a Slurm that the machine has already, which is left alone; empty where there is none."""
    for place in _SLURMS:
        if (root / place).exists():
            return (
                f"This machine has a Slurm of its own (/{place}). It is not touched and not used; to put the workbench "
                "beside it, see `./aif init --help`"
            )
    return ""
