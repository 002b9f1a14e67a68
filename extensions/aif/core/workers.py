"""The workers of sessions' clusters as Slurm shows them, those of everybody in one question.

Whose a worker is stands in its job's comment, which its person could have written with another text, line ends
included. So each row begins with a word that nobody could know before the question was asked; what does not is no row.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from aif.core.names import is_name
from aif.core.slurm import Call
from aif.core.states import Phase, is_paused, phase_of
from aif.core.table import below
from aif.core.units import read_moment, read_node, read_number, read_time

#: Name of all workers' jobs in Slurm.
JOB_NAME = "aif-worker"
#: A session's id, which is in the comment of its workers.
SESSION_DIGITS = 32
#: What a cluster calls itself in the comment of its workers, before a slash and the number of the submission.
_LABEL = re.compile(r"[a-z0-9_-]{1,40}")
_GPU = re.compile(r"\bgpu(?::(?P<type>[^:,(\s]*[^:,(\s\d][^:,(\s]*))?(?::(?P<count>\d+))?(?=[,(\s]|$)")
_FORM = "%i|%T|%B|%S|%M|%r"  # the reason last: it is the only free text
_HEAD = "JOBID|STATE|EXEC_HOST|START_TIME|TIME|REASON"
_EVERYBODYS = "%F|%U|%a|%b|%C|" + _FORM + "|%k"
_EVERYBODYS_HEAD = "ARRAY_JOB_ID|UID|ACCOUNT|TRES_PER_NODE|CPUS|" + _HEAD + "|COMMENT"


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

    @property
    def paused(self) -> bool:
        """Whether it holds its place and computes nothing."""
        return is_paused(self.state)

    def to_json(self) -> dict[str, Any]:
        """For REST and files: times in ISO 8601, lengths in seconds."""
        return {
            "job_id": self.job_id,
            "state": self.state,
            "node": self.node,
            "starts": None if self.starts is None else self.starts.isoformat(),
            "ran_seconds": int(self.ran.total_seconds()),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> WorkerJob:
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        return cls(
            job_id=str(data["job_id"]),
            state=str(data["state"]),
            node=str(data["node"]),
            starts=None if data["starts"] is None else datetime.fromisoformat(data["starts"]),
            ran=timedelta(seconds=int(data["ran_seconds"])),
            reason=str(data["reason"]),
        )


@dataclass(frozen=True)
class Worker:
    """A worker of somebody's: the id of its array, by which it is cancelled, its person's uid, and its session's id.

    `session` and `cluster`, what its cluster calls itself, are empty where the comment names none, `account`, which
    pays, where Slurm keeps none. It has `cpus`, and `gpus` of `gpu_type`, empty where it asks for none or for any.
    """

    array: int
    uid: int
    session: str
    job: WorkerJob
    account: str = ""
    cluster: str = ""
    gpus: int = 0
    gpu_type: str = ""
    cpus: int = 0


def own(arrays: Iterable[str]) -> Call[dict[str, WorkerJob]]:
    """All workers of the caller's `arrays` by id, ended ones for as long as the controller knows them."""
    argv = ("squeue", "-r", "--me", "-t", "all", "-j", ",".join(sorted(arrays)), "-o", _FORM)
    return Call(argv, lambda out: parse_own(below(_HEAD, out, "squeue")))


def everybodys() -> Call[tuple[Worker, ...]]:
    """The workers of all sessions, ended ones for as long as the controller knows them."""
    mark = secrets.token_hex(8)
    argv = ("squeue", "-a", "-r", "-n", JOB_NAME, "-t", "all", "-o", f"{mark}|{_EVERYBODYS}")
    head = f"{mark}|{_EVERYBODYS_HEAD}"
    return Call(argv, lambda out: parse_everybodys(below(head, out, "squeue", whole=False), mark))


def own_arrays(timeout_seconds: float = 20.0) -> Call[dict[str, str]]:
    """The ids of the caller's arrays that wait or run, by the comment of each."""
    return Call(
        ("squeue", "--me", "-o", "%F|%k"),
        lambda out: parse_comments(below("ARRAY_JOB_ID|COMMENT", out, "squeue", whole=False)),
        timeout_seconds=timeout_seconds,
    )


def parse_comments(out: str) -> dict[str, str]:
    """The rows of `own_arrays`' answer below its head.

    >>> parse_comments("12|mine aif-x7/1\\n13|(null)\\n")
    {'mine aif-x7/1': '12', '(null)': '13'}
    """
    return {comment: base for base, _, comment in (line.strip().partition("|") for line in out.splitlines())}


def labelled(comments: Mapping[str, str], label: str) -> set[str]:
    """The arrays whose comment ends in that label and the number of a submission.

    >>> labelled({"mine aif-x7/1": "12", "aif-x77/1": "13"}, "aif-x7")
    {'12'}
    """
    return {base for comment, base in comments.items() if comment.rpartition(" ")[2].rpartition("/")[0] == label}


def parse_own(out: str) -> dict[str, WorkerJob]:
    """The rows of `own`'s answer below its head; those that do not fit are left out.

    >>> parse_own("12_3|PENDING|n/a|N/A|0:00|Priority")["12_3"].reason
    'Priority'
    """
    rows = (_job([part.strip() for part in line.split("|", maxsplit=5)]) for line in out.splitlines())
    return {job.job_id: job for job in rows if job is not None}


def parse_everybodys(out: str, mark: str) -> tuple[Worker, ...]:
    """The rows of `everybodys`' answer below its head, each of which begins with `mark`.

    >>> session = "0123456789abcdef" * 2
    >>> row = f"x|12|1003|trn7|gres/gpu:h100:1|2|12_3|RUNNING|gpu01|1795348800|1:00|None|{session} aif-a/1"
    >>> (worker,) = parse_everybodys(row, "x")
    >>> worker.session == session, worker.array, worker.account, worker.job.node
    (True, 12, 'trn7', 'gpu01')
    >>> worker.cluster, worker.cpus, worker.gpus, worker.gpu_type
    ('aif-a', 2, 1, 'h100')
    """
    found = []
    for line in out.splitlines():
        begins, *parts = [part.strip() for part in line.split("|", maxsplit=12)]
        if begins != mark or len(parts) != 12:
            continue
        array, uid, account, job = read_number(parts[0]), read_number(parts[1]), parts[2], _job(parts[5:11])
        if array is not None and uid is not None and job is not None:
            session, cluster = _whose(parts[11])
            named = account if is_name(account) else ""
            found.append(Worker(array, uid, session, job, named, cluster, *_gpus(parts[3]), read_number(parts[4]) or 0))
    return tuple(found)


def _job(parts: list[str]) -> WorkerJob | None:
    if len(parts) != 6 or not parts[0].replace("_", "", 1).isdigit():
        return None
    job_id, state, node, start, ran, reason = parts
    return WorkerJob(
        job_id=job_id,
        state=state,
        node=read_node(node),
        starts=read_moment(start),
        ran=read_time(ran) or timedelta(),
        reason=reason,
    )


def _gpus(gres: str) -> tuple[int, str]:
    """How many of which type: of ``gres/gpu:h100:1``, ``gres:gpu:2``, ``gpu``.

    >>> _gpus("gres/gpu:h100_1g.10gb:1"), _gpus("gres:gpu:2"), _gpus("gpu"), _gpus("gpu:h100"), _gpus("N/A")
    ((1, 'h100_1g.10gb'), (2, ''), (1, ''), (1, 'h100'), (0, ''))
    """
    found = _GPU.search(gres)
    return (int(found["count"] or 1), found["type"] or "") if found else (0, "")


def _whose(text: str) -> tuple[str, str]:
    """Session and cluster in a comment, its last words: before them comes what its person wrote."""
    session, submission = (["", "", *text.split()])[-2:]
    if len(session) != SESSION_DIGITS or not set(session) <= set("0123456789abcdef"):
        return "", ""
    label = submission.rpartition("/")[0]
    return session, label if _LABEL.fullmatch(label) else ""
