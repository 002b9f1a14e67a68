"""A proxy that was started again alone is told all routes; one that knows them, or is away, is left alone."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

import pytest
from hub_material import until
from sqlalchemy.exc import OperationalError

from aif_hub import routes

HUB = "/"


class Proxy:
    """As JupyterHub has it: what it knows, and its hub's round, which tells it everything."""

    def __init__(self) -> None:
        self.known: dict[str, Any] = {}
        self.away = False
        self.asked = 0
        self.app = self

    async def get_all_routes(self) -> dict[str, Any]:
        self.asked += 1
        if self.away:
            raise ConnectionRefusedError
        return dict(self.known)

    async def update_last_activity(self) -> None:
        self.known = {HUB: {}, "/user/somebody/": {}}


@pytest.fixture
def proxy() -> Proxy:
    return Proxy()


@pytest.fixture
def settings(proxy: Proxy) -> dict[str, Any]:
    return {"proxy": proxy, "hub": SimpleNamespace(routespec=HUB)}


async def test_a_proxy_that_knows_nothing_is_told_everything_once(proxy: Proxy, settings: dict[str, Any]) -> None:
    assert await routes.tell_again(settings)
    assert set(proxy.known) == {HUB, "/user/somebody/"}
    assert not await routes.tell_again(settings)


async def test_what_ended_while_it_was_away_is_let_go_of_before_it_is_told_anything(
    proxy: Proxy, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[dict[str, Any]] = []

    async def finish() -> None:
        known.append(proxy.known)

    monkeypatch.setattr(routes, "finish", finish)
    await routes.tell_again(settings)
    assert known == [{}]


async def test_without_the_database_it_goes_on_looking(
    proxy: Proxy, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LOOK_SECONDS", 0.01)
    away = AsyncMock(side_effect=OperationalError("SELECT", {}, Exception("the server closed the connection")))
    monkeypatch.setattr(proxy, "update_last_activity", away)
    keeping = asyncio.ensure_future(routes.keep(settings))
    await until(lambda: away.await_count >= 2)
    keeping.cancel()


async def test_it_goes_on_looking_while_the_proxy_is_away(
    proxy: Proxy, settings: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "LOOK_SECONDS", 0.01)
    proxy.away = True
    keeping = asyncio.ensure_future(routes.keep(settings))
    await until(lambda: proxy.asked >= 2)
    proxy.away = False
    await until(lambda: HUB in proxy.known)
    keeping.cancel()
