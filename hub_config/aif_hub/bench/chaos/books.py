"""The three books of `aif bench chaos` at one moment: the hub's database, Slurm's queue, the processes that live.

Beside them, what the hub shows each person, and whether the server that it shows as ready answers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Slurm's job states, as squeue(1) and sacct(1) tell of them, by what they mean for a session; a word in none of these
#: means nothing. The hub has a table of its own, which is among what is judged, so this one does not come from there.
WAITING = frozenset(
    {"PENDING", "CONFIGURING", "REQUEUED", "REQUEUE_FED", "REQUEUE_HOLD", "RESV_DEL_HOLD", "SPECIAL_EXIT"}
)
RUNNING = frozenset({"RUNNING", "SUSPENDED", "STOPPED", "SIGNALING", "RESIZING", "STAGE_OUT", "COMPLETING"})
#: Of those that run: nothing of it gets on until it is resumed.
PAUSED = frozenset({"SUSPENDED", "STOPPED"})
ENDED = frozenset(
    {"BOOT_FAIL", "CANCELLED", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY"}
    | {"PREEMPTED", "REVOKED", "TIMEOUT"}
)

#: The cause that a hub gave to its person at once, and to no book.
REFUSED = "refused"


@dataclass(frozen=True)
class Record:
    """A session as the hub's database has it.

    `cause` is why it ended, "" while it is open, REFUSED where whoever asked for it was told no, and None where the hub
    keeps no causes. `address` is its server's host and port, once that has called back.
    """

    session: str
    login: str
    server: str
    step: str
    job: int | None
    cause: str | None
    address: tuple[str, int] = ("", 0)

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.step != "ended"

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Record:
        """From what the database keeps of a session."""
        ended = kept["step"] == "ended"
        cause = str(kept.get("end_cause") or "") if ended else ""
        address = str(kept.get("host", "")), int(kept.get("port") or 0)
        whose = kept["session"], kept["login"], kept["server_name"]
        return cls(*whose, kept["step"], kept.get("job_id"), cause, address)


@dataclass(frozen=True)
class Job:
    """A job as Slurm has it; it carries its session's id as comment."""

    number: int
    session: str
    login: str
    state: str

    @property
    def word(self) -> str:
        """Its state alone: sacct adds to CANCELLED by whom it was."""
        return self.state.partition(" ")[0]

    @property
    def waits(self) -> bool:
        """Whether it has not begun, for certain."""
        return self.word in WAITING

    @property
    def runs(self) -> bool:
        """Whether it has begun and not ended, for certain; stopped or suspended it still has its place."""
        return self.word in RUNNING

    @property
    def paused(self) -> bool:
        """Whether it stands still in its place."""
        return self.word in PAUSED

    @property
    def ended(self) -> bool:
        """Whether it has ended, for certain."""
        return self.word in ENDED


@dataclass(frozen=True)
class Books:
    """All that is known at `at`, in seconds of the machine's clock that never goes back.

    `jobs` is None while Slurm cannot be asked, and `shown` has no entry for a person whom the hub does not answer.
    `servers` has each living process of a session's server with its job; `answers` whether a server did that is shown
    as ready or as silent.
    """

    at: float
    records: Mapping[str, Record]
    jobs: Mapping[int, Job] | None
    servers: Mapping[int, int] = field(default_factory=dict)
    shown: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    answers: Mapping[str, bool] = field(default_factory=dict)


#: A hub that takes longer than this to say what it knows has not said it.
HUB_SECONDS = 5.0
#: What `read_jobs` asks squeue to print; the comment last, though the launcher alone sets it.
FORM = "%A|%u|%T|%k"


def read_jobs(out: str) -> dict[int, Job]:
    """By number, from squeue's answer.

    >>> read_jobs("12|demo-class01|RUNNING|0f")[12].state
    'RUNNING'
    """
    found = {}
    for line in out.splitlines():
        number, login, state, session = line.split("|", 3)
        found[int(number)] = Job(int(number), session, login, state)
    return found
