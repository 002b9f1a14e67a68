"""`aif down` and `aif reset`: end what was started, take away what was made, and nothing else."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
from pathlib import Path

from aif_hub.demo import instance, logins, services, slurm_daemons
from aif_hub.demo.commands import log
from aif_hub.demo.errors import DemoError
from aif_hub.demo.instance import Instance
from aif_hub.demo.progress import Progress


def take_down(inst: Instance, show: Progress) -> None:
    """Jobs cancelled and every daemon of the instance gone; data, environments and people stay."""
    with show.step("Hub and proxy"):
        services.stop(inst)
    with show.step("Jobs and Slurm"):
        slurm_daemons.stop(inst)


def take_away(inst: Instance, show: Progress) -> None:
    """After `take_down`: the users, groups, sudoers line and prefix that `up` made. Debian's packages stay."""
    with show.step("Users and groups"):
        _end_processes(inst)
        logins.remove(inst)
    with show.step("Sudoers line and files"):
        for path in instance.made(inst, "files"):
            Path(path).unlink(missing_ok=True)
        _remove_prefix(inst.prefix)
        instance.lock_file(inst.name).unlink(missing_ok=True)


def _end_processes(inst: Instance) -> None:
    """What a person's job left running where no cgroup held it: by the owner, who is ours alone."""
    ours = {user.pw_uid for user in pwd.getpwall() if user.pw_name in instance.made(inst, "users")}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if process.stat().st_uid in ours:
                log.debug("killing process %s", process.name)
                os.kill(int(process.name), signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            continue


def _remove_prefix(prefix: Path) -> None:
    for mount in Path("/proc/self/mounts").read_text().splitlines():
        if mount.split()[1].startswith(f"{prefix}/"):
            raise DemoError(f"{mount.split()[1]} is mounted below {prefix}. Unmount it and run `./aif reset` again.")
    # The record goes last: if this breaks off, the next reset still knows what it is about.
    for path in sorted(prefix.iterdir(), key=lambda path: path.name == "instance.json"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
    prefix.rmdir()
