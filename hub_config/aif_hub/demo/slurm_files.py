"""Slurm's configuration files, filled in from `share/aif/demo`, and which cgroups this machine offers."""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from pathlib import Path
from string import Template

from aif_hub.demo.instance import Instance

CGROUPS = Path("/sys/fs/cgroup")
_FILES = {"slurm.conf": 0o644, "gres.conf": 0o644, "cgroup.conf": 0o644, "slurmdbd.conf": 0o600}


def demo_file(name: str) -> Path:
    """A file of `hub_config/demo`: the checkout's when we run from one, else the installed copy."""
    beside = Path(__file__).parents[2] / "demo" / name
    return beside if beside.exists() else Path(sys.prefix) / "share/aif/demo" / name


def cgroup_version() -> str:
    """``"v2"``, ``"v1"``, or ``""`` where we may not make cgroups that limit memory."""
    unified = CGROUPS / "cgroup.controllers"
    if unified.exists():
        return "v2" if "memory" in unified.read_text().split() and _may_make(CGROUPS) else ""
    return "v1" if all(_may_make(CGROUPS / kind) for kind in ("freezer", "memory")) else ""


def _may_make(folder: Path) -> bool:
    probe = folder / f"aif-probe-{os.getpid()}"
    try:
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True


def write(inst: Instance, cgroups: str) -> None:
    """Write all four files for this instance."""
    folder = inst.slurm_conf.parent
    folder.mkdir(parents=True, exist_ok=True)
    for name, mode in _FILES.items():
        draft = folder / f"{name}.new"
        draft.touch(mode=mode)
        draft.chmod(mode)
        draft.write_text(rendered(inst, name, cgroups))
        os.replace(draft, folder / name)


def rendered(inst: Instance, name: str, cgroups: str) -> str:
    """The text of one file for this instance; `cgroups` is what `cgroup_version` says, or "" to do without."""
    return Template(demo_file(name).read_text()).substitute(_facts(inst, cgroups))


def digest(inst: Instance) -> str:
    """Changes whenever one of the files does: daemons that read others must start anew."""
    folder = inst.slurm_conf.parent
    texts = [(folder / name).read_bytes() for name in _FILES if (folder / name).exists()]
    return hashlib.sha256(b"".join(texts)).hexdigest()[:16]


def _facts(inst: Instance, cgroups: str) -> dict[str, str]:
    return {
        "instance": inst.name,
        "host": socket.gethostname().partition(".")[0],
        "prefix": str(inst.prefix),
        "slurmctld_port": str(inst.slurmctld_port),
        "slurmdbd_port": str(inst.slurmdbd_port),
        "proctrack": "proctrack/cgroup" if cgroups else "proctrack/linuxproc",
        "task": "task/cgroup" if cgroups else "task/none",
        "cgroup_plugin": f"cgroup/{cgroups or 'v1'}",
        "constrain_memory": "yes" if cgroups else "no",
        **{f"addr_{node}": address for node, address in inst.addresses.items()},
        **{f"port_{node}": str(port) for node, port in inst.slurmd_ports.items()},
    }
