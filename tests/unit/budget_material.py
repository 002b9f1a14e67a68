"""Two projects of the journeys with their budgets, on the journeys' days: what tests of pages with budgets see."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction

from hub_material import SLICE, site

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, PersonUse, UsageSnapshot
from aif.core.request import Project
from aif.core.site import Site
from aif_hub.funds import Funds
from aif_hub.people import Person

NOW = datetime.fromisoformat("2027-04-01T09:02:00+02:00")
GPU = {
    **SLICE,
    "name": "gpu",
    "title": "One GPU",
    "partition": "gpu",
    "gpu_type": "h100",
    "gpu_weight": "1",
    "hours_max": 12,
}
FOUR = {**GPU, "name": "gpu4", "title": "Four GPUs", "gpus": 4}
CPU = {**SLICE, "name": "cpu", "title": "No GPU", "partition": "cpu", "gpus": 0, "gpu_type": "", "hours_max": 12}
INSPECT = Project("inspect01", "Inspection pilot", "sme-inspect01")
MOBILITY = Project("mobility01", "Mobility flows", "research-mobility01")
VISSER = Person("visser", "Prof. Hanna Visser", "pi")


def two_projects() -> Site:
    """A site with a small part, whole GPUs and none, and the projects of both journeys."""
    return site(
        profile=[SLICE, GPU, FOUR, CPU],
        project=[
            {"account": "inspect01", "title": "Inspection pilot", "kind": "sme"},
            {"account": "mobility01", "title": "Mobility flows", "kind": "research", "pi": ["visser"]},
        ],
    )


PILOT = Allocation(
    name="inspect01",
    account="inspect01",
    mode="Playground",
    reference="EHPC-AIF-2026PG01-123",
    limit=Fraction(500),
    start=date(2027, 3, 1),
    compute_end=date(2027, 5, 31),
    data_end=date(2027, 8, 31),
)
REGULAR = Allocation(
    name="mobility-eurohpc",
    account="mobility01",
    qos="research-mobility01",
    limit=Fraction(20000),
    start=date(2027, 3, 1),
    compute_end=date(2028, 2, 28),
)


def balance(allocation: Allocation, at: datetime = NOW, trouble: str = "", **use: object) -> Balance:
    """Its balance at `at`, with whole figures of use in it."""
    parts = {"settled": Fraction(), "limit": allocation.limit, **use}
    snapshot = UsageSnapshot(allocation=allocation.name, source="slurm", as_of=at, **parts)  # type: ignore[arg-type]
    return Balance(allocation, snapshot, at.date(), trouble)


def funds(*balances: Balance, project: Project = INSPECT, pi: tuple[Person, ...] = ()) -> Funds:
    """What pays for `project`."""
    read = {one.allocation.name: one for one in balances}
    return Funds(project, tuple(one.allocation for one in balances), read, pi)


def bakkers_morning() -> Balance:
    """Journey B, step 1: 1 October 2027, 08:50."""
    used = {"visser": Fraction(2300), "bakker": Fraction(9988)}
    people = tuple(PersonUse(login, settled) for login, settled in used.items())
    running = replace(people[1], running=Fraction(12), committed=Fraction(100))
    at = datetime.fromisoformat("2027-10-01T08:50:00+02:00")
    days = tuple((at.date() - timedelta(days=ago), Fraction(50)) for ago in reversed(range(30)))
    return balance(
        REGULAR,
        at,
        settled=Fraction(12288),
        running=Fraction(12),
        committed=Fraction(100),
        rate=Fraction(4),
        people=(people[0], running),
        days=days,
    )
