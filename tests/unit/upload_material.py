"""What tests of a person's own files stand on: a home, a session, and answers that allow everything."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from told_material import as_told, balance, write_session

FINE: dict[str, Any] = {"persons": "no", "secret": "no", "licence": "ours", "origin": "ours", "source": "our sensors"}
BYTES = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, and a session whose project's data can be read until 26 April 2100."""
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "session").mkdir()
    known = as_told(balance(data_end=date(2100, 4, 26)))
    write_session(tmp_path / "session", known, data={"contact": "data@example.org", "site": "AI Factory"})
    monkeypatch.setenv("AIF_SESSION_DIR", str(tmp_path / "session"))
    return tmp_path
