"""What commands of Slurm's may print with status 0 that answers no question: what readers must not believe."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aif.core.site import Cluster

#: What `aif bench chaos` has all of Slurm's commands print on a day of garbage.
PAGE = b"<html>(2 Bad Gateway\n12|\xc3(|RUNNING\n|||\n"
#: By what they are. The first two would mean that there is nothing of what was asked for.
GARBAGE = {
    "nothing": b"",
    "an empty line": b"\n",
    "the page of another program": PAGE,
    "an error of Slurm's": b"slurm_load_jobs error: Zero Bytes were transmitted or received\n",
    "the greeting of a login": b"*** Welcome! ***\nYou are on login1 | Users: 12 | Load: 0.5\n",
    "odd bytes": bytes(range(128, 256)) + b"|\x00|\x1b[31m|" + b"\n",
    "bars": b"|||||||||||||\n",
    "one word": b"Unauthorized\n",
}
COMMANDS = ("sacct", "sacctmgr", "sbatch", "scancel", "scontrol", "sinfo", "squeue", "sreport")


def slurm_that_prints(folder: Path, said: bytes) -> Cluster:
    """A cluster all of whose commands print this, whatever they are asked, and end well."""
    (folder / "said").write_bytes(said)
    for command in COMMANDS:
        program = folder / command
        program.write_text(f"#!/bin/sh\nexec cat {folder}/said\n")
        program.chmod(0o755)
    return Cluster("demo", "/etc/slurm/slurm.conf", str(folder), job_name="aif-demo")


async def done(task: asyncio.Task[None] | None) -> None:
    """Returns once what runs beside the question has ended."""
    if task is not None:
        await asyncio.wait({task})
