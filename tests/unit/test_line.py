"""The place in line: what is counted, how often Slurm is asked, and when nothing is said."""

from __future__ import annotations

import asyncio
from typing import Any

import hub_material as material
import pytest
from ledger_material import configured

from aif.core.errors import SlurmUnreachable
from aif.core.slurm import Call
from aif_hub import line
from aif_hub.line import Line, ahead, parse_in_line

CLUSTER = material.site().clusters[0]
QUEUE = """\
10|1001|900|gpu|Priority
11|1001|800|gpu|Priority
12|1002|700|gpu,mig|Resources
13|1003|700|gpu|Priority
14|1004|700|gpu|None
15|1005|950|mig|Priority
16|1006|990|gpu|Dependency
17|1007|0|gpu|JobHeldUser
18|1008|990|gpu|QOSMaxJobsPerUserLimit
"""


class Slurm:
    """Answers with QUEUE; counts how often it was asked for it."""

    def __init__(self, private: str = "none") -> None:
        self.private = private
        self.asked = 0
        self.away = False

    async def ask(self, call: Call[Any], cluster: object) -> Any:
        assert cluster is CLUSTER
        if self.away:
            raise SlurmUnreachable(call.argv[0], 1, "Connection refused")
        if call.argv[0] == "scontrol":
            return call.parse(configured(PrivateData=self.private))
        self.asked += 1
        return call.parse(f"JOBID|UID|PRIORITY|PARTITION|REASON\n{QUEUE}")


@pytest.mark.parametrize(
    ("job_id", "people"),
    [(10, 0), (11, 0), (12, 2), (13, 2), (14, 3), (15, 0), (16, None), (99, None)],
    ids=["first", "only own ahead", "two partitions", "older first", "three", "other partition", "passed", "unknown"],
)
def test_people_are_counted_once_and_only_those_above_in_the_same_line(job_id: int, people: int | None) -> None:
    assert ahead(parse_in_line(QUEUE), job_id) == people


def test_a_line_that_does_not_fit_is_left_out() -> None:
    assert sorted(parse_in_line("x|1|2|gpu|Priority\n1|2\n\n5|1003|７|gpu|Priority\n6|1003|7|gpu|Priority")) == [6]


def seen(slurm: Slurm, looks: int = 3) -> list[int | None]:
    async def look() -> list[int | None]:
        queue = Line(CLUSTER, slurm.ask)
        found = []
        for _ in range(looks):
            queue.ahead(14)
            await queue.looked()
            found.append(queue.ahead(14))
        return found

    return asyncio.run(look())


def test_all_who_wait_share_one_answer() -> None:
    slurm = Slurm()
    assert seen(slurm, 20) == [3] * 20
    assert slurm.asked == 1


def test_a_newer_answer_is_fetched_only_when_somebody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEEP_SECONDS", -1.0)
    slurm = Slurm()
    seen(slurm, 1)
    assert 1 <= slurm.asked <= 2


@pytest.mark.parametrize("private", ["jobs", "usage,jobs"])
def test_nothing_is_said_where_slurm_hides_the_jobs_of_others(private: str) -> None:
    slurm = Slurm(private)
    assert seen(slurm) == [None] * 3
    assert slurm.asked == 0


def test_an_old_answer_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "KEEP_SECONDS", -1.0)
    slurm = Slurm()

    async def look() -> list[int | None]:
        queue = Line(CLUSTER, slurm.ask)
        queue.ahead(14)
        await queue.looked()
        slurm.away = True
        fresh = queue.ahead(14)
        await queue.looked()
        monkeypatch.setattr(line, "STALE_SECONDS", -1.0)
        return [fresh, queue.ahead(14)]

    assert asyncio.run(look()) == [3, None]
