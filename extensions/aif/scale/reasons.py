"""Why a worker waits, in words, and Slurm's own term for who knows it."""

from __future__ import annotations

from aif.core.reasons import Reason, reason_of
from aif.core.states import Phase
from aif.core.workers import WorkerJob
from aif.widgets.figures import Speech


def why(job: WorkerJob, words: Speech) -> str:
    """Why it waits; empty where it does not."""
    if job.phase is not Phase.WAITING:
        return ""
    reason, term = reason_of(job.reason)
    if reason is Reason.OTHER:
        return words.say("cluster.why.other", term=term)
    said = words.say(f"cluster.why.{reason.value}")
    return f"{said} ({term})" if term else said
