"""Judges what a cluster shows while things happen to it: right results, reasons where workers miss, nothing left."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

#: So long workers may miss without a reason that is shown, and a job may outlive its kernel, or its cluster's knowing.
UNEXPLAINED_SECONDS, OUTLIVED_SECONDS = 30.0, 60.0


@dataclass(frozen=True)
class Seen:
    """What the cluster showed at `at`, in seconds of the machine's clock that never goes back.

    `explained`: a reason is shown for the workers that miss. `jobs` are the ids of its rows.
    """

    at: float
    target: int
    observed: int
    explained: bool
    jobs: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether as many are at work as were asked for."""
        return self.observed >= self.target


@dataclass
class Auditor:
    """Fed from several threads. A cluster is named as its folder is."""

    wrong: list[str] = field(default_factory=list)
    unexplained: list[float] = field(default_factory=list)  # when each began
    zombies: dict[str, str] = field(default_factory=dict)  # job, and whose it was
    last: Seen | None = None
    last_right: float = float("-inf")  # when the last computation that came out right had begun
    _short_since: float | None = None
    _ended: dict[str, float] = field(default_factory=dict)
    _unknown: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def seen(self, seen: Seen) -> None:
        """The cluster that lives has shown this."""
        with self._lock:
            self.last = seen
            if seen.whole or seen.explained:
                self._short_since = None
            elif self._short_since is None:
                self._short_since = seen.at
            elif seen.at - self._short_since > UNEXPLAINED_SECONDS and self._short_since not in self.unexplained:
                self.unexplained.append(self._short_since)

    def paused(self) -> None:
        """Nobody could show anything for a while, because the kernel was frozen or is another: what misses, anew."""
        with self._lock:
            self.last = self._short_since = None
            self._unknown.clear()

    def result(self, began: float, problem: str) -> None:
        """A computation came to its end; `problem` is empty where it was right."""
        with self._lock:
            if problem:
                self.wrong.append(problem)
            else:
                self.last_right = max(self.last_right, began)

    def ended(self, cluster: str, at: float) -> None:
        """The kernel of that cluster is gone."""
        with self._lock:
            self._ended[cluster] = at

    def jobs(self, at: float, found: Iterable[tuple[str, str]]) -> None:
        """The worker jobs that Slurm has at this moment, each with its cluster.

        One that its living cluster does not know, or that nobody's cluster is, is left over as one of a dead kernel is.
        """
        with self._lock:
            known = self.last.jobs if self.last is not None else None
            unknown = set()
            for job, cluster in found:
                if cluster in self._ended:
                    if at - self._ended[cluster] > OUTLIVED_SECONDS:
                        self.zombies.setdefault(job, cluster)
                elif known is not None and job not in known:
                    unknown.add(job)
                    if at - self._unknown.setdefault(job, at) > OUTLIVED_SECONDS:
                        self.zombies.setdefault(job, f"{cluster}, which does not know it")
            for job in set(self._unknown) - unknown:
                del self._unknown[job]

    def figures(self) -> dict[str, int]:
        """What `aif bench cluster` prints of it."""
        with self._lock:
            return {
                "wrong_results": len(self.wrong),
                "zombies_over_60s": len(self.zombies),
                "unexplained_over_30s": len(self.unexplained),
            }
