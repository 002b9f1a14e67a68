"""The cluster's calendar: how long each part of it may be used at a stretch, and until when.

Slurm lets a session that is longer than its partition allows, or that would run into maintenance, wait in silence, for
days or for ever. So it is said before: the start page goes as far as the calendar, and a request beyond is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aif.core.errors import RequestError
from aif.core.planned import Partition, Reservation
from aif.core.request import SHORTEST_MINUTES, JobRequest
from aif.core.slurm import Call
from aif_hub import words
from aif_hub.free import below_head, gpu_counts
from aif_hub.speech import _

#: A session and a reservation do not touch each other: starting takes a moment.
MARGIN = timedelta(minutes=1)


@dataclass(frozen=True)
class Cap:
    """The most a session may take now, and in words why it is less than usual; 0 minutes: nothing can start."""

    minutes: int
    why: str = ""


@dataclass(frozen=True)
class Calendar:
    """Partitions and reservations of one cluster, as Slurm has them; nodes by GPU type where maintenance is planned.

    `gone` are reservations of sizes that Slurm does not have: not yet, or no longer.
    """

    partitions: tuple[Partition, ...] = ()
    reservations: tuple[Reservation, ...] = ()
    nodes_with: Mapping[str, frozenset[str]] = field(default_factory=dict)
    gone: frozenset[str] = frozenset()

    def cap(self, partition: str, reservation: str, usual: int, now: datetime, gpu_type: str = "") -> Cap:
        """The most minutes for a session in `partition` that starts now; `usual` is what the size allows."""
        part = next((one for one in self.partitions if one.name == partition), None)
        caps = [Cap(usual)]
        if part is not None:
            if not part.up:
                caps.append(Cap(0, _("The operators have closed this part of the cluster for now.")))
            if part.most_minutes is not None and part.most_minutes < usual:
                caps.append(Cap(part.most_minutes, _("Slurm runs nothing longer in this part of the cluster.")))
            away = self._all_away(self._fit(part, gpu_type), now)
            caps += [_before(away, now)] if away else []
        if self._over(reservation, now):
            caps.append(Cap(0, _("It starts only in time reserved for it, and there is none just now.")))
        else:
            caps += [_within(one, now) for one in self.reservations if reservation and one.name == reservation]
        least = min(caps, key=lambda cap: cap.minutes)
        return least if least.minutes < usual else Cap(usual)

    def check(self, request: JobRequest, now: datetime) -> None:
        """Raises RequestError when the calendar has no room for `request`."""
        cap = self.cap(request.partition, request.reservation, request.minutes, now, request.gpu_type)
        if cap.minutes >= request.minutes:
            return
        if self._over(request.reservation, now):
            asked, todo = _("This size cannot be started just now."), _("Choose another size, or ask the operator.")
            raise RequestError(asked, cap.why, todo, code="reservation")
        asked = _("A session of {length} is too long just now.").format(length=words.length(request.time_limit))
        if cap.minutes < SHORTEST_MINUTES:
            raise RequestError(asked, cap.why, _("Choose another size, or start later."), code="calendar")
        most = words.length(timedelta(minutes=cap.minutes))
        raise RequestError(
            asked, cap.why, _("Choose at most {length}, or another size.").format(length=most), code="calendar"
        )

    def _over(self, reservation: str, now: datetime) -> bool:
        """Whether what a size is to start in is not there, where that is known. Slurm would let it wait for good."""
        ended = any(one.name == reservation and one.ends <= now for one in self.reservations)
        return bool(reservation) and (reservation in self.gone or ended)

    def _fit(self, part: Partition, gpu_type: str) -> frozenset[str]:
        """The nodes of a partition that have that type; all of them where that is not known."""
        return (part.nodes & self.nodes_with.get(gpu_type, frozenset())) or part.nodes

    def _all_away(self, nodes: frozenset[str], now: datetime) -> Reservation | None:
        """The first time from now on in which all these nodes are in maintenance, by one reservation or several."""
        planned = [one for one in self.reservations if one.maintenance and one.nodes & nodes and one.ends > now]

        def away(at: datetime) -> bool:
            return nodes <= frozenset().union(*(one.nodes for one in planned if one.starts <= at < one.ends))

        begins = next((at for at in sorted(max(one.starts, now) for one in planned) if away(at)), None)
        if begins is None:
            return None
        ends = next(at for at in sorted(one.ends for one in planned) if at > begins and not away(at))
        return Reservation("", begins, ends, nodes, maintenance=True)


def nodes_by_gpu() -> Call[dict[str, frozenset[str]]]:
    """Nodes by the GPU types that they have."""
    return Call(("sinfo", "-N", "-O", "NodeList:64,Gres:256"), parse_nodes_by_gpu, timeout_seconds=10)


def parse_nodes_by_gpu(out: str) -> dict[str, frozenset[str]]:
    """Nodes by GPU type from lines of node and GRES; a node in several partitions has several lines.

    >>> parse_nodes_by_gpu("NODELIST  GRES\\ngpu01  gpu:h100:4(S:0)\\nmig01  (null)")
    {'h100': frozenset({'gpu01'})}

    Raises SlurmUnreachable for what has no head.
    """
    found: dict[str, set[str]] = {}
    for line in below_head(out, "NODELIST", "GRES").splitlines():
        node, _space, gres = line.strip().partition(" ")
        for kind in gpu_counts(gres):
            found.setdefault(kind, set()).add(node)
    return {kind: frozenset(nodes) for kind, nodes in found.items()}


def _before(maintenance: Reservation, now: datetime) -> Cap:
    """What is left before it; while it is on, nothing."""
    if maintenance.ends <= now:
        return Cap(10**9)
    if maintenance.starts <= now:
        return Cap(0, _("Maintenance goes on until {clock}.").format(clock=words.clock(maintenance.ends, now)))
    left = _whole(maintenance.starts - now)
    begins = words.at(maintenance.starts, now)
    if left < SHORTEST_MINUTES:
        return Cap(0, _("Maintenance begins {at}.").format(at=begins))
    most = words.length(timedelta(minutes=left))
    return Cap(left, _("Maintenance begins {at}, so at most {length}.").format(at=begins, length=most))


def _within(reserved: Reservation, now: datetime) -> Cap:
    """What fits into the time that is reserved for this size."""
    ends = words.at(reserved.ends, now)
    left = _whole(reserved.ends - max(now, reserved.starts))
    if left < SHORTEST_MINUTES:
        return Cap(0, _("The time reserved for this size ends {at}.").format(at=ends))
    most = words.length(timedelta(minutes=left))
    return Cap(left, _("The time reserved for this size ends {at}, so at most {length}.").format(at=ends, length=most))


def _whole(left: timedelta) -> int:
    """Minutes to choose from what is left, in steps of five: a page that is looked at for a while stays true."""
    return max(0, int((left - MARGIN).total_seconds()) // 300 * 5)
