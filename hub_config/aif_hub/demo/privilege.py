"""The one step that needs root: the launcher, its settings, and the line in sudoers that names it."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

from aif_hub.demo import instance
from aif_hub.demo.commands import run
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.launcher.install import install_launcher

MIN_UID = 1000


def ensure(inst: Instance) -> None:
    """`libexec/aif-launch` and `etc/launcher.json`, root's alone to change, and sudoers for the hub's user."""
    only_root_writes(inst.prefix)
    _write(inst.prefix / "etc/launcher.json", json.dumps(launcher_settings(inst), indent=1) + "\n", 0o644)
    program = install_launcher(inst.prefix)
    _ensure_sudoers(inst, program)


def launcher_settings(inst: Instance) -> dict[str, object]:
    """What the launcher may do and for whom."""
    notebook = str(inst.env("notebook") / "bin/python")
    return {
        "hub_user": inst.hub_user,
        "people_group": inst.people_group,
        "min_uid": MIN_UID,
        "slurm_conf": str(inst.slurm_conf),
        "slurm_bin": "/usr/bin",
        "job_name": inst.job_name,
        "server_commands": {"lab": [notebook, "-I", "-m", "aif.server"]},
    }


def sudoers_line(inst: Instance, program: Path) -> str:
    """The hub's user may run the launcher, without arguments, and nothing else."""
    return f'{inst.hub_user} ALL=(root) NOPASSWD: {program} ""\n'


def _ensure_sudoers(inst: Instance, program: Path) -> None:
    text = f"# Made by `aif up` for the instance '{inst.name}'; `aif reset` removes it.\n"
    text += sudoers_line(inst, program)
    if inst.sudoers.exists() and str(inst.sudoers) not in instance.made(inst, "files"):
        raise DemoError(
            f"{inst.sudoers} exists and was not made for this instance. Choose another name with --instance."
        )
    if inst.sudoers.exists() and inst.sudoers.read_text() == text:
        return
    draft = inst.prefix / "etc/sudoers.new"
    _write(draft, text, 0o440)
    run(["visudo", "-c", "-q", "-f", draft])
    instance.record_made(inst, "files", [str(inst.sudoers)])
    inst.sudoers.parent.mkdir(mode=0o750, exist_ok=True)
    _write(inst.sudoers, text, 0o440)  # its draft has a dot in its name: sudo reads no such file
    draft.unlink()


def _write(path: Path, text: str, mode: int) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    draft.chmod(mode)
    os.replace(draft, path)


def only_root_writes(folder: Path) -> None:
    """Whoever may write above the launcher could put another in its place."""
    for part in (folder, *folder.parents):
        facts = part.stat()
        others_write = facts.st_mode & (stat.S_IWGRP | stat.S_IWOTH) and not facts.st_mode & stat.S_ISVTX
        if facts.st_uid != 0 or others_write:
            raise DemoError(
                f"{part} can be changed by others than root, and a program that runs as root would stand below it. "
                "Choose a --prefix in a folder of root's, such as /opt/aif."
            )
