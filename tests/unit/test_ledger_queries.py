"""However many ask, Slurm's accounting is asked at most twice a minute, and for all of them at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from clock_material import Clock
from hub_material import database
from ledger_material import Slurm

from aif.core.request import Project
from aif.core.slurm import Call
from aif_hub import accounting as accounting_module
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger import ledger as ledger_module
from aif_hub.ledger.ledger import Ledger
from aif_hub.ledger.snapshots import Snapshots

PROJECTS = [Project("inspect01", "Inspection pilot"), Project("trn0007", "AI workshop")]
ACCOUNTING = ("sacct", "sacctmgr", "sreport")


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ledger_module, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


@pytest.fixture
def slurm(tmp_path: Path) -> Slurm:
    return Slurm(tmp_path)


async def test_forty_who_ask_at_once_cost_one_reading_and_so_do_they_each_minute(slurm: Slurm, clock: Clock) -> None:
    ledger = Ledger(slurm.site(), {"slurm": slurm.source()}, Snapshots(database(slurm.folder / "hub.sqlite")))
    await ledger.of(PROJECTS, patience=10)
    first = len(slurm.asked("squeue"))
    for minute in range(1, 6):
        clock.now += ledger_module.FRESH_SECONDS
        before = {command: len(slurm.asked(command)) for command in (*ACCOUNTING, "squeue")}
        found = await asyncio.gather(*(ledger.of(PROJECTS[at % 2 :], patience=10) for at in range(40)))
        await ledger.at_rest(10)
        await asyncio.gather(*(ledger.of(PROJECTS, patience=10) for _ in range(40)))  # within the same minute
        asked = {command: len(slurm.asked(command)) - count for command, count in before.items()}
        assert {len(balances) for balances in found} == {1, 2}
        assert asked["squeue"] == 1
        assert 1 <= sum(asked[command] for command in ACCOUNTING) <= 2, asked
        assert len(slurm.asked("squeue")) == first + minute


async def test_who_would_rather_wait_gets_the_reading_that_their_own_look_set_off(slurm: Slurm, clock: Clock) -> None:
    ledger = Ledger(slurm.site(), {"slurm": slurm.source()}, Snapshots(database(slurm.folder / "hub.sqlite")))
    first = [one.usage.as_of for one in await ledger.newest(PROJECTS, 10)]
    assert [one.usage.as_of for one in await ledger.newest(PROJECTS, 10)] == first, "none was due"
    clock.now += ledger_module.FRESH_SECONDS
    assert [one.usage.as_of for one in await ledger.of(PROJECTS, patience=10)] == first, "a page never waits for it"
    newest = [one.usage.as_of for one in await ledger.newest(PROJECTS, 10)]
    assert all(later > earlier for earlier, later in zip(first, newest, strict=True))


async def test_the_budget_lets_two_calls_a_minute_through_whoever_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock goes on only while somebody waits for it, by as much as they wait."""
    clock, started = Clock(), []

    async def wait_for(waiting: object, seconds: float | None) -> None:
        waiting.close()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        if seconds is not None:
            clock.now += max(0.0, seconds)
            raise TimeoutError

    async def arun(call: Call[int], _cluster: object) -> int:
        started.append(clock.now)
        return 0

    monkeypatch.setattr(accounting_module, "time", SimpleNamespace(monotonic=clock.monotonic))
    monkeypatch.setattr(accounting_module, "asyncio", SimpleNamespace(Event=asyncio.Event, wait_for=wait_for))
    monkeypatch.setattr(accounting_module, "arun", arun)
    budget, nobody = AccountingBudget(), SimpleNamespace()
    await asyncio.gather(*(budget.ask(Call(("sacct",), int), nobody) for _ in range(11)))  # type: ignore[arg-type]
    assert len(started) == 11
    assert all(later - earlier >= 60 for earlier, later in zip(started, started[2:], strict=False))
    assert started[-1] - started[0] == pytest.approx(300)
