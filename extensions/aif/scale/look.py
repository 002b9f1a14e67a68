"""What Slurm says of a cluster's workers: one question for all of them, read into one row each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from aif.core.slurm import Call
from aif.core.states import Phase, phase_of
from aif.core.units import parse_time
from aif.widgets.figures import Speech

_FORM = "%i|%T|%B|%S|%M|%r"  # the reason last: it is the only free text
#: Why a worker waits: Slurm's word, and the catalogue's for it; what is not here is told as Slurm has it.
_REASONS = {
    "Priority": "cluster.why.priority",
    "Resources": "cluster.why.resources",
    "None": "cluster.why.new",
    "QOSGrpBillingMinutes": "cluster.why.budget",
    "AssocGrpBillingMinutes": "cluster.why.budget",
    "QOSMaxJobsPerUserLimit": "cluster.why.most",
    "AssocMaxJobsLimit": "cluster.why.most",
    "JobHeldAdmin": "cluster.why.held-admin",
    "JobHeldUser": "cluster.why.held",
    "launch failed requeued held": "cluster.why.node",
}


@dataclass(frozen=True)
class WorkerJob:
    """One worker's job as Slurm last showed it. `starts` is an estimate while it waits, and the fact after."""

    job_id: str
    state: str
    node: str = ""
    starts: datetime | None = None
    ran: timedelta = timedelta()
    reason: str = ""

    @property
    def phase(self) -> Phase:
        """Waiting, running, ended or unknown."""
        return phase_of(self.state)

    def why(self, words: Speech) -> str:
        """Why it waits, in words; empty where it does not."""
        if self.phase is not Phase.WAITING:
            return ""
        return words.say(_REASONS[self.reason]) if self.reason in _REASONS else self.reason


def look(bases: Iterable[str]) -> Call[dict[str, WorkerJob]]:
    """All workers of the arrays `bases` by id, ended ones for as long as the controller knows them."""
    argv = ("squeue", "-h", "-r", "--me", "-t", "all", "-j", ",".join(sorted(bases)), "-o", _FORM)
    return Call(argv, parse)


def parse(out: str) -> dict[str, WorkerJob]:
    """The rows of squeue's answer; lines that do not fit are left out.

    >>> parse("12_3|PENDING|n/a|N/A|0:00|Priority")["12_3"].reason
    'Priority'
    """
    found = {}
    for line in out.splitlines():
        parts = [part.strip() for part in line.split("|", maxsplit=5)]
        if len(parts) != 6 or not parts[0].replace("_", "", 1).isdigit():
            continue
        job_id, state, node, start, ran, reason = parts
        found[job_id] = WorkerJob(
            job_id=job_id,
            state=state,
            node="" if node in {"n/a", "(null)"} else node,
            starts=datetime.fromtimestamp(int(start), UTC) if start.isdigit() else None,
            ran=_length(ran),
            reason=reason,
        )
    return found


def _length(text: str) -> timedelta:
    try:
        return parse_time(text)
    except ValueError:  # INVALID, where its clock and ours disagree
        return timedelta()
