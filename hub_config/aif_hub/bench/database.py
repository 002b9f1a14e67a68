"""Reads a hub's SQLite database beside the hub that has it."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

from aif_hub.bench.rig import until
from aif_hub.demo.errors import DemoError

#: A hub that was killed while it wrote leaves that to the next hub to take back, and until then nobody can read.
PATIENCE_SECONDS = 60.0


def rows(database: Path, query: str, *values: object) -> list[tuple[Any, ...]]:
    """All rows of the answer; raises DemoError when the database cannot be read for longer than a start takes."""
    found: list[tuple[Any, ...]] = []
    trouble = ""

    def read() -> bool:
        nonlocal trouble
        try:
            with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as connection:
                found[:] = connection.execute(query, values).fetchall()
        except sqlite3.OperationalError as error:
            trouble = str(error)
            return False
        return True

    try:
        until(read, "an answer", PATIENCE_SECONDS, 0.2)
    except DemoError:
        raise DemoError(f"{database} cannot be read: {trouble}.") from None
    return found
