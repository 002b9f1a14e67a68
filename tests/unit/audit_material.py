"""What the tests of the audit log share: a time, and its lines where none is damaged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from aif_hub.audit.entry import Entry
from aif_hub.audit.reading import Damaged, Wanted, read

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def entries(folder: Path, **wanted: object) -> list[Entry]:
    found = list(read(folder, Wanted(**wanted)))  # type: ignore[arg-type]
    assert not [one for one in found if isinstance(one, Damaged)]
    return [one for one in found if isinstance(one, Entry)]
