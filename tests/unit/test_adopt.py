"""What the service that takes up sessions is told by the hub, and makes of its answers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hub_material import waiting_session
from tornado.httpclient import HTTPClientError

from aif_hub import adopt
from aif_hub.unclaimed import may_be_let_go

NOW = datetime(2026, 11, 29, 23, 0, tzinfo=UTC)


async def test_each_unclaimed_session_is_started_and_one_that_is_refused_keeps_no_other_waiting(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    async def api(path: str, method: str = "GET") -> Any:
        if method == "GET":
            unclaimed = [("ann", ""), ("bob", "found-1"), ("eve", "")]
            entries = [{"login": login, "server_name": name} for login, name in unclaimed]
            return {"unclaimed": entries, "unsettled": True}
        asked.append(path)
        if "/ann/" in path:
            raise HTTPClientError(400, "An earlier session is there.")
        return None

    monkeypatch.setattr(adopt, "_api", api)
    assert await adopt.adopt() == (3, 1, True)
    assert sorted(asked) == ["users/ann/server", "users/bob/servers/found-1", "users/eve/server"]


@pytest.mark.parametrize(
    ("pending", "stop_asked", "being_stopped", "soon"),
    [
        ("check", False, False, True),
        ("stop", False, False, True),  # a session that goes on: the hub lets go of its server after its start
        ("stop", True, True, False),
        ("stop", True, False, True),
        ("spawn", False, False, False),  # it may wait in the queue for hours
        (None, False, False, False),
        (None, True, False, True),
    ],
)
def test_what_may_soon_be_without_a_server_is_asked_about_again(
    pending: str | None, stop_asked: bool, being_stopped: bool, soon: bool
) -> None:
    session = replace(waiting_session(NOW, 7), stop_asked=stop_asked)
    assert may_be_let_go(pending, session, being_stopped) is soon
