"""What the ledger keeps in the hub's database: ended jobs, how far they were read, and the last good snapshots."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text, delete, insert, select
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
#: Up to which moment the accounting's ended jobs of a cluster were read.
_MARKS = Table(
    "aif_ledger_marks",
    Base.metadata,
    Column("cluster", String(64), primary_key=True),
    Column("accounts", Text, nullable=False),
    Column("read_until", BigInteger, nullable=False),
)


class JobRecords:
    """The ended jobs of one cluster."""

    def __init__(self, database: Callable[[], Database], cluster: str) -> None:
        self._database = database
        self._cluster = cluster
        self._bind = database().get_bind()
        Base.metadata.create_all(self._bind, tables=[_JOBS, _MARKS])

    def read_until(self, accounts: Iterable[str]) -> datetime | None:
        """Up to when ended jobs are on record for all of `accounts`; None where one of them is new."""
        query = select(_MARKS.c.accounts, _MARKS.c.read_until).where(_MARKS.c.cluster == self._cluster)
        row = self._database().execute(query).first()
        if row is None or not set(accounts) <= set(row[0].split(",")):
            return None
        return datetime.fromtimestamp(row[1], UTC)

    def all(self) -> list[JobRecord]:
        """Every job on record. Takes a connection of its own: it may be called in a thread."""
        with Database(self._bind) as database:
            return [_job(row) for row in database.execute(select(_JOBS).where(_JOBS.c.cluster == self._cluster))]

    def keep(self, jobs: Iterable[JobRecord], accounts: Iterable[str], read_until: datetime) -> None:
        """Writes `jobs` and how far was read, all or nothing. A run that is on record already is written anew."""
        database = self._database()
        rows = {(job.job_id, job.start): _row(self._cluster, job) for job in jobs}
        for row in rows.values():
            key = (_JOBS.c.cluster == self._cluster, _JOBS.c.job_id == row["job_id"], _JOBS.c.start == row["start"])
            database.execute(delete(_JOBS).where(*key))
        if rows:
            database.execute(insert(_JOBS), list(rows.values()))
        database.execute(delete(_MARKS).where(_MARKS.c.cluster == self._cluster))
        mark = {"cluster": self._cluster, "accounts": ",".join(sorted(accounts))}
        database.execute(insert(_MARKS), mark | {"read_until": int(read_until.timestamp())})
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
