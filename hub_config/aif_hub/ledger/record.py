"""What the ledger keeps in the hub's database: ended jobs, how far they were read, and the last good snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, bindparam, delete, insert, select, tuple_
from sqlalchemy.orm import Session as Database

from aif.core.ledger.job import JobRecord, parse_tres
from aif_hub.book import Base

#: An ended job's row, so that exports and totals outlive what Slurm purges. Times in seconds since 1970.
_JOBS = Table(
    "aif_job_records",
    Base.metadata,
    Column("cluster", String(64), primary_key=True),
    Column("job_id", BigInteger, primary_key=True, autoincrement=False),
    Column("start", BigInteger, primary_key=True, autoincrement=False),
    Column("login", String(255), nullable=False),
    Column("account", String(255), index=True, nullable=False),
    Column("qos", String(255), nullable=False),
    Column("state", String(64), nullable=False),
    Column("end", BigInteger, index=True, nullable=False),
    Column("elapsed_seconds", Integer, nullable=False),
    Column("tres", Text, nullable=False),
)
#: Up to which moment an account's ended jobs on a cluster were read.
_MARKS = Table(
    "aif_job_records_read",
    Base.metadata,
    Column("cluster", String(64), primary_key=True),
    Column("account", String(255), primary_key=True),
    Column("read_until", BigInteger, nullable=False),
)
#: Made once: Home asks it each time.
_OF_JOBS = (
    select(_JOBS)
    .where(_JOBS.c.cluster == bindparam("cluster"), _JOBS.c.job_id.in_(bindparam("job_ids", expanding=True)))
    .order_by(_JOBS.c.start)
)
#: Rows that are written at a time.
CHUNK = 400


class JobRecords:
    """The ended jobs of one cluster. Each method takes a connection of its own: it may be called in a thread."""

    def __init__(self, database: Callable[[], Database], cluster: str) -> None:
        self._cluster = cluster
        self._bind = database().get_bind()
        Base.metadata.create_all(self._bind, tables=[_JOBS, _MARKS])

    def read_until(self) -> dict[str, datetime]:
        """Up to when each account's ended jobs are on record; accounts never read are not in it."""
        query = select(_MARKS.c.account, _MARKS.c.read_until).where(_MARKS.c.cluster == self._cluster)
        with Database(self._bind) as database:
            return {account: datetime.fromtimestamp(until, UTC) for account, until in database.execute(query)}

    def all(self, accounts: Iterable[str] | None = None, ended_after: datetime | None = None) -> list[JobRecord]:
        """Every job on record, or those of `accounts`, or those that ended after a moment."""
        query = select(_JOBS).where(_JOBS.c.cluster == self._cluster)
        if accounts is not None:
            query = query.where(_JOBS.c.account.in_(sorted(accounts)))
        if ended_after is not None:
            query = query.where(_JOBS.c.end > int(ended_after.timestamp()))
        with Database(self._bind) as database:
            return [_job(row) for row in database.execute(query)]

    def of(self, account: str) -> Iterator[JobRecord]:
        """The jobs that the account paid for, in the order in which they ended, read while they are taken.

        Takes a connection of its own: for a thread.
        """
        query = select(_JOBS).where(_JOBS.c.cluster == self._cluster, _JOBS.c.account == account)
        with Database(self._bind) as database:
            ordered = query.order_by(_JOBS.c.end, _JOBS.c.job_id).execution_options(yield_per=1000)
            yield from map(_job, database.execute(ordered))

    def of_jobs(self, job_ids: Iterable[int]) -> dict[int, JobRecord]:
        """The last run of each of those jobs that is on record."""
        asked = {"cluster": self._cluster, "job_ids": list(job_ids)}
        if not asked["job_ids"]:
            return {}
        with self._bind.connect() as connection:
            return {row.job_id: _job(row) for row in connection.execute(_OF_JOBS, asked)}

    def keep(self, jobs: Iterable[JobRecord], accounts: Iterable[str], read_until: datetime) -> None:
        """Writes `jobs`, and after them how far was read of `accounts`. A run on record already is written anew."""
        rows = list({(job.job_id, job.start): _row(self._cluster, job) for job in jobs}.values())
        marks = [{"cluster": self._cluster, "account": account} for account in sorted(accounts)]
        until = int(read_until.timestamp())
        with Database(self._bind) as database:
            for begin in range(0, len(rows), CHUNK):
                part = rows[begin : begin + CHUNK]
                keys = [(row["job_id"], row["start"]) for row in part]
                told = tuple_(_JOBS.c.job_id, _JOBS.c.start).in_(keys)
                database.execute(delete(_JOBS).where(_JOBS.c.cluster == self._cluster, told))
                database.execute(insert(_JOBS), part)
                database.commit()  # the mark comes last, so what a crash leaves is read and written once more
            for mark in marks:
                same = (_MARKS.c.cluster == mark["cluster"], _MARKS.c.account == mark["account"])
                database.execute(delete(_MARKS).where(*same))
            if marks:
                database.execute(insert(_MARKS), [mark | {"read_until": until} for mark in marks])
            database.commit()


def _row(cluster: str, job: JobRecord) -> dict[str, object]:
    if job.start is None or job.end is None:
        raise ValueError(f"job {job.job_id} has not ended")
    return {
        "cluster": cluster,
        "job_id": job.job_id,
        "start": int(job.start.timestamp()),
        "login": job.login,
        "account": job.account,
        "qos": job.qos,
        "state": job.state[:64],
        "end": int(job.end.timestamp()),
        "elapsed_seconds": job.elapsed_seconds,
        "tres": ",".join(f"{name}={count}" for name, count in sorted(job.tres.items())),
    }


def _job(row: Any) -> JobRecord:
    return JobRecord(
        job_id=row.job_id,
        login=row.login,
        account=row.account,
        qos=row.qos,
        state=row.state,
        tres=parse_tres(row.tres),
        start=datetime.fromtimestamp(row.start, UTC),
        end=datetime.fromtimestamp(row.end, UTC),
        elapsed_seconds=row.elapsed_seconds,
    )
