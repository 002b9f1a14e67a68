"""Budgets on the real Slurm: what it lets start, what it keeps waiting, and that the ledger says the same."""

from __future__ import annotations

import json
import pwd
import secrets
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from string import Template
from typing import Any

import pytest
from processes import until

from aif.core import site as sites
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.binding import bind, facts
from aif.core.ledger.reading import snapshot
from aif.core.ledger.slurm import ended_jobs, limits, queued_jobs
from aif.core.ledger.tally import Tally
from aif.core.ledger.usage import Balance
from aif.core.site import Cluster
from aif.core.slurm import run

pytestmark = pytest.mark.demo
Facts = Mapping[str, Any]
WEIGHTS = {"h100": Fraction(1), "h100_1g.10gb": Fraction(1, 7)}
SLICES = ("-p", "mig", "--gres=gpu:h100_1g.10gb:1", "--cpus-per-task=1", "--mem=20M")
WHOLE = ("-p", "gpu", "--gres=gpu:h100:1", "--cpus-per-task=1", "--mem=20M")
OVER = "QOSGrpBillingMinutes"


@dataclass(frozen=True)
class Budget:
    """An account of the test's own with a QOS that carries its budget, and one person in it."""

    cluster: Cluster
    login: str
    allocation: Allocation

    def submit(self, *options: str) -> str:
        argv = ["sbatch", "--parsable", f"--account={self.allocation.account}", f"--qos={self.allocation.qos}"]
        argv += ["--chdir=/tmp", "--output=/dev/null", *options, "--wrap=exec sleep 600"]
        return told(self.cluster, *argv, user=self.login).strip()

    def jobs(self) -> dict[str, tuple[str, str]]:
        """State and reason of each job that waits or runs, array tasks one by one."""
        rows = told(self.cluster, "squeue", "-h", "-r", "-A", self.allocation.account, "-o", "%i|%T|%r")
        return {number: (state, reason) for number, state, reason in (row.split("|") for row in rows.splitlines())}

    def count(self, state: str) -> int:
        return sum(one == state for one, _ in self.jobs().values())

    def recorded(self) -> int:
        """How many of its ended jobs the accounting has."""
        since = datetime.now(UTC) - timedelta(days=1)
        return len(run(ended_jobs([self.allocation.account], since), self.cluster))

    def balance(self) -> Balance:
        """What the ledger makes of Slurm's record now; the limit is the one that Slurm holds."""
        one = self.allocation
        counted = Tally(one, WEIGHTS, UTC)
        counted.add(run(ended_jobs([one.account], datetime.now(UTC) - timedelta(days=1)), self.cluster))
        queued = run(queued_jobs([one.account]), self.cluster)
        held = bind(one, self.cluster.name, run(facts(), self.cluster), run(limits(), self.cluster), WEIGHTS)
        return Balance(one, snapshot(counted, queued, held, datetime.now(UTC)), date.today())

    def end_all(self) -> None:
        told(self.cluster, "scancel", "-A", self.allocation.account)
        until(lambda: not self.jobs(), "all of them ended")


def told(cluster: Cluster, *argv: str, user: str | None = None) -> str:
    done = subprocess.run(
        argv,
        env={"PATH": "/usr/bin:/bin", "SLURM_CONF": cluster.slurm_conf},
        user=user,
        group=pwd.getpwnam(user).pw_gid if user else None,
        extra_groups=[] if user else None,
        capture_output=True,
        text=True,
        timeout=60,
        cwd="/",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def cluster(instance: Facts) -> Cluster:
    return Cluster(instance["instance"], instance["slurm_conf"])


@pytest.fixture
def budget_of(instance: Facts, cluster: Cluster) -> Iterator[Callable[[int], Budget]]:
    """Makes an account with so many GPU-hours; it is gone afterwards."""
    login, made = f"{instance['instance']}-class40", []

    def make(gpu_hours: int) -> Budget:
        name = (
            f"fit{gpu_hours}x{secrets.token_hex(4)}"  # what it uses is on record for good: never the same account twice
        )
        one = Budget(cluster, login, Allocation(name, name, qos=name, billing_per_unit=Fraction(7)))
        made.append(one)
        minutes = f"GrpTRESMins=billing={gpu_hours * 7 * 60}"
        told(cluster, "sacctmgr", "-i", "add", "qos", name, "Flags=NoDecay", minutes)
        told(cluster, "sacctmgr", "-i", "add", "account", name, f"QOS={name}")
        told(cluster, "sacctmgr", "-i", "add", "user", login, f"Account={name}", f"QOS={name}")
        return one

    try:
        yield make
    finally:
        for one in made:
            one.end_all()
            told(cluster, "sacctmgr", "-i", "delete", "user", login, f"Account={one.allocation.account}")
            told(cluster, "sacctmgr", "-i", "delete", "account", one.allocation.account)
            told(cluster, "sacctmgr", "-i", "delete", "qos", one.allocation.qos)


@pytest.mark.slow
def test_seven_slice_hours_fit_each_gpu_hour_and_the_next_one_waits(budget_of: Callable[[int], Budget]) -> None:
    """3,500 slice-hours are 500 GPU-hours; here 14 are 2, in one array of 15."""
    budget = budget_of(2)
    assert budget.balance().usage.limit == budget.balance().free_to_plan == 2
    array = budget.submit(*SLICES, "--time=1:00:00", "--array=1-14")
    until(lambda: budget.count("RUNNING") == 14, "14 slices run")
    balance = budget.balance()
    assert balance.consumed is not None
    assert balance.consumed + balance.usage.committed == 2
    assert balance.free_to_plan == 0
    one_more = budget.submit(*SLICES, "--time=1:00:00")
    until(lambda: budget.jobs()[one_more] == ("PENDING", OVER), f"the 15th waits for {OVER}")
    assert budget.count("RUNNING") == 14
    until(lambda: (budget.balance().consumed or 0) > Fraction(14 * 2, 7 * 3600), "each has used a second or two")
    # What a job leaves of its time limit is the project's again: in Slurm and in the ledger.
    told(budget.cluster, "scancel", f"{array}_1", f"{array}_2")
    until(lambda: budget.jobs()[one_more][0] == "RUNNING", "the 15th starts")
    # A job that has left the queue is on record a moment later: until then its budget is neither held nor used.
    until(lambda: budget.recorded() >= 2, "both are on record")
    free = budget.balance().free_to_plan
    assert free is not None
    assert Fraction(1, 8) < free < Fraction(1, 7)


@pytest.mark.slow
def test_whole_gpus_and_slices_are_paid_out_of_one_budget(budget_of: Callable[[int], Budget]) -> None:
    budget = budget_of(2)
    budget.submit(*WHOLE, "--time=1:00:00")
    budget.submit(*SLICES, "--time=1:00:00", "--array=1-6")
    until(lambda: budget.count("RUNNING") == 7, "a whole GPU and six slices run")
    assert budget.balance().free_to_plan == Fraction(1, 7)
    too_much = budget.submit(*WHOLE, "--time=1:00:00")
    until(lambda: budget.jobs()[too_much] == ("PENDING", OVER), f"a second whole GPU waits for {OVER}")
    last = budget.submit(*SLICES, "--time=1:00:00")
    until(lambda: budget.jobs()[last][0] == "RUNNING", "a seventh slice still fits")


@pytest.mark.slow
def test_49_seats_for_nine_hours_are_63_gpu_hours_and_not_441(budget_of: Callable[[int], Budget]) -> None:
    budget = budget_of(63)
    budget.submit(*SLICES, "--time=9:00:00", "--array=1-49")
    until(lambda: budget.count("RUNNING") == 49, "all seats are taken", 120)
    balance = budget.balance()
    assert balance.consumed is not None
    assert balance.consumed + balance.usage.committed == 63
    assert balance.usage.rate == 7
    one_more = budget.submit(*WHOLE, "--time=5")
    until(lambda: budget.jobs()[one_more] == ("PENDING", OVER), f"what is beyond 63 waits for {OVER}")


@pytest.fixture
def site(instance: Facts) -> sites.Site:
    return sites.load(Path(instance["prefix"]) / "etc/site.toml")


@pytest.fixture
def first_day(instance: Facts) -> date:
    """Of the instance, whose past is played in."""
    book = json.loads((Path(instance["prefix"]) / "instance.json").read_text())
    return date.fromisoformat(book["stamps"]["history"])


def balances(site: sites.Site) -> dict[str, Balance]:
    """Of every allocation in the site file, from Slurm itself."""
    [cluster] = site.clusters
    accounts = {one.account for one in site.allocations}
    ended = run(ended_jobs(accounts, datetime.now(UTC) - timedelta(days=400)), cluster)
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    found, as_of, queued = {}, datetime.now(UTC), run(queued_jobs(accounts), cluster)
    slurm, most = run(facts(), cluster), run(limits(), cluster)
    for one in site.allocations:
        counted = Tally(one, site.gpu_weights, zone)
        counted.add(ended)
        held = bind(one, cluster.name, slurm, most, site.gpu_weights)
        found[one.name] = Balance(one, snapshot(counted, queued, held, as_of), date.today())
    return found


def test_the_demo_begins_with_the_figures_of_the_journeys(site: sites.Site, first_day: date) -> None:
    """Before the first day: what the tests themselves run comes on top."""
    [cluster] = site.clusters
    zone = datetime.now().astimezone().tzinfo
    assert zone is not None
    midnight = datetime(first_day.year, first_day.month, first_day.day, tzinfo=zone)
    ended = run(ended_jobs({one.account for one in site.allocations}, midnight - timedelta(days=400)), cluster)
    settled = {}
    for one in site.allocations:
        counted = Tally(one, site.gpu_weights, zone)
        counted.add(job for job in ended if job.end is not None and job.end <= midnight)
        settled[one.name] = counted.total + one.carried_in
    assert settled == {
        "inspect01": 0,
        "mobility01": 12288,
        "mobility01-national": Fraction(165, 4),
        "mobtest01": Fraction(123, 2),
        "trn0007": 0,
        "ops01": Fraction(117, 5),
    }


def test_slurm_holds_the_demos_projects_to_what_the_ledger_says_is_left(site: sites.Site) -> None:
    """Slurm's limit less what it counted itself is the ledger's limit less all that was used, past included."""
    [cluster] = site.clusters
    for one in balances(site).values():
        limit, used = run(limits(), cluster).billing("qos", one.allocation.qos)
        assert limit is not None
        assert one.consumed is not None
        by_slurm = (limit - used) / one.allocation.billing_per_unit
        assert float(one.allocation.limit - one.consumed) == pytest.approx(float(by_slurm), abs=0.05), one


def test_slurmdbd_adds_the_past_up_by_day_as_the_ledger_does(
    instance: Facts, site: sites.Site, first_day: date
) -> None:
    """Of Sem and Yara, as whom no test runs anything.

    These sums are what sreport shows; it knows people only from the first full hour after they were added, which is
    longer than a test waits.
    """
    regular, national = (one for one in balances(site).values() if one.allocation.account == "mobility01")
    template = Template((Path(__file__).parent / "past_by_person.sql").read_text())
    sums = template.substitute(cluster=instance["instance"], account="mobility01", day=first_day)
    argv = ["mariadb", "--no-defaults", f"--socket={instance['prefix']}/run/db/my.sock", "-N", "-e", sums, "aif_slurm"]

    def billed() -> dict[str, int]:
        out = subprocess.run(argv, check=True, capture_output=True, text=True, timeout=30).stdout
        return {login.rpartition("-")[2]: int(used) for login, used in (row.split("\t") for row in out.splitlines())}

    said = until(lambda: billed() if "sem" in billed() else None, "slurmdbd has added the past up", 120)
    for short in ("sem", "yara"):
        mine = [
            person.settled
            for one in (regular, national)
            for person in one.usage.people
            if person.login.endswith(f"-{short}")
        ]
        assert sum(mine) > 500
        assert said[short] == sum(mine) * 7 * 3600
