"""When Slurm is asked what became of a worker: when it is silent, and not because the kernel itself stood still."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from aif.scale.signs import SILENT_TURNS, Signs


def scheduler(**heard: float) -> Any:
    """One whose workers were last heard of at these times."""
    return SimpleNamespace(workers={name: SimpleNamespace(last_seen=at) for name, at in heard.items()})


def test_one_that_is_not_heard_of_is_missed_until_it_speaks_again() -> None:
    signs = Signs()
    turns = [signs.miss(scheduler(one=float(turn), other=0.0)) for turn in range(SILENT_TURNS + 2)]
    assert turns == [False] * SILENT_TURNS + [True, True]
    assert not signs.miss(scheduler(one=99.0, other=100.0))


def test_a_kernel_that_stood_still_misses_nobody() -> None:
    signs = Signs()
    assert not signs.miss(scheduler(one=0.0))
    assert not signs.miss(scheduler(one=0.0)), "an hour later, before anybody could speak"


def test_one_that_is_gone_is_not_missed() -> None:
    signs = Signs()
    assert not any(signs.miss(scheduler(other=0.0)) for _ in range(SILENT_TURNS))
    assert not any(signs.miss(scheduler()) for _ in range(SILENT_TURNS))
    assert not signs.miss(scheduler(other=0.0))
