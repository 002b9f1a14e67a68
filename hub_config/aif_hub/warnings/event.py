"""One thing that one person is told: what kind, of which session or allocation, since when, and whether it is over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any


class Kind(Enum):
    """What people are told of."""

    SESSION_ENDS = "session-ends"
    BUDGET = "budget"
    GPU_IDLE = "gpu-idle"
    IDLE_STOP_COMING = "idle-stop-coming"
    IDLE_STOPPED = "idle-stopped"


@dataclass(frozen=True)
class Notice:
    """What there is to tell, because `line` was crossed. `data` is plain: texts, numbers, ISO times."""

    login: str
    line: str
    kind: Kind
    session: str = ""
    allocation: str = ""
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Event:
    """A notice that was given. `over_at` is when it stopped being true, `seen_at` when the person put it away."""

    id: int
    at: datetime
    notice: Notice
    seen_at: datetime | None = None
    over_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """What it tells of."""
        return self.notice.kind

    @property
    def shown(self) -> bool:
        """Whether it still has something to say."""
        return self.seen_at is None and self.over_at is None
