"""One choice in Slurm's terms, and the very script that would run, as a command to copy."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aif.core.request import JobRequest
from aif.core.site import Site
from aif_hub.launcher.config import Config, parse_config
from aif_hub.launcher.protocol import Refused
from aif_hub.launcher.request import job_from
from aif_hub.launcher.slurm import batch_script, submission
from aif_hub.speech import _

#: Stands for the session's id, which is made at the start.
SESSION = "SESSION"


@dataclass(frozen=True)
class Expert:
    """Slurm's terms with their values, and the command; empty where the launcher's settings cannot be read here."""

    terms: tuple[tuple[str, str], ...]
    command: str


def expert(request: JobRequest, home: str, site: Site) -> Expert:
    """What the launcher would submit for `request`, in its own words."""
    gres = f"gpu:{request.gpu_type}:{request.gpus}" if request.gpu_type else f"gpu:{request.gpus}"
    terms = (
        (_("Account"), request.account),
        (_("QOS"), request.qos),
        (_("Partition"), request.partition),
        (_("GRES"), gres if request.gpus else ""),
        (_("Processor cores"), str(request.cpus)),
        (_("Memory"), f"{request.memory_mb} MB"),
        (_("Time limit"), f"{request.minutes // 60}:{request.minutes % 60:02d}:00"),
        (_("Reservation"), request.reservation),
    )
    config = _launcher_config(site.launcher[-1])
    command = _command(request, home, site, config) if config else ""
    return Expert(tuple((name, value) for name, value in terms if value), command)


def _command(request: JobRequest, home: str, site: Site, config: Config) -> str:
    folder = f"{home}/.aif/sessions/{SESSION}"
    argv = submission(config.job_name, job_from(request.launcher_job()), SESSION, folder, home)
    script = batch_script([*config.server_commands[site.session.server], folder])
    return f"{' '.join(map(shlex.quote, argv))} << 'END'\n{script}END\n"


@cache
def _launcher_config(program: str) -> Config | None:
    """The launcher's settings beside its program; None where the hub may not read them."""
    try:
        return parse_config((Path(program).resolve().parents[1] / "etc/launcher.json").read_bytes())
    except (OSError, IndexError, Refused):
        return None
