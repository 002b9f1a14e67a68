"""All jobs of our name with the session that each was made for, which stands in its comment.

A person can write another comment, line ends included. So each row begins with a word that nobody could know before the
question was asked; what does not is no row. Whether a comment is true is for who reads it to find out.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from aif.core.slurm import Call
from aif.core.states import Phase, phase_of
from aif.core.table import below
from aif.core.units import read_moment, read_node, read_number, read_time

_FORM = "%A|%U|%T|%B|%P|%a|%l|%b|%V|%S|%k"  # the comment last: it is the only free text
_HEAD = "JOBID|UID|STATE|EXEC_HOST|PARTITION|ACCOUNT|TIME_LIMIT|TRES_PER_NODE|SUBMIT_TIME|START_TIME|COMMENT"


@dataclass(frozen=True)
class Tagged:
    """A job and the comment that it carries. `limit` is its time limit, `gpus` how many it asked for."""

    job_id: int
    uid: int
    state: str
    comment: str
    node: str = ""
    partition: str = ""
    account: str = ""
    limit: timedelta = timedelta()
    gpus: int = 0
    submitted: datetime | None = None
    started: datetime | None = None

    @property
    def alive(self) -> bool:
        """Whether it waits or runs, for certain; one whose end has begun does not."""
        return self.state != "COMPLETING" and phase_of(self.state) in (Phase.WAITING, Phase.RUNNING)

    @property
    def ended(self) -> bool:
        """Whether it has ended, for certain."""
        return phase_of(self.state) is Phase.ENDED


def tagged(job_name: str, timeout_seconds: float = 20.0) -> Call[tuple[Tagged, ...]]:
    """All jobs of that name, of every person and in every state the controller still knows."""
    mark = secrets.token_hex(8)
    argv = ("squeue", "-a", "-r", "-n", job_name, "-t", "all", "-o", f"{mark}|{_FORM}")
    head = f"{mark}|{_HEAD}"
    return Call(
        argv,
        lambda out: parse_tagged(below(head, out, "squeue", whole=False), mark),
        timeout_seconds=timeout_seconds,
    )


def parse_tagged(out: str, mark: str) -> tuple[Tagged, ...]:
    """The rows of `tagged`'s answer below its head, each of which begins with `mark`.

    >>> row = "x|12|1003|RUNNING|mig01|mig|trn0007|4:00:00|gres/gpu:h100_1g.10gb:1|1795348790|1795348800|0a1b"
    >>> (job,) = parse_tagged(row, "x")
    >>> job.job_id, job.comment, job.gpus, job.limit.total_seconds()
    (12, '0a1b', 1, 14400.0)
    """
    found = []
    for line in out.splitlines():
        begins, *parts = line.split("|", maxsplit=11)
        if begins != mark or len(parts) != 11:
            continue
        job_id, uid = read_number(parts[0]), read_number(parts[1])
        if job_id is None or uid is None:
            continue
        _, _, state, node, partition, account, limit, gres, submitted, started, comment = parts
        found.append(
            Tagged(
                job_id=job_id,
                uid=uid,
                state=state,
                comment=comment.strip(),
                node=read_node(node),
                partition=partition,
                account=account,
                limit=read_time(limit) or timedelta(),
                gpus=_gpus(gres),
                submitted=read_moment(submitted),
                started=read_moment(started) if phase_of(state) is Phase.RUNNING else None,
            )
        )
    return tuple(found)


def _gpus(gres: str) -> int:
    """Of ``gres/gpu:h100:4`` or ``gpu:2``; 0 where it asks for none.

    >>> _gpus("gres:gpu:h100:4"), _gpus("gpu"), _gpus("N/A")
    (4, 1, 0)
    """
    if "gpu" not in gres:
        return 0
    found = read_number(gres.rpartition(":")[2])
    return 1 if found is None else found
