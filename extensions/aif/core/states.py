"""Every state and flag that Slurm gives a job, and what it means for a session.

One table for all releases from 22.05 to 26.11 (job_state_codes in Slurm's documentation). A word that is not here
is UNKNOWN, and unknown never ends a session and never cancels a job.
"""

from __future__ import annotations

from enum import Enum


class Phase(Enum):
    """What we can say of a job."""

    WAITING = "waiting"
    RUNNING = "running"
    ENDED = "ended"
    UNKNOWN = "unknown"


class EndCause(Enum):
    """Why a session ended, as people ask it."""

    FINISHED = "finished"
    STOPPED = "stopped"
    IDLE = "idle"
    CANCELLED = "cancelled"
    TIME_LIMIT = "time limit"
    OUT_OF_MEMORY = "out of memory"
    NODE_FAILED = "node failed"
    PREEMPTED = "preempted"
    FAILED = "failed"
    NEVER_STARTED = "never started"
    RECORD_LOST = "record lost"  # the hub found its job and had no record of it
    NOT_RECORDED = "not recorded"


_W, _R, _E, _U = Phase.WAITING, Phase.RUNNING, Phase.ENDED, Phase.UNKNOWN

STATES: dict[str, tuple[Phase, EndCause | None]] = {
    # base states
    "PENDING": (_W, None),
    "RUNNING": (_R, None),
    "SUSPENDED": (_R, None),  # still holds its place; goes on when resumed
    "COMPLETED": (_E, EndCause.FINISHED),
    "CANCELLED": (_E, EndCause.CANCELLED),
    "FAILED": (_E, EndCause.FAILED),
    "TIMEOUT": (_E, EndCause.TIME_LIMIT),
    "NODE_FAIL": (_E, EndCause.NODE_FAILED),
    "PREEMPTED": (_E, EndCause.PREEMPTED),
    "BOOT_FAIL": (_E, EndCause.NODE_FAILED),
    "DEADLINE": (_E, EndCause.TIME_LIMIT),
    "OUT_OF_MEMORY": (_E, EndCause.OUT_OF_MEMORY),
    "LAUNCH_FAILED": (_E, EndCause.FAILED),
    "RECONFIG_FAIL": (_E, EndCause.FAILED),
    "EXPEDITING": (_W, None),
    # flags that squeue shows in place of the base state
    "CONFIGURING": (_W, None),  # nodes are powering up
    "POWER_UP_NODE": (_W, None),
    "COMPLETING": (_R, None),  # processes are still being ended; a definite state follows
    "STAGE_OUT": (_R, None),
    "SIGNALING": (_R, None),
    "STOPPED": (_R, None),  # has SIGSTOP, keeps its resources
    "RESIZING": (_R, None),
    "UPDATE_DB": (_U, None),  # says nothing of the job itself
    "REQUEUED": (_W, None),
    "REQUEUE_FED": (_W, None),
    "REQUEUE_HOLD": (_W, None),
    "SPECIAL_EXIT": (_W, None),  # requeued in a held state
    "RESV_DEL_HOLD": (_W, None),
    "REVOKED": (_E, EndCause.CANCELLED),  # another cluster of the federation runs it
    # our own word: queue and accounting both answered, more than once, that there is no such job
    "GONE": (_E, EndCause.NOT_RECORDED),
}
#: Of those that run: the job keeps its place and its memory, and none of its programs gets on until it is resumed.
PAUSED = frozenset({"SUSPENDED", "STOPPED"})


def phase_of(state: str) -> Phase:
    """The phase of a state as squeue or sacct writes it (``CANCELLED by 1003`` is CANCELLED).

    >>> phase_of("CANCELLED by 1003"), phase_of("SOMETHING_NEW")
    (<Phase.ENDED: 'ended'>, <Phase.UNKNOWN: 'unknown'>)
    """
    return _row(state)[0]


def is_paused(state: str) -> bool:
    """Whether a job in that state stands still in its place."""
    return _word(state) in PAUSED


def end_cause_of(state: str) -> EndCause:
    """Why a job in a terminal state ended; NOT_RECORDED where the state does not say."""
    return _row(state)[1] or EndCause.NOT_RECORDED


def _row(state: str) -> tuple[Phase, EndCause | None]:
    return STATES.get(_word(state), (Phase.UNKNOWN, None))


def _word(state: str) -> str:
    return state.split(maxsplit=1)[0].rstrip("+").upper() if state.strip() else ""
