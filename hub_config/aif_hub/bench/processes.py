"""Processes of this machine: of which of Slurm's jobs, and below whom."""

from __future__ import annotations

from pathlib import Path


def processes_of_jobs(word: bytes, job_name: str) -> dict[int, int]:
    """The job of each process of jobs of that name with `word` in its command line, by what Slurm told it."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes()
            if word in command and b"resource_tracker" not in command:
                job = _job((folder / "environ").read_bytes(), job_name)
                if job is not None:
                    found[int(folder.name)] = job
        except OSError:  # it has just ended
            continue
    return found


def ancestors(pid: int, up_to: int) -> list[int]:
    """That process and all above it, below `up_to`: the nearest first."""
    found = []
    while pid not in (up_to, 1, 0):
        found.append(pid)
        try:
            pid = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return found


def _job(environ: bytes, job_name: str) -> int | None:
    """The id of a job of that name, by an environment as the kernel keeps it.

    >>> _job(b"HOME=/root\\0SLURM_JOB_ID=17\\0SLURM_JOB_NAME=aif", "aif")
    17
    """
    told = dict(entry.partition(b"=")[::2] for entry in environ.split(b"\0"))
    number = told.get(b"SLURM_JOB_ID", b"")
    return int(number) if number.isdigit() and told.get(b"SLURM_JOB_NAME") == job_name.encode() else None
