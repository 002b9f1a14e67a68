"""Where the audit log lies and how long it is kept: the site file's ``[audit]``."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Audit:
    """The record of who did what: where it lies, and how long."""

    folder: str = ""  # none: `audit` in state_dir
    keep_days: int = 365  # 0: for ever
