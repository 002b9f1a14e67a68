"""Commands for a site's own Slurm. Each module of COMMANDS has `register(commands)`, as in `demo/cli.py`.

The modules are imported at every `aif`, also by the distribution's Python in a bare checkout: what needs the hub's
libraries (SQLAlchemy, cryptography) is imported inside the function that uses it.
"""

from __future__ import annotations

import argparse
from types import ModuleType

from aif_hub.operate import audit, backup, banner, build, check, init, install, restore, sbom, upgrade

COMMANDS: tuple[ModuleType, ...] = (build, sbom, init, check, install, banner, audit, backup, restore, upgrade)


def register(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """All of them, in the order of COMMANDS."""
    for module in COMMANDS:
        module.register(commands)
