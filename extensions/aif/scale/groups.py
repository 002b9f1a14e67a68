"""Named groups of workers in one cluster: of another size than the rest, and scaled apart from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from aif.core.sentence import Sentence
from aif.scale.plan import NotPlanned, Plan

#: The group of the workers that `gpu_cluster()` itself asks for.
MAIN = ""
_NAME = re.compile(r"[a-z][a-z0-9]{0,15}")


@dataclass(frozen=True)
class Group:
    """`plan` is of its first workers; `options` are each one's, for dask-jobqueue."""

    name: str
    plan: Plan
    options: dict[str, Any]


class Groups:
    """The groups of the cluster `cluster`, by name, and which worker is in which.

    >>> groups = Groups("aif-x7")
    >>> groups.new_name("cpu", ["aif-x7-0", "aif-x7-cpu-0"])
    'aif-x7-cpu-1'
    >>> groups.members("cpu", ["aif-x7-0", "aif-x7-cpu-0"]), groups.of("aif-x7-0")
    (['aif-x7-cpu-0'], '')
    """

    def __init__(self, cluster: str) -> None:
        self._cluster = cluster
        self._by_name: dict[str, Group] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._by_name

    def __bool__(self) -> bool:
        return bool(self._by_name)

    def get(self, name: str) -> Group:
        """The group of that name. Raises NotPlanned."""
        if name not in self._by_name:
            raise NotPlanned(
                Sentence("group={name} was asked for.", name=repr(name)),
                Sentence("This cluster's groups are {names}.", names=", ".join(map(repr, self._by_name)))
                if self._by_name
                else Sentence("This cluster has no groups."),
                Sentence("Add it: {call}.", call=f"cluster.add_group({name!r}, workers=4, size='cpu')"),
            )
        return self._by_name[name]

    def add(self, group: Group) -> None:
        """A new one. Raises NotPlanned for a name that cannot be or is taken."""
        if not _NAME.fullmatch(group.name):
            raise NotPlanned(
                Sentence("A group called {name} was asked for.", name=repr(group.name)),
                Sentence("Its name is a lower-case letter, and up to 15 more letters and digits."),
                Sentence("Choose another name, such as 'cpu'."),
            )
        if group.name in self._by_name:
            raise NotPlanned(
                Sentence("A group called {name} was asked for.", name=repr(group.name)),
                Sentence("This cluster has one already."),
                Sentence("Change how many it has: {call}.", call=f"cluster.scale(4, group={group.name!r})"),
            )
        self._by_name[group.name] = group

    def drop(self, name: str) -> None:
        """As if it had never been added."""
        self._by_name.pop(name, None)

    def of(self, worker: str) -> str:
        """The group of the worker of that name."""
        parts = worker.removeprefix(f"{self._cluster}-").split("-")
        return parts[0] if len(parts) == 2 else MAIN

    def members(self, group: str, workers: Iterable[str]) -> list[str]:
        """Those of `workers` that are in the group."""
        return [name for name in workers if self.of(name) == group]

    def new_name(self, group: str, taken: Collection[str]) -> str:
        """Of its next worker."""
        number = 0
        while (name := f"{self._cluster}-{group}-{number}") in taken:
            number += 1
        return name


def to_go(members: Iterable[str], at_work: Collection[str], count: int) -> list[str]:
    """Which of a group's workers go, so that `count` remain: those that wait first, and the newest before the others.

    >>> to_go(["x-cpu-0", "x-cpu-1", "x-cpu-10"], {"x-cpu-0", "x-cpu-10"}, 1)
    ['x-cpu-1', 'x-cpu-10']
    """
    order = sorted(members, key=lambda name: (name in at_work, -int(name.rpartition("-")[2])))
    return order[: max(0, len(order) - count)]
