"""Slurm's record of allocations: the calls that fetch jobs and limits of many accounts at once, and how they are read.

Formats of sacct, squeue, scontrol (22.05 to 26.11). None of the columns can be set to a text by a user.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.ledger.job import JobRecord, parse_tres
from aif.core.slurm import Call
from aif.core.states import Phase
from aif.core.table import below, unreadable
from aif.core.units import read_moment, read_time

_RECORD = "JobIDRaw,User,Account,QOS,State,Start,End,ElapsedRaw,AllocTRES"
_RECORD_HEAD = _RECORD.replace(",", "|")
_QUEUE = (
    "JobID:20|,UserName:256|,Account:256|,QOS:256|,State:30|,StartTime:20|,EndTime:20|,TimeUsed:30|,TimeLeft:30|,"
    "TimeLimit:30|,Reason:200|,tres-alloc:1000|"
)
_QUEUE_HEAD = "JOBID|USER|ACCOUNT|QOS|STATE|START_TIME|END_TIME|TIME|TIME_LEFT|TIME_LIMIT|REASON|TRES_ALLOC|"
#: How the answer with the limits begins, and its last part.
_LIMITS_TITLE = re.compile(r"^Current Association Manager state\s*$", re.MULTILINE)
_QOS_PART = re.compile(r"^(QOS Records|No QOS currently cached)", re.MULTILINE)
#: The TRES that a limit in each unit is written in.
_TRES_OF = {"gpu-hour": "gres/gpu", "node-hour": "node", "core-hour": "cpu", "billing-hour": "billing"}
_LIMIT = re.compile(r"(?P<name>[^=,\s]+)=(?P<limit>N|\d+)\((?P<used>\d+)\)")


def ended_jobs(accounts: Iterable[str], since: datetime, until: datetime | None = None) -> Call[list[JobRecord]]:
    """All ended jobs of the accounts that ran between `since` and `until` (None: now), in one sacct query.

    Each run of a requeued job stands apart.
    """
    argv = ("sacct", "-X", "-D", "-a", "-P", "-A", ",".join(sorted(accounts)))
    end = f"uts{int(until.timestamp())}" if until else "now"  # seconds since 1970: no zone, no summer time
    times = ("-S", f"uts{int(since.timestamp())}", "-E", end)
    return Call(
        (*argv, *times, "-o", _RECORD),
        lambda out: parse_ended(below(_RECORD_HEAD, out, "sacct")),
        timeout_seconds=60.0,
    )


def answered(out: str) -> str:
    """What sacct said to `ended_jobs`, as it is, which may be long to read. Raises SlurmUnreachable for no answer."""
    if _RECORD_HEAD not in out:
        raise unreadable("sacct")
    return out


def queued_jobs(accounts: Iterable[str]) -> Call[list[JobRecord]]:
    """All jobs of the accounts that the controller knows, ended ones for MinJobAge; not an accounting query."""
    argv = ("squeue", "-a", "-r", "-t", "all", "-A", ",".join(sorted(accounts)), "-O", _QUEUE)
    return Call(argv, lambda out: parse_queued(below(_QUEUE_HEAD, out, "squeue")))


def limits(accounts: Iterable[str] = ()) -> Call[Limits]:
    """The limits in minutes on every QOS and on `accounts`, and Slurm's own figure of what is used.

    Asks the controller. Names of accounts make it print their members too, so they are named only where one may carry
    a limit.
    """
    named = ",".join(sorted(accounts))
    argv = ("scontrol", "show", "assoc_mgr", *((f"accounts={named}",) if named else ()))
    return Call((*argv, "flags=assoc,qos" if named else "flags=qos"), lambda out: parse_limits(_whole_limits(out)))


def parse_ended(out: str) -> list[JobRecord]:
    """The ended jobs of the rows of `ended_jobs`. Those that do not fit are left out.

    >>> parse_ended("12|ann|p1|q|COMPLETED|1795348800|1795352400|3600|billing=7,gres/gpu=1")[0].elapsed_seconds
    3600
    """
    jobs = []
    for line in out.splitlines():
        parts = line.split("|")
        if len(parts) != 9 or not parts[0].isdigit() or not parts[7].isdigit():
            continue
        job_id, login, account, qos, state, start, end, elapsed, tres = parts
        job = JobRecord(
            job_id=int(job_id),
            login=login,
            account=account,
            qos=qos,
            state=state,
            tres=parse_tres(tres),
            start=read_moment(start),
            end=read_moment(end),
            elapsed_seconds=int(elapsed),
        )
        if job.end is not None and job.start is not None:
            jobs.append(job)
    return jobs


def parse_queued(out: str) -> list[JobRecord]:
    """The jobs of the rows of `queued_jobs`, of every phase."""
    jobs = []
    for line in out.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if len(parts) != 13 or not parts[0].isdigit():
            continue
        job_id, login, account, qos, state, start, end, used, left, limit, reason, tres, _ = parts
        job = JobRecord(
            job_id=int(job_id),
            login=login,
            account=account,
            qos=qos,
            state=state,
            tres=parse_tres(tres),
            start=read_moment(start),
            end=read_moment(end),
            elapsed_seconds=_seconds(used),
            left_seconds=_seconds(left),
            reason=reason,
        )
        if job.phase is Phase.WAITING:
            job = JobRecord(**{**vars(job), "start": None, "end": None, "left_seconds": _seconds(limit)})
        jobs.append(job)
    return jobs


@dataclass(frozen=True)
class Limits:
    """Minutes by TRES name, as (limit, used by Slurm's own count): of each QOS by name, of each account by name."""

    qos: dict[str, dict[str, tuple[int | None, int]]]
    accounts: dict[str, dict[str, tuple[int | None, int]]]

    def billing(self, kind: str, name: str) -> tuple[Fraction | None, Fraction]:
        """Limit and use in billing-hours; (None, 0) where there is no such row."""
        limit, used = self._row(kind, name).get("billing", (None, 0))
        return (None if limit is None else Fraction(limit, 60)), Fraction(used, 60)

    def hours(self, kind: str, name: str, unit: str, billing_per_unit: Fraction | None) -> Fraction | None:
        """The tightest limit there in `unit`; None where there is none, or none that can be told in `unit`.

        A limit on `billing` is divided by `billing_per_unit`. One on GPUs without a type counts a slice as a whole GPU.
        """
        own = _TRES_OF[unit]
        found = [
            Fraction(limit, 60)
            for tres, (limit, _) in self._row(kind, name).items()
            if limit is not None and tres == own
        ]
        billing, _ = self.billing(kind, name)
        if billing is not None and billing_per_unit and own != "billing":
            found.append(billing / billing_per_unit)
        return min(found, default=None)

    def _row(self, kind: str, name: str) -> dict[str, tuple[int | None, int]]:
        return (self.qos if kind == "qos" else self.accounts).get(name, {})


def parse_limits(out: str) -> Limits:
    """GrpTRESMins of each QOS and of each account's own row.

    An entry begins with ``ClusterName= Account= UserName=`` or ``QOS=name(id)`` and ends with a blank line or the next.
    """
    found = Limits({}, {})
    row: dict[str, tuple[int | None, int]] | None = None
    for line in out.splitlines():
        words = dict(word.partition("=")[::2] for word in line.split())
        if "QOS" in words and re.fullmatch(r"\S+\(\d+\)", words["QOS"]):
            row = found.qos.setdefault(words["QOS"].rpartition("(")[0], {})
        elif "Account" in words and "UserName" in words:
            own = words["UserName"].startswith("(") or not words["UserName"]
            row = found.accounts.setdefault(words["Account"], {}) if own else None
        elif "GrpTRESMins" in words and row is not None:
            for match in _LIMIT.finditer(words["GrpTRESMins"]):
                row[match["name"]] = (None if match["limit"] == "N" else int(match["limit"]), int(match["used"]))
    return found


def _whole_limits(out: str) -> str:
    """The answer, where it has its title and its last part. Raises SlurmUnreachable for any other."""
    if not _LIMITS_TITLE.search(out) or not _QOS_PART.search(out):
        raise unreadable("scontrol")
    return out


def _seconds(text: str) -> int:
    time = read_time(text)
    return 0 if time is None or time == timedelta.max else int(time.total_seconds())
