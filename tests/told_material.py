"""Allocations as the REST API tells them, made by the hub's own code, and a session's folder that has them."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from aif.core.ledger import told
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance, PersonUse, UsageSnapshot
from aif.core.text import Text

TODAY = date(2027, 4, 1)
AS_OF = datetime(2027, 4, 1, 9, 2, 11).astimezone()  # the site is where the tests run
NAMES = {"marieke": "Marieke de Vries", "joost": "Joost Visser", "femke": "Femke Smit"}


def balance(**changes: Any) -> Balance:
    """Marieke's project on its first day; `changes` are fields of the snapshot, or of the allocation."""
    stated: dict[str, Any] = {
        "name": "inspect01", "account": "inspect01", "title": Text("Inspection pilot"), "mode": "Playground",
        "start": TODAY, "compute_end": TODAY + timedelta(days=60),
    }  # fmt: skip
    used: dict[str, Any] = {
        "allocation": "inspect01", "source": "slurm", "as_of": AS_OF, "limit": Fraction(500),
        "settled": Fraction(55, 60 * 7) + 4, "running": Fraction(1, 42), "committed": Fraction(2, 7),
        "rate": Fraction(1, 7),
        "people": (
            PersonUse("marieke", Fraction(55, 60 * 7), Fraction(1, 42), Fraction(2, 7)),
            PersonUse("joost", Fraction(4)),
        ),
        "days": tuple((TODAY - timedelta(days=ago), Fraction(ago % 3, 7)) for ago in reversed(range(30))),
    }  # fmt: skip
    for name, value in changes.items():
        (used if name in UsageSnapshot.__dataclass_fields__ else stated)[name] = value
    return Balance(Allocation(**stated), UsageSnapshot(**used), TODAY)


def as_told(balance: Balance, role: str = "member", login: str = "marieke") -> dict[str, Any]:
    """What the hub says of it to that person, as it arrives."""
    named = NAMES.get
    title = str(balance.allocation.title)
    said: dict[str, Any] = json.loads(
        json.dumps(told.allocation(balance, role, login, title, lambda one: named(one) or one))
    )
    return said


def write_session(folder: Path, *allocations: dict[str, Any], **facts: Any) -> None:
    """What a session's server keeps for its kernels."""
    (folder / "allocations.json").write_text(json.dumps({"allocations": allocations}))
    now = datetime.now(UTC)
    known = {
        "profile": "slice", "title": "Small GPU part", "project": "inspect01", "gpus": 1, "gpu_type": "h100_1g.10gb",
        "node": "mig01", "job_id": 4711, "language": "en", "started_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=2, seconds=30)).isoformat(),
    }  # fmt: skip
    (folder / "public.json").write_text(json.dumps({**known, **facts}))
