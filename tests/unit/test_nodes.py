"""Where nodes are reached: asked of Slurm now and then, and of one that is away no more often, however many start."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from clock_material import Clock
from hub_material import site

from aif.core.errors import SlurmUnreachable
from aif_hub import nodes
from aif_hub.nodes import AGAIN_SECONDS, REFRESH_SECONDS, Nodes

CLUSTER = replace(site().clusters[0], addresses=None)


class Scripted(Clock):
    """Slurm and the clock as `Nodes` has them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False

    async def arun(self, _call: Any, _cluster: Any) -> dict[str, str]:
        self.asked += 1
        if self.away:
            raise SlurmUnreachable("scontrol", 1, "Unable to contact slurm controller")
        return {"gpu01": "127.0.1.1"}


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()
    monkeypatch.setattr(nodes, "arun", made.arun)
    monkeypatch.setattr(nodes, "time", SimpleNamespace(monotonic=made.monotonic))
    return made


async def test_a_class_that_starts_while_slurm_is_away_gets_what_was_known_and_asks_once(slurm: Scripted) -> None:
    asked = Nodes(CLUSTER)
    assert await asked.is_address_of("127.0.1.1", "gpu01")
    slurm.away = True
    slurm.now += REFRESH_SECONDS
    found = await asyncio.gather(*(asked.addresses() for _ in range(40)))
    assert found == [{"gpu01": "127.0.1.1"}] * 40
    assert slurm.asked == 2
    slurm.away = False
    slurm.now += AGAIN_SECONDS
    await asyncio.gather(*(asked.addresses() for _ in range(40)))
    assert slurm.asked == 3
    slurm.now += REFRESH_SECONDS - 1
    await asked.addresses()
    assert slurm.asked == 3


async def test_where_nothing_is_known_it_is_asked_each_time(slurm: Scripted) -> None:
    asked = Nodes(CLUSTER)
    slurm.away = True
    assert await asked.addresses() == {}
    slurm.away = False
    assert await asked.addresses() == {"gpu01": "127.0.1.1"}
