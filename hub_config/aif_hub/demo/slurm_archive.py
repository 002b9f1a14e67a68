"""Ended jobs in the form in which slurmdbd loads its own archives, for `sacctmgr archive load`.

"Archive files from the current or any prior Slurm release may be loaded", says sacctmgr(1): so this is the form of
17.02, which every later release reads, and no table of any release is written to. Every value is a text.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from aif_hub.demo.history import Size
from aif_hub.demo.past_queue import PastJob

_RELEASE = 31 << 8  # SLURM_17_02_PROTOCOL_VERSION
_JOBS = 1421  # DBD_GOT_JOBS
_NO_ARRAY = 0xFFFFFFFE
_STATES = {"COMPLETED": 3, "CANCELLED": 4, "FAILED": 5, "TIMEOUT": 6, "OUT_OF_MEMORY": 11}
#: Far above the rows of an instance that has run jobs already.
_FIRST_ROW = 1_000_000


@dataclass(frozen=True)
class Ids:
    """How slurmdbd numbers what a job refers to; an association by account and login, a TRES by type and name."""

    associations: Mapping[tuple[str, str], int]
    qos: Mapping[str, int]
    tres: Mapping[str, int]


@dataclass(frozen=True)
class Payer:
    """Who ran a job, and what paid for it."""

    login: str
    uid: int
    account: str
    qos: str
    priority: int


def archive(cluster: str, jobs: Iterable[tuple[PastJob, Payer]], ids: Ids, made_at: int) -> bytes:
    """The file for these jobs of one cluster, with those that ended before `made_at`."""
    records = [_packed(fields(job, payer, ids)) for job, payer in jobs]
    head = struct.pack(">HqH", _RELEASE, made_at, _JOBS) + _text(cluster) + struct.pack(">I", len(records))
    return head + b"".join(records)


def fields(job: PastJob, payer: Payer, ids: Ids) -> dict[str, object]:
    """One job's columns in the order in which they are packed."""
    wish, size = job.wish, job.wish.size
    return {
        "account": payer.account,
        "admin_comment": "",
        "nodes_alloc": 1,
        "id_assoc": ids.associations[payer.account, payer.login],
        "id_array_job": 0,
        "array_max_tasks": 0,
        "id_array_task": _NO_ARRAY,
        "id_block": "",
        "derived_ec": 0,
        "derived_es": "",
        "exit_code": 1 << 8 if wish.state in ("FAILED", "OUT_OF_MEMORY") else 0,
        "timelimit": wish.limit_seconds // 60,
        "time_eligible": wish.submitted,
        "time_end": job.end,
        "id_group": payer.uid,
        "job_db_inx": _FIRST_ROW + job.job_id,
        "id_job": job.job_id,
        "kill_requid": payer.uid if wish.state == "CANCELLED" else 0,
        "job_name": wish.name,
        "nodelist": job.node,
        "node_inx": 0,
        "partition": size.partition,
        "priority": payer.priority,
        "id_qos": ids.qos[payer.qos],
        "cpus_req": size.cpus,
        "mem_req": size.memory_gb * 1024,
        "id_resv": 0,
        "time_start": job.start,
        "state": _STATES[wish.state],
        "time_submit": wish.submitted,
        "time_suspended": 0,
        "track_steps": 0,
        "tres_alloc": _tres(size, ids),
        "tres_req": _tres(size, ids),
        "id_user": payer.uid,
        "wckey": "",
        "id_wckey": 0,
    }


def _tres(size: Size, ids: Ids) -> str:
    """As slurmdbd keeps it: ``"1=8,2=32768,4=1,5=7,1001=1,1002=1"``. A typed GPU counts once more without its type."""
    counts = {"cpu": size.cpus, "mem": size.memory_gb * 1024, "node": 1, "billing": size.billing}
    if size.gpus:
        counts |= {"gres/gpu": size.gpus, f"gres/gpu:{size.gpu_type}": size.gpus}
    numbered = sorted((ids.tres[name], count) for name, count in counts.items() if count)
    return ",".join(f"{number}={count}" for number, count in numbered)


def _packed(values: Mapping[str, object]) -> bytes:
    return b"".join(_text(str(value)) for value in values.values())


def _text(value: str) -> bytes:
    """Its length with the NUL at the end, then both."""
    raw = value.encode() + b"\0"
    return struct.pack(">I", len(raw)) + raw
