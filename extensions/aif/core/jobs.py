"""Jobs as Slurm shows them: one sighting a job, and the calls that fetch many at once.

Two sources, one shape: `look` reads the queue (squeue, which knows ended jobs for MinJobAge), `history` the accounting
(sacct, for ids that the queue no longer knows). Neither prints a text that a user can set, so no row can be forged.
`tagged` in `aif.core.tags` also says for which session each job was made.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from aif.core.slurm import Call
from aif.core.states import EndCause, Phase, end_cause_of, is_paused, phase_of
from aif.core.table import below, unreadable
from aif.core.units import read_moment, read_node, read_number, read_time

_LOOK = "%A|%U|%T|%B|%L|%S|%r"  # the reason last: it is the only free text
_LOOK_HEAD = "JOBID|UID|STATE|EXEC_HOST|TIME_LEFT|START_TIME|REASON"
_HISTORY = "JobIDRaw,UID,State,NodeList,Start,End"
_HISTORY_HEAD = _HISTORY.replace(",", "|")
#: What a node and its address may be called; anything else is none, and what names it no answer.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:%-]*")


@dataclass(frozen=True)
class JobSighting:
    """What Slurm said of one job at one time.

    `left` is the time to its limit; `starts` is Slurm's estimate while the job waits, and the fact after.
    """

    job_id: int
    uid: int
    state: str
    node: str = ""
    reason: str = ""
    left: timedelta | None = None
    starts: datetime | None = None
    ended: datetime | None = None

    @property
    def phase(self) -> Phase:
        """Waiting, running, ended or unknown."""
        return phase_of(self.state)

    @property
    def paused(self) -> bool:
        """Whether it stands still in its place, suspended or stopped by a signal."""
        return is_paused(self.state)

    def runs_anew(self, started: datetime | None) -> bool:
        """Whether it runs for another time, if `started` is when it began as Slurm said before."""
        if started is None or self.starts is None:
            return False
        return self.phase is Phase.RUNNING and self.starts > started

    @property
    def end_cause(self) -> EndCause:
        """Why it ended, by its state alone."""
        return end_cause_of(self.state)


def look(job_name: str, timeout_seconds: float = 20.0) -> Call[dict[int, JobSighting]]:
    """All jobs of that name, of every person and in every state the controller still knows, in one query."""
    argv = ("squeue", "-a", "-r", "-n", job_name, "-t", "all", "-o", _LOOK)
    return Call(argv, lambda out: parse_look(below(_LOOK_HEAD, out, "squeue")), timeout_seconds=timeout_seconds)


def history(job_ids: Iterable[int], timeout_seconds: float = 20.0) -> Call[dict[int, JobSighting]]:
    """The given jobs from Slurm's accounting, in one query; ids it does not know are absent."""
    ids = ",".join(str(job_id) for job_id in sorted(job_ids))
    argv = ("sacct", "-X", "-P", "-j", ids, "-o", _HISTORY)
    return Call(argv, lambda out: parse_history(below(_HISTORY_HEAD, out, "sacct")), timeout_seconds=timeout_seconds)


def node_addresses() -> Call[dict[str, str]]:
    """Each node's address as Slurm knows it."""
    return Call(("sinfo", "-h", "-N", "-o", "%N|%o"), parse_addresses)


def parse_look(out: str) -> dict[int, JobSighting]:
    """Sightings by job id from the rows of `look`; those that do not fit are left out, so their jobs stay unknown.

    Raises SlurmError when none fits: that says nothing of any job.

    >>> parse_look("12|1003|RUNNING|gpu01|59:01|1795348800|None")[12].node
    'gpu01'
    """
    sightings = {}
    for line in out.splitlines():
        parts = line.split("|", maxsplit=6)
        job_id, uid = _ids(parts)
        if len(parts) != 7 or job_id is None or uid is None:
            continue
        _, _, state, node, left, start, reason = parts
        sightings[job_id] = JobSighting(
            job_id=job_id,
            uid=uid,
            state=state,
            node=read_node(node),
            reason="" if reason == "None" else reason,
            left=read_time(left),
            starts=read_moment(start),
        )
    return _fitting("squeue", sightings, out)


def parse_history(out: str) -> dict[int, JobSighting]:
    """Sightings by job id from the rows of `history`. Raises SlurmError when there are some and none fits."""
    sightings = {}
    for line in out.splitlines():
        parts = line.split("|")
        job_id, uid = _ids(parts)
        if len(parts) != 6 or job_id is None or uid is None:
            continue
        _, _, state, nodes, start, end = parts
        sightings[job_id] = JobSighting(
            job_id=job_id,
            uid=uid,
            state=state,
            node="" if nodes == "None assigned" else nodes,
            starts=read_moment(start),
            ended=read_moment(end),
        )
    return _fitting("sacct", sightings, out)


def parse_addresses(out: str) -> dict[str, str]:
    """Addresses by node. A cluster has nodes, so an answer without any is none, and so is one with another line.

    >>> parse_addresses("gpu01|127.0.1.1\\n")
    {'gpu01': '127.0.1.1'}
    """
    pairs = [[part.strip() for part in line.split("|")] for line in out.splitlines() if line.strip()]
    if not pairs or not all(len(pair) == 2 and all(map(_NAME.fullmatch, pair)) for pair in pairs):
        raise unreadable("sinfo")
    return dict(pairs)


def _fitting(command: str, sightings: dict[int, JobSighting], out: str) -> dict[int, JobSighting]:
    if out.strip() and not sightings:
        raise unreadable(command)
    return sightings


def _ids(parts: list[str]) -> tuple[int | None, int | None]:
    return (read_number(parts[0]), read_number(parts[1])) if len(parts) > 1 else (None, None)
