"""Where nodes are reached: asked of Slurm now and then, and of one that is away no more often, however many start."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from clock_material import Clock
from hub_material import site, until

from aif.core.errors import SlurmUnreachable
from aif_hub import nodes
from aif_hub.nodes import AGAIN_SECONDS, REFRESH_SECONDS, Nodes

CLUSTER = replace(site().clusters[0], addresses=None)
UNKNOWN = "a name that DNS does not know"


class Scripted(Clock):
    """Slurm and the clock as `Nodes` has them."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0
        self.away = False
        self.names = {"gpu01": "127.0.1.1"}

    async def arun(self, _call: Any, _cluster: Any) -> dict[str, str]:
        self.asked += 1
        if self.away:
            raise SlurmUnreachable("scontrol", 1, "Unable to contact slurm controller")
        return self.names


@pytest.fixture
def slurm(monkeypatch: pytest.MonkeyPatch) -> Scripted:
    made = Scripted()
    monkeypatch.setattr(nodes, "arun", made.arun)
    monkeypatch.setattr(nodes, "time", SimpleNamespace(monotonic=made.monotonic))
    monkeypatch.setattr(nodes, "_resolve", lambda names: {node: at for node, at in names.items() if at != UNKNOWN})
    return made


async def test_a_class_that_starts_while_slurm_is_away_gets_what_was_known_and_asks_once(slurm: Scripted) -> None:
    asked = Nodes(CLUSTER)
    assert await asked.address_of("gpu01") == "127.0.1.1"
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


async def test_who_needs_an_address_waits_until_slurm_has_named_its_nodes(
    slurm: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = Nodes(CLUSTER)
    slurm.away = True
    monkeypatch.setattr(nodes, "UNKNOWN_SECONDS", 0.001)
    waits = [asyncio.ensure_future(asked.once_said()) for _ in range(40)]
    await until(lambda: slurm.asked > 1)
    assert not any(one.done() for one in waits)
    assert await asked.address_of("gpu01") is None
    slurm.away = False
    assert await asyncio.gather(*waits) == [{"gpu01": "127.0.1.1"}] * 40
    assert slurm.asked < 40, "one asks for all"


async def test_a_node_that_dns_does_not_know_just_now_stays_where_it_was_and_is_asked_for_again_soon(
    slurm: Scripted,
) -> None:
    asked = Nodes(CLUSTER)
    assert await asked.address_of("gpu01") == "127.0.1.1"
    slurm.names = {"gpu01": UNKNOWN, "gpu02": "127.0.1.2"}
    slurm.now += REFRESH_SECONDS
    assert await asked.addresses() == {"gpu01": "127.0.1.1", "gpu02": "127.0.1.2"}
    slurm.names = {"gpu01": "127.0.1.9"}
    slurm.now += AGAIN_SECONDS
    assert await asked.addresses() == {"gpu01": "127.0.1.9"}


async def test_names_that_dns_knows_none_of_keep_nobody_waiting(slurm: Scripted) -> None:
    slurm.names = {"gpu01": UNKNOWN}
    assert await Nodes(CLUSTER).once_said() == {}
