"""Kernels with environments of their own, and the tutorials, put where people's servers find them."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from aif_hub.demo.environments import Builder, Place


def locked(source: Path) -> list[str]:
    """The kernels of the checkout that can be built on this machine; those for GPUs only where it has one."""
    found = sorted(lock.parent.name for lock in (source / "kernels").glob("*/requirements.lock"))
    return [name for name in found if not name.endswith("-gpu") or has_gpu()]


def has_gpu() -> bool:
    """Whether this machine has an NVIDIA GPU with its driver."""
    return Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi") is not None


def ensure(builder: Builder, name: str) -> None:
    """The kernel's environment and its kernelspec, whose `python` is that environment's."""
    inst = builder.inst
    builder.ensure(f"kernels/{name}", inst.source / "kernels" / name / "requirements.lock")
    shipped = inst.env(f"kernels/{name}") / "share/aif/kernels" / name
    place = inst.prefix / "share/jupyter/kernels" / name
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(shipped, place, ignore=shutil.ignore_patterns("requirements.*"))
    spec = json.loads((place / "kernel.json").read_text())
    if spec["argv"][0] == "python":
        spec["argv"][0] = str(inst.env(f"kernels/{name}") / "bin/python")
    (place / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n")


def ensure_tutorials(inst: Place) -> None:
    """The tutorials as our wheel ships them, in `share/aif/tutorials`."""
    shipped, place = inst.env("notebook") / "share/aif/tutorials", inst.prefix / "share/aif/tutorials"
    shutil.rmtree(place, ignore_errors=True)
    if shipped.exists():
        shutil.copytree(shipped, place)
