"""Requests as the audit's tests make them up."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any


def came(peer: str, forwarded: str = "", **headers: str) -> Any:
    """A request as tornado has it."""
    said = {**({"X-Forwarded-For": forwarded} if forwarded else {}), **headers}
    return SimpleNamespace(
        connection=SimpleNamespace(context=SimpleNamespace(address=(peer, 5000))), headers=said, method="GET", body=b""
    )
