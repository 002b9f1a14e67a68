"""Sessions' clusters as the looks at their workers show them: who is here or waits, what they used, what is to end."""

from __future__ import annotations

import pwd
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.ledger.allocation import GPU_HOUR
from aif.core.ledger.job import rate_of
from aif.core.states import Phase
from aif.core.workers import Worker
from aif_hub.book import Session
from aif_hub.prices import told_in

#: A cluster whose end is asked for is given so long to end by itself: its kernel looks at least twice a minute.
PATIENCE = timedelta(seconds=60)
ALIVE = frozenset({Phase.WAITING, Phase.RUNNING})


@dataclass(frozen=True)
class ClusterSeen:
    """A cluster of a session, by its own name: workers that run and wait, and what they used and use in an hour."""

    name: str
    here: int
    waiting: int
    used: Fraction
    rate: Fraction
    stopping: bool = False
    unit: str = GPU_HOUR


@dataclass
class _Kept:
    workers: list[Worker] = field(default_factory=list)
    used: dict[str, Fraction] = field(default_factory=dict)  # of each job that was ever seen, ended ones included


class Clusters:
    """Fed with each look. `weights` say how much of a whole GPU one of a type is, `unit` in what a session is counted.

    What workers used that had ended and were forgotten by Slurm before this hub began is not in it.
    """

    def __init__(self, weights: Mapping[str, Fraction], unit: Callable[[Session], str] = lambda _: GPU_HOUR) -> None:
        self._weights = weights
        self._unit = unit
        self._kept: dict[tuple[str, str], _Kept] = {}
        self._wishes: dict[tuple[str, str], datetime] = {}

    def take(self, seen: Iterable[Worker], sessions: Iterable[Session]) -> set[str]:
        """Counts what a look has shown of the open `sessions`; the logins of those for whom that is news."""
        open_now = {one.session: one for one in sessions}
        uids = {one.login: uid_of(one.login) for one in open_now.values()}
        before = {key: _shape(kept) for key, kept in self._kept.items()}
        self._wishes = {key: since for key, since in self._wishes.items() if key[0] in open_now}
        self._kept = {key: _Kept(used=kept.used) for key, kept in self._kept.items() if key[0] in open_now}
        for one in seen:
            session = open_now.get(one.session)
            if session is None or not one.cluster or uids[session.login] != one.uid:
                continue
            kept = self._kept.setdefault((one.session, one.cluster), _Kept())
            kept.workers.append(one)
            used = self._rate(one, self._unit(session)) * int(one.job.ran.total_seconds()) / 3600
            kept.used[one.job.job_id] = max(used, kept.used.get(one.job.job_id, Fraction()))
        now = {key: _shape(kept) for key, kept in self._kept.items()}
        changed = {key[0] for key in before.keys() | now.keys() if before.get(key) != now.get(key)}
        return {open_now[session].login for session in changed if session in open_now}

    def of(self, session: Session, since: timedelta) -> tuple[ClusterSeen, ...]:
        """Those of the session that have workers; `since` is how long ago that was seen."""
        found, unit = [], self._unit(session)
        for (named, name), kept in sorted(self._kept.items()):
            here = [one for one in kept.workers if one.job.phase is Phase.RUNNING]
            waiting = sum(one.job.phase is Phase.WAITING for one in kept.workers)
            if named != session.session or not (here or waiting):
                continue
            rate = sum((self._rate(one, unit) for one in here), Fraction())
            used = sum(kept.used.values(), Fraction()) + rate * int(max(since, timedelta()).total_seconds()) / 3600
            found.append(ClusterSeen(name, len(here), waiting, used, rate, (named, name) in self._wishes, unit))
        return tuple(found)

    def wish_end(self, session: Session, name: str, now: datetime) -> bool:
        """Has that cluster end: it hears of it with its next question. False where the session has no such one."""
        key = (session.session, name)
        if key not in self._kept:
            return False
        self._wishes.setdefault(key, now)
        return True

    def to_end(self, session: Session) -> list[str]:
        """The names of the session's clusters whose end was asked for."""
        return sorted(name for named, name in self._wishes if named == session.session)

    def deaf(self, now: datetime) -> dict[str, set[int]]:
        """By session, the arrays that are still there though their end was asked for some time ago."""
        found: dict[str, set[int]] = {}
        for key, since in self._wishes.items():
            if now - since < PATIENCE or key not in self._kept:
                continue
            if arrays := {one.array for one in self._kept[key].workers if one.job.phase in ALIVE}:
                found.setdefault(key[0], set()).update(arrays)
        return found

    def _rate(self, one: Worker, unit: str) -> Fraction:
        weight = self._weights.get(one.gpu_type, Fraction(1))
        return rate_of(told_in(unit), cpus=one.cpus, gpus=one.gpus, gpu_type=one.gpu_type, gpu_weight=weight)


def uid_of(login: str) -> int:
    """-1 for a login that is there no more."""
    try:
        return pwd.getpwnam(login).pw_uid
    except KeyError:
        return -1


def _shape(kept: _Kept) -> tuple[int, int]:
    """What of it is worth telling of at once; what it uses goes on by the minute."""
    phases = [one.job.phase for one in kept.workers]
    return phases.count(Phase.RUNNING), phases.count(Phase.WAITING)
