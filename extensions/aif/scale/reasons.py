"""Why a worker waits, in words."""

from __future__ import annotations

from aif.core.states import Phase
from aif.core.workers import WorkerJob
from aif.widgets.figures import Speech

#: Slurm's word, and the catalogue's for it; what is not here is told as Slurm has it.
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


def why(job: WorkerJob, words: Speech) -> str:
    """Why it waits; empty where it does not."""
    if job.phase is not Phase.WAITING:
        return ""
    return words.say(_REASONS[job.reason]) if job.reason in _REASONS else job.reason
