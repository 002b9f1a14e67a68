"""What the tests of the audit log share: a time, its lines where none is damaged, and requests as they make them up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aif_hub.audit.entry import Entry
from aif_hub.audit.reading import Damaged, Wanted, read

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def entries(folder: Path, **wanted: object) -> list[Entry]:
    found = list(read(folder, Wanted(**wanted)))  # type: ignore[arg-type]
    assert not [one for one in found if isinstance(one, Damaged)]
    return [one for one in found if isinstance(one, Entry)]


def came(peer: str, forwarded: str = "", **headers: str) -> Any:
    """A request as tornado has it."""
    said = {**({"X-Forwarded-For": forwarded} if forwarded else {}), **headers}
    return SimpleNamespace(
        connection=SimpleNamespace(context=SimpleNamespace(address=(peer, 5000))), headers=said, method="GET", body=b""
    )
