"""The ledger on a real Slurm: where limits are, each run of a job, limits that change, a slurmdbd that is away."""

from __future__ import annotations

import asyncio
import json
import pwd
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from processes import until
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Database

from aif.core import site as sites
from aif.core.errors import SlurmError
from aif.core.ledger import told
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.reserved import unused
from aif.core.ledger.slurm import ended_jobs, queued_jobs
from aif.core.ledger.usage import UsageSnapshot
from aif.core.slurm import run
from aif_hub.accounting import AccountingBudget
from aif_hub.demo import daemons, slurm_daemons
from aif_hub.demo import instance as instances
from aif_hub.ledger import source as sources
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime
from aif_hub.ledger.source import SlurmSource

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(240)]
ONE_SEVENTH = Fraction(1, 7)
#: An account of these tests' own, so that nobody else's jobs are in its figures.
ACCOUNT = "ledger-tests-with-a-name-longer-than-twenty"
HOURS = 30


class Cluster:
    """The instance's Slurm as one person uses it, and a ledger of the test's own that reads it."""

    def __init__(self, instance: dict[str, Any], folder: Path, short: str = "bakker") -> None:
        self.site = sites.load(Path(instance["prefix"]) / "etc/site.toml")
        self.cluster = self.site.clusters[0]
        self.person = pwd.getpwnam(f"{instance['instance']}-{short}")
        bound = Database(create_engine(f"sqlite:///{folder}/ledger.sqlite"))
        self._database: Callable[[], Database] = lambda: bound
        self.allocation = Allocation("tried", ACCOUNT)
        self.source = self.ledger()

    def ledger(self) -> SlurmSource:
        budget = AccountingBudget(calls=1000)
        records = JobRecords(self._database, self.cluster.name)
        reserved = ReservedTime(self.cluster, budget, self._database)
        return SlurmSource(self.site, self.cluster, budget, records, reserved, lambda account: [ACCOUNT])

    def read(self) -> UsageSnapshot:
        return asyncio.run(self.source.read([self.allocation]))["tried"]

    def said(self, *argv: str, user: bool = False, text_in: str = "", sure: bool = True) -> str:
        done = subprocess.run(
            argv,
            env={"PATH": "/usr/bin:/bin", "SLURM_CONF": self.cluster.slurm_conf, "SLURM_TIME_FORMAT": "%s"},
            user=self.person.pw_uid if user else None,
            group=self.person.pw_gid if user else None,
            extra_groups=[] if user else None,
            input=text_in,
            cwd="/",
            capture_output=True,
            text=True,
            timeout=60,
            check=sure,
        )
        return done.stdout

    def submit(self, seconds: float, *options: str) -> int:
        argv = (
            "sbatch",
            "--parsable",
            "-o",
            "/dev/null",
            "-p",
            "mig",
            "--gres=gpu:h100_1g.10gb:1",
            "-c",
            "1",
            "-t",
            "5",
        )
        more = ("-A", ACCOUNT, *options)
        script = f"#!/bin/sh\nexec sleep {seconds}\n"
        return int(self.said(*argv, *more, user=True, text_in=script).split(";")[0])

    def state(self, job: int) -> str:
        return self.said("squeue", "-h", "-a", "-t", "all", "-j", str(job), "-o", "%T").strip()

    def await_state(self, job: int, *states: str) -> None:
        until(lambda: self.state(job) in states, f"job {job} is {' or '.join(states)}", 60)

    def runs(self, job: int) -> list[int]:
        """The seconds of each run that slurmdbd has settled."""
        jobs = run(ended_jobs([ACCOUNT], sources.datetime.now(sources.UTC) - timedelta(days=1)), self.cluster)
        return [one.elapsed_seconds for one in jobs if one.job_id == job]


@pytest.fixture(scope="module")
def account(instance: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A project with a budget, made and taken away again."""
    slurm = Cluster(instance, tmp_path_factory.mktemp("account"))
    person = slurm.person.pw_name

    def remove() -> None:
        slurm.said("scancel", "-A", ACCOUNT)
        slurm.said("sacctmgr", "-iQ", "delete", "account", f"name={ACCOUNT}", sure=False)
        slurm.said("sacctmgr", "-iQ", "delete", "qos", f"name={ACCOUNT}", sure=False)

    remove()
    slurm.said("sacctmgr", "-i", "add", "qos", ACCOUNT, f"grptresmins=billing={HOURS * 420}", "flags=NoDecay")
    slurm.said("sacctmgr", "-i", "add", "account", ACCOUNT, f"qos={ACCOUNT}", f"defaultqos={ACCOUNT}")
    slurm.said("sacctmgr", "-i", "add", "user", person, f"account={ACCOUNT}", f"qos={ACCOUNT}", f"defaultqos={ACCOUNT}")
    yield
    remove()


@pytest.fixture
def cluster(instance: dict[str, Any], tmp_path: Path, account: None) -> Iterator[Cluster]:
    made = Cluster(instance, tmp_path)
    yield made
    made.said("scancel", "-A", ACCOUNT)


def test_the_budget_is_found_where_the_demo_keeps_it(cluster: Cluster) -> None:
    usage = cluster.read()
    assert (usage.limit, usage.limit_at, usage.enforced, usage.decays) == (HOURS, "qos", "safe", False)
    assert usage.settled is not None
    assert usage.settled == usage.unattributed + sum(person.settled for person in usage.people)


def test_a_slice_counts_from_its_first_second_and_is_settled_once(cluster: Cluster) -> None:
    before = cluster.read()
    job = cluster.submit(60)
    cluster.await_state(job, "RUNNING")
    during = cluster.read()
    assert during.rate - before.rate == ONE_SEVENTH
    assert during.committed - before.committed <= 5 * ONE_SEVENTH / 60
    assert during.committed > before.committed
    cluster.said("scancel", str(job))
    cluster.await_state(job, "CANCELLED")
    until(lambda: bool(cluster.runs(job)), "slurmdbd knows the end", 30)
    after = cluster.read()
    assert before.settled is not None
    assert after.settled == before.settled + sum(cluster.runs(job)) * ONE_SEVENTH / 3600
    assert after.running == before.running
    again = cluster.ledger()
    cluster.source = again
    assert cluster.read().settled == after.settled, "by another process, from the record"


def test_each_run_of_a_requeued_job_is_counted(cluster: Cluster) -> None:
    before = cluster.read()
    job = cluster.submit(60, "--requeue")
    cluster.await_state(job, "RUNNING")
    time.sleep(2)  # so that the first run has a length at all
    cluster.said("scontrol", "requeue", str(job))
    until(lambda: bool(cluster.runs(job)), "slurmdbd knows the first run", 30)
    # Once the first run is cleared away Slurm puts the next one off by two minutes. In the second of the requeue its
    # node would refuse it: it takes the new run's credential for the revoked one.
    cluster.await_state(job, "PENDING")
    cluster.said("scontrol", "update", f"jobid={job}", "StartTime=now+2")
    cluster.await_state(job, "RUNNING")
    time.sleep(2)
    cluster.said("scancel", str(job))
    until(lambda: len(cluster.runs(job)) == 2, "slurmdbd knows both runs", 60)
    seconds = cluster.runs(job)
    assert min(seconds) > 0
    after = cluster.read()
    assert before.settled is not None
    assert after.settled == before.settled + sum(seconds) * ONE_SEVENTH / 3600


def test_a_limit_that_is_resized_is_the_new_one(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "LIMITS_SECONDS", timedelta())
    assert cluster.read().limit == HOURS
    modify = ("sacctmgr", "-i", "modify", "qos", "where", f"name={ACCOUNT}", "set")
    try:
        cluster.said(*modify, f"GrpTRESMins=billing={(HOURS + 10) * 420}")
        until(lambda: cluster.read().limit == HOURS + 10, "the controller has the new limit", 20)
    finally:
        cluster.said(*modify, f"GrpTRESMins=billing={HOURS * 420}")
    until(lambda: cluster.read().limit == HOURS, "the limit is as it was", 20)


def test_the_same_digits_in_a_terminal_of_the_person(cluster: Cluster, instance: dict[str, Any]) -> None:
    usage = cluster.read()
    python = Path(instance["prefix"]) / "env/notebook/bin/python"
    argv = (str(python), "-I", "-m", "aif.terminal", "usage", "--json", "--project", ACCOUNT)
    (one,) = json.loads(cluster.said(*argv, user=True))["allocations"]
    assert (one["limit"], one["settled"]) == (HOURS, told.amount(usage.settled))
    assert ACCOUNT in cluster.said(*argv[:-3], "--project", ACCOUNT, user=True)


def test_reserved_time_is_asked_in_words_that_sreport_knows(cluster: Cluster) -> None:
    hour = sources.datetime.now(sources.UTC).replace(minute=0, second=0, microsecond=0)
    found = run(unused(["gres/gpu", "gres/gpu:h100"], hour - timedelta(hours=3), hour), cluster.cluster)
    assert "root" not in found, "root's sum is its accounts'"


def test_what_ends_while_slurmdbd_is_away_is_not_lost(cluster: Cluster, instance: dict[str, Any]) -> None:
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    dbd = slurm_daemons.slurmdbd(inst)
    before = cluster.read()
    job = cluster.submit(60)
    cluster.await_state(job, "RUNNING")
    seen = cluster.read()
    assert seen.rate - before.rate == ONE_SEVENTH
    daemons.stop(dbd)
    try:
        cluster.said("scancel", str(job))
        cluster.await_state(job, "CANCELLED")
        with pytest.raises(SlurmError):
            cluster.read()
        assert run(queued_jobs([ACCOUNT]), cluster.cluster), "the controller goes on"
    finally:
        slurm_daemons.start(inst)
    until(lambda: bool(cluster.runs(job)), "slurmdbd has heard of the end", 90)
    after = cluster.read()
    assert before.settled is not None
    assert after.settled == before.settled + sum(cluster.runs(job)) * ONE_SEVENTH / 3600
