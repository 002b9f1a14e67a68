"""What the hub knows and shows while Slurm's commands print garbage: what was known, as old; and it asks again."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from garbage_material import GARBAGE, PAGE, done, slurm_that_prints
from hub_material import UID, database, site, until
from ledger_material import CONFIG, Slurm, configured, ended, queued, seconds_ago
from ledger_material import slurm as slurm

from aif.core.errors import SlurmUnreachable
from aif.core.ledger.allocation import Allocation
from aif.core.request import Project
from aif.core.states import Phase
from aif_hub import accounting, nodes
from aif_hub import projects as projects_module
from aif_hub import queue as queues
from aif_hub.accounting import AccountingBudget
from aif_hub.free import FreeGpus
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.reserved import AGAIN_SECONDS, FAILED_SECONDS, ReservedTime
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.line import Line
from aif_hub.nodes import Nodes
from aif_hub.projects import Projects
from aif_hub.queue import JobQueue
from aif_hub.shared_calendar import SharedCalendar

RECORDS = Path(__file__).parent / "records"
MEMBERS = b"|one||normal\na|one|q|q\n"
ONE = Allocation("inspect01", "inspect01")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> AccountingBudget:
    """An accounting that may be asked as often as one likes, also after an answer that was none."""
    monkeypatch.setattr(accounting, "AGAIN_SECONDS", 0.0)
    return AccountingBudget(calls=1000)


async def accounts(projects: Projects, login: str = "a") -> list[str]:
    found = [one.account for one in await projects.of(login)]
    await done(projects._refreshing)
    return found


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_everybodys_projects_stay_as_they_were_and_so_does_the_file(
    garbage: str, tmp_path: Path, at_once: AccountingBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projects_module, "REFRESH_SECONDS", -1.0)
    monkeypatch.setattr(projects_module, "AGAIN_SECONDS", -1.0)
    cluster, kept = slurm_that_prints(tmp_path, MEMBERS), tmp_path / "associations"
    projects = Projects(site(), cluster, at_once, kept)
    assert await accounts(projects) == ["one"]
    read_at = projects.read_at

    slurm_that_prints(tmp_path, GARBAGE[garbage])
    assert [await accounts(projects), await accounts(projects)] == [["one"]] * 2
    assert "could not be read" in projects.trouble
    assert (projects.read_at, kept.read_bytes()) == (read_at, MEMBERS)

    slurm_that_prints(tmp_path, MEMBERS.replace(b"one", b"two"))
    await accounts(projects)
    assert (await accounts(projects), projects.trouble) == (["two"], "")


async def test_a_file_that_an_earlier_hub_filled_with_garbage_is_as_good_as_none(
    tmp_path: Path, at_once: AccountingBudget
) -> None:
    cluster, kept = slurm_that_prints(tmp_path, MEMBERS), tmp_path / "associations"
    kept.write_bytes(PAGE.decode(errors="replace").encode())
    assert await accounts(Projects(site(), cluster, at_once, kept)) == ["one"]
    assert kept.read_bytes() == MEMBERS


async def test_an_answer_that_is_none_costs_the_accounting_no_turn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accounting, "AGAIN_SECONDS", 0.001)
    budget, cluster = AccountingBudget(calls=1, seconds=3600), slurm_that_prints(tmp_path, PAGE)
    for _ in range(3):
        with pytest.raises(SlurmUnreachable):
            await asyncio.wait_for(budget.ask(projects_module.ASSOCIATIONS, cluster), 30)
    slurm_that_prints(tmp_path, MEMBERS)
    assert await asyncio.wait_for(budget.ask(projects_module.ASSOCIATIONS, cluster), 30) == MEMBERS.decode()


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_a_job_is_unknown_and_never_gone_while_both_books_print_garbage(
    garbage: str, tmp_path: Path, at_once: AccountingBudget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queues, "GONE_SECONDS", 0.0)
    monkeypatch.setattr(queues, "MOST_SECONDS", 0.01)
    head = b"JOBID|UID|STATE|EXEC_HOST|TIME_LEFT|START_TIME|REASON\n"
    cluster = slurm_that_prints(tmp_path, head + f"12|{UID}|RUNNING|gpu01|59:01|1795348800|None\n".encode())
    queue = JobQueue(cluster, site().session, at_once)
    queue.watch(12, UID)
    await until(lambda: queue.phase(12) is Phase.RUNNING, 30)
    slurm_that_prints(tmp_path, GARBAGE[garbage])
    await until(lambda: queue.trouble, 30)
    for _ in range(3):
        await queue.news()
    assert (queue.phase(12), queue._lookup) == (Phase.UNKNOWN, None)
    assert queue.unknown_since(12) is not None
    assert queue.sighting(12).state == "RUNNING"  # type: ignore[union-attr]  # None fails it as well

    (tmp_path / "squeue").write_text(f"#!/bin/sh\nprintf '{head.decode().rstrip()}\\n'\n")  # and sacct prints garbage
    await until(lambda: queue._lookup is not None and queue._lookup.done(), 30)
    for _ in range(3):
        await queue.news()
    assert queue.phase(12) is not Phase.ENDED
    (tmp_path / "sacct").write_text("#!/bin/sh\necho 'JobIDRaw|UID|State|NodeList|Start|End'\n")
    await until(lambda: queue.phase(12) is Phase.ENDED, 30)  # now both have said that there is no such job
    queue.forget(12)
    await done(queue._task)


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_a_period_of_which_sacct_printed_garbage_is_read_again(
    garbage: str, slurm: Slurm, at_once: AccountingBudget
) -> None:
    slurm.prints(sacct=GARBAGE[garbage])
    source = slurm.source()
    source._ended._accounting = at_once
    with pytest.raises(SlurmUnreachable):
        await source.read([ONE])
    assert source._records.read_until() == {}, "nothing is on record as read"
    slurm.says(sacct=ended(1, seconds_ago(90000), 7))
    assert (await source.read([ONE]))["inspect01"].settled == 1


async def test_a_period_without_a_job_is_read_once(slurm: Slurm) -> None:
    source = slurm.source()
    assert (await source.read([ONE]))["inspect01"].settled == 0
    assert set(source._records.read_until()) == {"inspect01"}


@pytest.mark.parametrize("command", ["sacct", "squeue", "assoc_mgr", "config", "partition"])
async def test_figures_stay_as_they_were_and_are_said_to_be_old(command: str, slurm: Slurm, tmp_path: Path) -> None:
    project = [Project("inspect01", "Inspection pilot", "sme-inspect01")]
    kept = Snapshots(database(tmp_path / "shown.sqlite"))
    ledger = Ledger(slurm.site(), {"slurm": slurm.source()}, kept)
    slurm.says(sacct=ended(1, seconds_ago(90000), 7), squeue=queued(2, seconds_ago(3600), used="1:00:00"))
    (before,) = await ledger.of(project, patience=30)
    assert (before.trouble, before.usage.settled) == ("", 1)

    slurm.prints(**{command: PAGE})
    later = Ledger(slurm.site(), {"slurm": slurm.source()}, kept)  # a hub that begins anew
    await later.of(project)
    await later.at_rest(30)
    (after,) = await later.of(project)
    assert (after.consumed, after.usage.as_of) == (before.consumed, before.usage.as_of)
    assert "could not be read" in after.trouble


async def test_what_bears_on_budgets_is_asked_again_at_the_next_reading(slurm: Slurm) -> None:
    """It is kept for hours: a partition's weights, the limits, and whether the hub may see people's use."""
    slurm.says(config=configured(PrivateData="jobs,usage"), user="Operator\n", sacct=ended(1, seconds_ago(90000), 7))
    slurm.says(assoc_mgr="QOS=sme-inspect01(8)\n    GrpTRESMins=billing=210000(0)\n")
    source = slurm.source(["sme-inspect01"])
    source._accounting = AccountingBudget(calls=1000)
    for name in ("config", "partition", "user", "assoc_mgr"):
        said = (slurm.folder / f"{name}.out").read_bytes()
        slurm.prints(**{name: PAGE})
        with pytest.raises(SlurmUnreachable):
            await source.read([ONE])
        slurm.prints(**{name: said})
    usage = (await source.read([ONE]))["inspect01"]
    assert (usage.settled, usage.limit) == (1, 500)
    asked = len(slurm.asked("scontrol"))
    await source.read([ONE])
    assert len(slurm.asked("scontrol")) == asked


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_reserved_time_is_not_written_down_as_none_and_asked_for_again_soon(
    garbage: str, slurm: Slurm, at_once: AccountingBudget
) -> None:
    course, now = Allocation("c", "trn0007", start=date(2026, 11, 24)), datetime(2026, 11, 24, 12, 20, tzinfo=UTC)
    reserved = ReservedTime(slurm.site().clusters[0], at_once, database(slurm.folder / "reserved.sqlite"))
    slurm.prints(sreport=GARBAGE[garbage])
    reserved.refresh([course], ["gres/gpu"], now)
    await done(reserved._reading)
    assert (reserved._stretches, reserved._kept()) == ({}, [])
    slurm.says(sreport=" trn0007||cpu|7200\n")
    reserved.refresh([course], ["gres/gpu"], now + FAILED_SECONDS)
    await done(reserved._reading)
    assert {account for stretch in reserved._stretches.values() for account in stretch.unused} == {"trn0007"}
    assert FAILED_SECONDS < AGAIN_SECONDS


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_free_gpus_stay_as_they_were_and_as_old_as_they_are(garbage: str, tmp_path: Path) -> None:
    head = f"{'NODELIST':<64}{'STATE':<32}{'GRES':<256}{'GRES_USED':<256}\n".encode()
    cluster = slurm_that_prints(tmp_path, head + (RECORDS / "sinfo-gpus-22.05.txt").read_bytes())
    free = FreeGpus(cluster)
    known, as_of = await free.now(), free.as_of
    assert known == {"h100": (12, 12), "h100_1g.10gb": (48, 49)}
    slurm_that_prints(tmp_path, GARBAGE[garbage])
    free._kept._answered = float("-inf")
    assert (await free.now(), free.as_of) == (known, as_of)


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_a_nodes_address_stays_known_and_is_asked_for_again(
    garbage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster = slurm_that_prints(tmp_path, b"gpu01|127.0.1.1\n")
    found = Nodes(cluster)
    assert await found.addresses() == {"gpu01": "127.0.1.1"}
    slurm_that_prints(tmp_path, GARBAGE[garbage])
    monkeypatch.setattr(nodes, "AGAIN_SECONDS", -1.0)
    found._due = float("-inf")
    assert await found.address_of("gpu01") == "127.0.1.1"
    slurm_that_prints(tmp_path, b"gpu01|127.0.1.2\n")
    assert await found.addresses() == {"gpu01": "127.0.1.2"}


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_maintenance_stays_planned(garbage: str, tmp_path: Path) -> None:
    cluster = slurm_that_prints(tmp_path, b"")
    for command, record in (("partition", "partitions"), ("reservation", "reservations")):
        (tmp_path / command).write_bytes((RECORDS / f"{record}-22.05.txt").read_bytes())
    nodes = "".join(f"{node:64}{gres:256}\n" for node, gres in (("NODELIST", "GRES"), ("gpu01", "gpu:h100:4")))
    (tmp_path / "nodes").write_text(nodes)
    (tmp_path / "scontrol").write_text(f'#!/bin/sh\nexec cat "{tmp_path}/$2"\n')
    (tmp_path / "sinfo").write_text(f'#!/bin/sh\nexec cat "{tmp_path}/nodes"\n')
    shared = SharedCalendar(cluster)
    known = await shared.now()
    assert (len(known.partitions), len(known.reservations), known.nodes_with) == (3, 1, {"h100": {"gpu01"}})
    for command in ("nodes", "partition", "reservation"):
        (tmp_path / command).write_bytes(GARBAGE[garbage])
        shared._kept._answered = float("-inf")
        assert await shared.now() == known


@pytest.mark.parametrize("garbage", GARBAGE)
async def test_the_place_in_line_is_told_again_once_slurm_says_whether_it_hides_jobs(
    garbage: str, tmp_path: Path
) -> None:
    queue = Line(slurm_that_prints(tmp_path, GARBAGE[garbage]))

    async def told() -> int | None:
        queue._asked = float("-inf")
        queue.ahead(12)
        await done(queue._asking)
        return queue.ahead(12)

    assert await told() is None
    (tmp_path / "config").write_text(CONFIG)
    (tmp_path / "scontrol").write_text(f"#!/bin/sh\nexec cat {tmp_path}/config\n")
    rows = b"11|1001|800|gpu|Priority\n12|1002|700|gpu|Resources\n"
    (tmp_path / "said").write_bytes(b"JOBID|UID|PRIORITY|PARTITION|REASON\n" + rows)
    assert await told() == 1
    (tmp_path / "said").write_bytes(GARBAGE[garbage])
    assert await told() == 1, "for a minute, then nothing is said"
