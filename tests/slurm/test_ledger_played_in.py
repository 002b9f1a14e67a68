"""Random histories in a real slurmdbd: what the ledger reads of them adds up to what was played in, to the second."""

from __future__ import annotations

import asyncio
import pwd
import secrets
import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Database

from aif.core import site as sites
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import UsageSnapshot
from aif.core.ledger.zone import local_zone
from aif.core.site import Site
from aif_hub.accounting import AccountingBudget
from aif_hub.demo import instance as instances
from aif_hub.demo import played_in
from aif_hub.demo.commands import outcome, run
from aif_hub.demo.history import Size, Wish
from aif_hub.demo.instance import Instance
from aif_hub.demo.past_queue import PastJob
from aif_hub.demo.slurm_archive import Payer, archive
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime
from aif_hub.ledger.source import SlurmSource

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(300)]
HISTORIES, JOBS, DAYS = 20, 60, 60
PEOPLE = ("bakker", "visser", "marieke")
SIZES = (
    (Size("mig", 2, 4, 1, "h100_1g.10gb"), Fraction(1, 7)),
    (Size("mig", 4, 8, 3, "h100_1g.10gb"), Fraction(3, 7)),
    (Size("gpu", 8, 32, 1, "h100"), Fraction(1)),
    (Size("gpu", 32, 128, 4, "h100"), Fraction(4)),
    (Size("cpu", 2, 4), Fraction(0)),
)
STATES = ("COMPLETED", "CANCELLED", "FAILED", "TIMEOUT", "OUT_OF_MEMORY")


class History:
    """One account's jobs of the last 60 days, drawn from `seed`, and what they cost, counted as they were drawn."""

    def __init__(self, account: str, seed: str, first_id: int, start: date) -> None:
        self.account = account
        self.start = start
        self.jobs: list[tuple[str, PastJob]] = []
        self.people: dict[str, Fraction] = defaultdict(Fraction)
        dice = Random(seed)  # noqa: S311 - not a secret
        begins = datetime(start.year, start.month, start.day, tzinfo=local_zone()).timestamp()
        now = int(time.time())
        for number in range(JOBS):
            person, (size, price) = dice.choice(PEOPLE), dice.choice(SIZES)
            seconds = dice.choice((0, 1, 59, dice.randrange(12 * 3600)))
            began = now - 3600 - seconds - dice.randrange(DAYS * 86400)
            wish = Wish(account, person, "played", size, began - dice.randrange(600), seconds, dice.choice(STATES))
            self.jobs.append((person, PastJob(first_id + number, wish, "gpu01", began)))
            self.people[person] += price * max(0, began + seconds - max(began, int(begins))) / 3600

    def allocation(self) -> Allocation:
        return Allocation(self.account, self.account, start=self.start)


@pytest.fixture(scope="module")
def histories(instance: dict[str, Any]) -> Iterator[list[History]]:
    """Played in; the accounts are taken away again, their jobs stay in the accounting."""
    inst = instances.load(instance["instance"], Path(instance["prefix"]))
    seed, first = secrets.token_hex(4), 20_000_000 + int(time.time()) % 400_000 * 100
    print(f"seed {seed}")
    made = [
        History(f"played{number}-{seed}", f"{seed} {number}", first + number * JOBS, date.today() - timedelta(days=30))
        for number in range(HISTORIES)
    ]
    names = ",".join(history.account for history in made)
    run(["sacctmgr", "-i", "add", "account", names], env=inst.slurm_env)
    logins = ",".join(inst.login(short) for short in PEOPLE)
    run(["sacctmgr", "-i", "add", "user", logins, f"account={names}"], env=inst.slurm_env)
    try:
        load(inst, made)
        yield made
    finally:
        outcome(["sacctmgr", "-iQ", "delete", "account", f"name={names}"], env=inst.slurm_env)


def load(inst: Instance, histories: list[History]) -> None:
    """All of them, in one archive in which no order is kept."""
    paid = []
    for history in histories:
        for person, job in history.jobs:
            login = inst.login(person)
            paid.append((job, Payer(login, pwd.getpwnam(login).pw_uid, history.account, "normal", 1)))
    Random(histories[0].account).shuffle(paid)  # noqa: S311
    place = inst.prefix / "state/played.archive"
    place.write_bytes(archive(inst.name, paid, played_in._ids(inst), int(time.time())))
    run(["sacctmgr", "-i", "archive", "load", f"file={place}"], env=inst.slurm_env, timeout=120)
    place.unlink()


def ledger(site: Site, folder: Path) -> SlurmSource:
    bound = Database(create_engine(f"sqlite:///{folder}/ledger.sqlite"))
    cluster, budget = site.clusters[0], AccountingBudget(calls=1000)
    records, reserved = JobRecords(lambda: bound, cluster.name), ReservedTime(cluster, budget, lambda: bound)
    return SlurmSource(site, cluster, budget, records, reserved)


async def until_read(source: SlurmSource, some: list[Allocation]) -> dict[str, UsageSnapshot]:
    """With what is read beside it: the loop ends afterwards."""
    found = await source.read(some)
    if source._reserved._reading:
        await source._reserved._reading
    return found


def test_every_history_sums_to_what_was_played_in(
    histories: list[History], instance: dict[str, Any], tmp_path: Path
) -> None:
    site = sites.load(Path(instance["prefix"]) / "etc/site.toml")
    allocations = [history.allocation() for history in histories]

    def read(source: SlurmSource, some: list[Allocation]) -> dict[str, UsageSnapshot]:
        return asyncio.run(until_read(source, some))

    source = ledger(site, tmp_path)
    read(source, allocations[:2])  # the others join later, and have their own past read
    found = read(source, allocations)
    for history in histories:
        usage = found[history.account]
        people = {person.login.rpartition("-")[2]: person.settled for person in usage.people}
        assert people == {login: used for login, used in history.people.items() if used}
        assert usage.settled == sum(history.people.values())
        assert usage.settled == usage.unattributed + sum(person.settled for person in usage.people)
        assert usage.settled is not None
        assert sum(used for _, used in usage.days) <= usage.settled
        assert usage.running == usage.committed == 0
    again = read(ledger(site, tmp_path), allocations)
    assert {name: usage.settled for name, usage in again.items()} == {
        name: usage.settled for name, usage in found.items()
    }, "by another process, from the record and the overlap"
