"""What Slurm is asked once for everybody: projects, free GPUs, the accounting and its budget."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from pathlib import Path
from typing import Any

import pytest
from hub_material import site, until
from hypothesis import given
from hypothesis import strategies as st

from aif.core.errors import SlurmUnreachable
from aif.core.slurm import Call, is_away
from aif_hub import accounting
from aif_hub import projects as projects_module
from aif_hub.accounting import AccountingBudget
from aif_hub.free import parse_gpus
from aif_hub.projects import Projects, parse_associations

RECORDS, SITE = Path(__file__).parent / "records", site()
SESSION = "0123456789abcdef" * 2


def test_projects_are_read_with_the_site_files_order_and_names() -> None:
    found = parse_associations((RECORDS / "assoc-22.05.txt").read_text(), site())
    assert [project.account for project in found["h1-bakker"]] == ["mobility01", "mobtest01"]
    assert found["h1-marieke"][0].title == "Inspection pilot"
    assert (found["h1-olga"][0].title, found["h1-olga"][0].qos) == ("ops01", "host-ops01")
    assert "" not in found


def test_a_project_knows_every_qos_that_may_pay_and_which_one_does() -> None:
    twice = "ann|p1|second|first,second\nann|p1|first|first,third\n"
    [project] = parse_associations(twice, site())["ann"]
    assert (project.qos, project.all_qos) == ("second", ("first", "second", "third"))


@pytest.mark.parametrize("line", ["ann|p 1|q|q", "ann|-p1|q|q", "ann|p,1|q|q", "ann|p1|q;id|q", f"ann|{'p' * 65}|q|q"])
def test_a_project_that_no_job_can_be_asked_for_is_nobodys_and_the_log_says_so(
    line: str, caplog: pytest.LogCaptureFixture
) -> None:
    found = parse_associations(f"{line}\nann|p2|q|q\n", site())
    assert [project.account for project in found["ann"]] == ["p2"]
    assert "left out" in caplog.text


class SlowAccounting:
    """One that answers when it is let: of somebody called a, who is in one project at first."""

    def __init__(self) -> None:
        self.answer, self.asked = "a|one|q|q\n", 0
        self.open = asyncio.Event()

    async def ask(self, *_: object) -> Any:
        self.asked += 1
        await self.open.wait()
        return self.answer


async def test_nobody_whose_projects_are_known_waits_for_the_accounting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects_module, "REFRESH_SECONDS", 0.0)
    accounting: Any = SlowAccounting()
    projects = Projects(site(), site().clusters[0], accounting)
    first = [asyncio.ensure_future(accounts(projects)) for _ in range(5)]
    await asyncio.sleep(0)
    accounting.open.set()
    assert await asyncio.gather(*first) == [["one"]] * 5
    assert accounting.asked == 1
    accounting.open.clear()
    accounting.answer += "a|two|q|q\n"
    async with asyncio.timeout(0.5):
        assert await accounts(projects) == ["one"]
    accounting.open.set()
    await until(lambda: len(projects._known["a"]) == 2)


async def accounts(projects: Projects) -> list[str]:
    return [one.account for one in await projects.of("a")]


async def test_a_hub_that_starts_while_the_accounting_is_away_knows_what_the_one_before_knew(tmp_path: Path) -> None:
    accounting: Any = SlowAccounting()
    accounting.open.set()
    where = (site(), site().clusters[0], accounting, tmp_path / "associations")
    assert await accounts(Projects(*where)) == ["one"]
    accounting.open.clear()
    again = Projects(*where)
    async with asyncio.timeout(0.5):
        assert await accounts(again) == ["one"]
    await until(lambda: accounting.asked == 2)  # all the same it asks
    assert again.read_at is not None
    assert (tmp_path / "associations").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("found", [None, b"\xff\xfe", b""])
async def test_a_file_of_projects_that_is_not_there_or_cannot_be_read_is_as_good_as_none(
    tmp_path: Path, found: bytes | None
) -> None:
    kept = tmp_path / "associations"
    if found is not None:
        kept.write_bytes(found)
    accounting: Any = SlowAccounting()
    accounting.open.set()
    assert await accounts(Projects(site(), site().clusters[0], accounting, kept)) == ["one"]
    assert kept.read_text() == accounting.answer


async def test_a_page_does_not_wait_for_ever_for_the_accounting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects_module, "PATIENCE_SECONDS", 0.02)
    accounting: Any = SlowAccounting()
    async with asyncio.timeout(0.5):
        assert await (projects := Projects(site(), site().clusters[0], accounting)).of("a") == []
    assert "has not answered yet" in projects.trouble


async def test_who_is_in_no_project_is_told_so_while_it_is_asked_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(projects_module, "INVITED_SECONDS", 0.0)
    monkeypatch.setattr(projects_module, "GLANCE_SECONDS", 0.02)
    accounting: Any = SlowAccounting()
    accounting.open.set()
    projects = Projects(site(), site().clusters[0], accounting)
    await projects.of("a")
    accounting.open.clear()
    async with asyncio.timeout(0.5):
        assert await projects.of("stranger") == []
    assert accounting.asked == 2
    assert projects.trouble == ""


async def test_projects_that_could_not_be_asked_are_asked_again_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    class Away:
        asked = 0

        async def ask(self, *_: object) -> Any:
            self.asked += 1
            if self.asked == 1:
                raise SlurmUnreachable("sacctmgr", 1, "Connection refused")
            return "a|one|q|q\n"

    accounting: Any = Away()
    projects = Projects(site(), site().clusters[0], accounting)
    assert [await accounts(projects) for _ in range(3)] == [[]] * 3
    assert accounting.asked == 1
    assert "refused" in projects.trouble
    monkeypatch.setattr(projects_module, "AGAIN_SECONDS", 0.0)
    assert await accounts(projects) == ["one"]
    assert projects.trouble == ""


@given(st.text(max_size=200))
def test_no_answer_of_sacctmgr_breaks_the_projects(out: str) -> None:
    assert isinstance(parse_associations(out, SITE), dict)


def test_free_gpus_are_counted_by_node_and_type_once_a_node() -> None:
    assert parse_gpus((RECORDS / "sinfo-gpus-22.05.txt").read_text()) == {"h100": (12, 12), "h100_1g.10gb": (48, 49)}


@pytest.mark.parametrize(
    ("state", "free"), [("idle", 4), ("mixed", 4), ("drained", 0), ("down*", 0), ("idle~", 4), ("reserved", 0)]
)
def test_gpus_of_a_node_that_takes_no_jobs_are_not_free(state: str, free: int) -> None:
    assert parse_gpus(f"n1 {state} gpu:h100:4(S:0-1) gpu:h100:0(IDX:N/A)") == {"h100": (free, 4)}


@given(st.text(max_size=200))
def test_no_answer_of_sinfo_breaks_the_count(out: str) -> None:
    assert isinstance(parse_gpus(out), dict)


async def test_the_accounting_is_asked_at_most_as_often_as_its_budget_says(monkeypatch: pytest.MonkeyPatch) -> None:
    starts = []

    async def arun(call: Call[str], cluster: object) -> str:
        starts.append(asyncio.get_running_loop().time())
        return ""

    monkeypatch.setattr(accounting, "arun", arun)
    budget = AccountingBudget(calls=2, seconds=0.1)
    await asyncio.gather(*(budget.ask(Call(("sacct",), str), site().clusters[0]) for _ in range(5)))
    assert starts[1] - starts[0] < 0.05
    assert starts[2] - starts[0] >= 0.09
    assert starts[4] - starts[2] >= 0.09


class Accounting:
    """Its answers in turn; when it was asked, in seconds."""

    def __init__(self, *answers: Exception | str) -> None:
        self.answers, self.starts = list(answers), list[float]()

    async def arun(self, call: Call[str], cluster: object) -> str:
        self.starts.append(asyncio.get_running_loop().time())
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def pauses(self) -> list[float]:
        return [later - before for before, later in itertools.pairwise(self.starts)]


@pytest.mark.parametrize("why", ["Connection refused", "Unable to connect to database"])
def test_an_accounting_is_away_where_it_or_its_database_cannot_be_reached(why: str) -> None:
    said = f"sacctmgr: error: slurm_persist_conn_open: Something happened with the connection to 127.0.0.1:6819: {why}"
    assert is_away(said)


AWAY, SILENT = (SlurmUnreachable("sacct", status, "") for status in (1, -1))


@pytest.mark.parametrize(
    ("seconds", "answers", "pauses"),
    [
        (60, [AWAY, AWAY, AWAY, AWAY], [0.02, 0.04, 0.08]),  # no turn is spent
        (60, [AWAY, "", AWAY, ""], [0.02, 0.0, 0.02]),  # the wait begins anew with an answer
        (0.1, [AWAY, AWAY, AWAY, AWAY, AWAY], [0.02, 0.04, 0.05, 0.05]),  # and grows to the budget's pace
        (0.1, [AWAY, "", "", ""], [0.02, 0.0, 0.1]),  # once it is back the budget is whole
        (0.1, [SILENT, SILENT, ""], [0.0, 0.1]),  # it may be at work on what it did not answer
    ],
)
async def test_an_accounting_that_is_away_is_asked_again_soon_and_never_more_often_than_it_can_bear(
    seconds: float, answers: list[Exception | str], pauses: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    away = Accounting(*answers)
    monkeypatch.setattr(accounting, "arun", away.arun)
    monkeypatch.setattr(accounting, "AGAIN_SECONDS", 0.02)
    budget, call = AccountingBudget(calls=2, seconds=seconds), Call(("sacct",), str)
    async with asyncio.timeout(seconds / 2 if seconds > 1 else None):
        for _ in answers:
            with contextlib.suppress(SlurmUnreachable):
                await budget.ask(call, site().clusters[0])
    for pause, at_least in zip(away.pauses, pauses, strict=True):
        assert pause >= at_least * 0.95


async def test_how_a_job_ended_is_asked_before_what_it_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    order = []

    async def arun(call: Call[str], cluster: object) -> str:
        order.append(call.argv[0])
        return ""

    monkeypatch.setattr(accounting, "arun", arun)
    budget, cluster = AccountingBudget(calls=1, seconds=0.1), site().clusters[0]
    asked = [
        budget.ask(Call(("first",), str), cluster),
        budget.ask(Call(("cost",), str), cluster, patience_seconds=0.3),
        budget.ask(Call(("end",), str), cluster),
        budget.ask(Call(("given up",), str), cluster),
    ]
    tasks = [asyncio.get_running_loop().create_task(one) for one in asked]
    await asyncio.sleep(0.01)
    tasks[3].cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert order == ["first", "end", "cost"]
