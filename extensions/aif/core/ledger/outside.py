"""Figures whose book is not Slurm's: what such a source says of an allocation, and Slurm's queue put on top of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path

from aif.core.errors import AifError
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.job import JobRecord
from aif.core.ledger.usage import PersonUse, UsageSnapshot
from aif.core.states import Phase

#: What a source calls an allocation's amount where the site file does not say: LUMI's words.
COMPONENTS = {"gpu-hour": "gpu_hours", "core-hour": "cpu_hours", "node-hour": "node_hours", "billing-hour": "billing"}


class OutsideError(AifError):
    """A source outside Slurm does not answer, or says what cannot be understood."""


@dataclass(frozen=True)
class OutsideUse:
    """What a source says at `as_of`, in the allocation's unit. `limit` of None is no limit, `used` of None no record.

    `people` are their parts of `used` by login, as far as the source has them. `suspended`: it lets nobody start.
    """

    as_of: datetime
    limit: Fraction | None
    used: Fraction | None
    people: Mapping[str, Fraction] = field(default_factory=dict)
    suspended: bool = False


def component_of(allocation: Allocation) -> str:
    """The source's name for what the allocation is an amount of."""
    return allocation.component or COMPONENTS[allocation.unit]


def path_of(pattern: str, allocation: Allocation) -> Path:
    """The allocation's file: ``{resource}`` stands for its resource, else its account, and ``{account}`` for that."""
    resource = allocation.resource or allocation.account
    return Path(pattern.replace("{resource}", resource).replace("{account}", allocation.account))


def read_file(path: Path, allocation: Allocation) -> OutsideUse:
    """The use in a file of LUMI's shape, as of when it was written. Raises OutsideError.

    ``{"billing": {"gpu_hours": {"alloc": 1000, "used": 500}}}``; an allocation of 0 is none. ``users`` beside
    ``used``, a login's hours each, is our own addition.
    """
    try:
        with path.open(encoding="utf-8") as file:
            written = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime, UTC)
            said = json.load(file, parse_float=str, parse_int=str)["billing"].get(component_of(allocation))
        if said is None:
            return OutsideUse(written, None, None)
        each = allocation.component_units
        people = {login: Fraction(used) * each for login, used in said.get("users", {}).items()}
        granted = Fraction(said["alloc"]) * each
        return OutsideUse(written, granted or None, Fraction(said["used"]) * each, people)
    except OSError as error:
        raise OutsideError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise OutsideError(f"{path} does not have the shape of a usage file ({error!r}).") from error


def since(jobs: Iterable[JobRecord], use: OutsideUse, has_running: bool) -> Iterator[JobRecord]:
    """The jobs that the source has not counted, or the part of them, each run once.

    Where the source counts running jobs too, `has_running`, only what they used after `as_of`.
    """
    seen = set()
    for job in jobs:
        run = (job.job_id, job.start)
        if job.start is None:
            yield job
            continue
        if run in seen:
            continue
        seen.add(run)
        end = job.end or job.start + timedelta(seconds=job.elapsed_seconds)
        if job.phase is Phase.ENDED and end <= use.as_of:
            continue
        if has_running and job.start < use.as_of:
            over = min(job.elapsed_seconds, int((use.as_of - job.start).total_seconds()))
            job = replace(job, start=job.start + timedelta(seconds=over), elapsed_seconds=job.elapsed_seconds - over)
        yield job


def on_top(use: OutsideUse, live: UsageSnapshot, allocation: Allocation, source: str) -> UsageSnapshot:
    """The source's figures, with what the queue uses and may use: `live`, which was made of `since`.

    What the source has of no person is nobody's: the parts add up to the whole.
    """
    known = use.used is not None and live.settled is not None
    logins = sorted({*use.people, *(person.login for person in live.people)})
    running = {person.login: person for person in live.people}
    people = [
        replace(running.get(login, PersonUse(login)), settled=use.people.get(login, Fraction())) for login in logins
    ]
    limit = allocation.limit if allocation.limit is not None else use.limit
    return replace(
        live,
        source=source,
        as_of=use.as_of,
        limit=live.limit if live.since else limit,
        settled=use.used if known else None,
        people=tuple(people) if known else (),
        unattributed=(use.used or Fraction()) - sum(use.people.values(), Fraction()) if known else Fraction(),
        days=live.days if known else (),
        suspended=use.suspended,
    )
