"""What the service that takes up sessions makes of the hub's answers."""

from __future__ import annotations

from typing import Any

import pytest
from tornado.httpclient import HTTPClientError

from aif_hub import adopt


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
