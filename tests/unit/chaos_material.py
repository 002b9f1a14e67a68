"""Made-up books for the auditor of `aif bench chaos`: one person with one session, and what a look finds of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aif_hub.bench.chaos.auditor import PATIENCE_SECONDS, Auditor
from aif_hub.bench.chaos.books import Books, Job, Record

WHO, SESSION, JOB = "demo-class01", "0f" * 16, 17
LATE = PATIENCE_SECONDS + 1


def record(step: str = "ready", session: str = SESSION, job: int | None = JOB, cause: str = "") -> Record:
    return Record(session, WHO, "", step, job, cause)


def job(state: str = "RUNNING", number: int = JOB, session: str = SESSION) -> Job:
    return Job(number, session, WHO, state)


def books(
    at: float,
    records: Iterable[Record] = (record(),),
    jobs: Iterable[Job] | None = (job(),),
    shown: str | None = "ready",
    servers: Mapping[int, int] | None = None,
    answers: bool = True,
) -> Books:
    """What one look finds; `shown` is the state of the first open session, None where none is shown."""
    records = list(records)
    session = next((one.session for one in records if one.open), SESSION)
    return Books(
        at,
        {one.session: one for one in records},
        None if jobs is None else {one.number: one for one in jobs},
        {900: JOB} if servers is None else servers,
        {WHO: {} if shown is None else {session: shown}},
        {session: answers},
    )


def counts(auditor: Auditor) -> dict[str, int]:
    return {name: count for name, count in auditor.counts().items() if count}
