"""What a cluster computes: how far the tasks of each kind have come, as its scheduler knows them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

#: So many kinds are shown, those that have something to do first.
MOST_KINDS = 5
_DONE = ("memory", "released", "forgotten")


@dataclass(frozen=True)
class Work:
    """Tasks of one kind: Dask's name for it, and how many of `total` are `done` and have `failed`."""

    name: str
    done: int
    failed: int
    total: int


def work_of(scheduler: Any) -> tuple[Work, ...]:
    """Each kind of which somebody still wants something, what is under way first; empty without a scheduler.

    What was done and is no longer wanted counts as done for as long as the rest of its kind is there: else the bar of
    a long computation would go back.
    """
    found = []
    for prefix in list(scheduler.task_prefixes.values()) if scheduler is not None else []:
        states = [group.states for group in list(prefix.groups)]
        wanted = [one for one in states if sum(one.values()) > one["forgotten"]]
        if wanted:
            done = sum(one[state] for one in wanted for state in _DONE)
            failed = sum(one["erred"] for one in wanted)
            found.append(Work(str(prefix.name), done, failed, sum(sum(one.values()) for one in wanted)))
    return tuple(sorted(found, key=lambda one: one.done + one.failed == one.total)[:MOST_KINDS])
