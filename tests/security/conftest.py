"""What the tests of the launcher share: a desk to try it at, of which no job is left, and the id of a new session."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from launcher_desk import Desk


@pytest.fixture
def desk(instance: dict[str, Any]) -> Iterator[Desk]:
    desk = Desk(instance)
    yield desk
    if desk.jobs:
        desk.slurm("scancel", *map(str, set(desk.jobs)))


@pytest.fixture
def session() -> str:
    return uuid.uuid4().hex
