"""Installs the launcher under a prefix: program, modules and byte code, all root's and read-only for everyone else."""

from __future__ import annotations

import py_compile
import shutil
from pathlib import Path

MODULES = ("__init__", "config", "folder", "person", "protocol", "request", "root", "slurm", "verbs")


def install_launcher(prefix: Path) -> Path:
    """`prefix`/libexec/aif-launch, ready to run by /usr/bin/python3 once `prefix`/etc/launcher.json is there.

    Called as root and by the Python that will run it (the byte code is of one Python version; another one only starts
    more slowly).
    """
    source = Path(__file__).parent
    libexec = prefix / "libexec"
    modules = libexec / "aif_launcher"
    if modules.exists():
        shutil.rmtree(modules)  # no module of an older release may stay
    for folder in (libexec, modules, modules / "__pycache__"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o755)
    for name in MODULES:
        target = modules / f"{name}.py"
        shutil.copyfile(source / f"{name}.py", target)
        target.chmod(0o644)
        py_compile.compile(str(target), doraise=True)
    for compiled in (modules / "__pycache__").iterdir():
        compiled.chmod(0o644)
    program = libexec / "aif-launch"
    waiting = libexec / "aif-launch.new"
    shutil.copyfile(source / "aif_launch.py", waiting)
    waiting.chmod(0o755)
    waiting.rename(program)
    return program
