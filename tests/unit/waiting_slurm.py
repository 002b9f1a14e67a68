"""A Slurm in which workers of a cluster wait: `squeue` and `scancel`, which answer what is written beside them."""

from __future__ import annotations

from pathlib import Path

from aif.core.site import Cluster
from aif.scale import left

SESSION = 77
#: An error that it was told to end with, and then no more.
ONCE = 'once="$0.once"; if [ -e "$once" ]; then cat "$once" >&2; rm "$once"; exit 1; fi\n'
#: Answers as the two questions are answered, and writes down what is cancelled.
SQUEUE = 'case "$*" in *" -j "*) cat "$(dirname "$0")/jobs" ;; *) cat "$(dirname "$0")/arrays" ;; esac\n'
SCANCEL = 'echo "$*" >>"$(dirname "$0")/cancelled"\n'
ARRAYS = """\
ARRAY_JOB_ID|COMMENT
12|mine 0123 aif-x7/1
13|0123 aif-x7/2
14|0123 aif-x8/1
77|(null)
"""
#: What is cancelled of the cluster that `Slurm.env` names: what waits, in one command, and nothing that runs.
ENDED = ["-Q 12_[1,2] 13_[0]"]
HEAD = "JOBID|STATE|EXEC_HOST|START_TIME|TIME|REASON\n"
WORKERS = """\
12_0|RUNNING|gpu01|1806588000|30:00|None
12_1|PENDING|n/a|N/A|0:00|Priority
12_2|PENDING|n/a|N/A|0:00|Priority
13_0|PENDING|n/a|N/A|0:00|Priority
13_1|COMPLETED|gpu02|1806588000|1:00|None
"""


class Slurm:
    """Its commands in a folder, which answer what is written there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, script in (("squeue", SQUEUE), ("scancel", SCANCEL)):
            program = folder / name
            program.write_text(f"#!/bin/sh\n{ONCE}{script}")
            program.chmod(0o755)
        (folder / "arrays").write_text(ARRAYS)
        self.shows("")

    def shows(self, session: str) -> None:
        """The session's job so; not at all where that is empty."""
        row = f"{SESSION}|{session}|gpu03|1806588000|9:00|None\n" if session else ""
        (self.folder / "jobs").write_text(HEAD + row + WORKERS)

    def says_once(self, command: str, error: str) -> None:
        """The next call of that command ends so."""
        (self.folder / f"{command}.once").write_text(error + "\n")

    @property
    def env(self) -> dict[str, str]:
        return left.told(Cluster("demo", "/etc/slurm.conf", str(self.folder)), "aif-x7", SESSION)

    @property
    def cancelled(self) -> list[str]:
        file = self.folder / "cancelled"
        return file.read_text().splitlines() if file.exists() else []
