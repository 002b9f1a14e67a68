"""Ended sessions with the times of Slurm's own record, by which the budget counts them; our clock is seconds off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from aif.core.ledger.job import JobRecord
from aif_hub.book import Session
from aif_hub.workbench import Workbench


def as_recorded(workbench: Workbench, sessions: Iterable[Session]) -> list[Session]:
    """The `sessions`, those on record as Slurm has them."""
    sessions = list(sessions)
    runs = workbench.records.of_jobs(one.job_id for one in sessions if one.job_id and not one.open)
    return [timed(one, runs) for one in sessions]


def timed(session: Session, runs: Mapping[int, JobRecord]) -> Session:
    """The session with the times of its run in the record, if it has ended and is there."""
    run = run_of(session, runs)
    if run is None or run.start is None:
        return session
    if session.started_at is None and not run.elapsed_seconds:  # cancelled in the queue: dated by Slurm as one moment
        return replace(session, ended_at=run.start)
    return replace(session, started_at=run.start, ended_at=run.start + timedelta(seconds=run.elapsed_seconds))


def run_of(session: Session, runs: Mapping[int, JobRecord]) -> JobRecord | None:
    """Its run in the record; a job's number may come again after years, so it must have begun after it was asked."""
    run = runs.get(session.job_id or 0)
    if run is None or session.open or run.start is None or run.login != session.login:
        return None
    asked = session.written_at - timedelta(minutes=1)
    return run if run.start >= asked else None
