"""What Slurm has planned: how long a partition runs anything at a stretch, and which nodes are set apart, and when."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

from aif.core.slurm import Call
from aif.core.table import entries

#: Slurm says so where there are none.
_NO_RESERVATIONS = "No reservations in the system"


@dataclass(frozen=True)
class Partition:
    """A part of the cluster; `most_minutes` is None without a limit."""

    name: str
    most_minutes: int | None
    nodes: frozenset[str]
    up: bool = True


@dataclass(frozen=True)
class Reservation:
    """Nodes that are set apart for a while."""

    name: str
    starts: datetime
    ends: datetime
    nodes: frozenset[str]
    maintenance: bool


def partitions() -> Call[tuple[Partition, ...]]:
    """All partitions."""
    argv = ("scontrol", "show", "partition", "-o")
    return Call(argv, lambda out: parse_partitions(entries("PartitionName", out)), timeout_seconds=10)


def reservations_planned() -> Call[tuple[Reservation, ...]]:
    """All reservations, those to come too."""
    argv = ("scontrol", "show", "reservation", "-o")
    return Call(
        argv,
        lambda out: parse_reservations(out if out.strip() == _NO_RESERVATIONS else entries("ReservationName", out)),
        timeout_seconds=10,
    )


def parse_partitions(out: str) -> tuple[Partition, ...]:
    """Partitions from `scontrol show partition -o`.

    >>> parse_partitions("PartitionName=mig MaxTime=1-00:00:00 Nodes=mig01 State=UP")[0].most_minutes
    1440
    """
    return tuple(
        Partition(
            name=fields["PartitionName"],
            most_minutes=_minutes(fields.get("MaxTime", "")),
            nodes=node_names(fields.get("Nodes", "")),
            up=fields.get("State", "UP") == "UP",
        )
        for fields in _lines(out)
        if "PartitionName" in fields
    )


def parse_reservations(out: str) -> tuple[Reservation, ...]:
    """Reservations from `scontrol show reservation -o`, with times as seconds since 1970."""
    return tuple(
        Reservation(
            name=fields["ReservationName"],
            starts=datetime.fromtimestamp(int(fields["StartTime"]), UTC),
            ends=datetime.fromtimestamp(int(fields["EndTime"]), UTC),
            nodes=node_names(fields.get("Nodes", "")),
            maintenance="MAINT" in fields.get("Flags", "").split(","),
        )
        for fields in _lines(out)
        if "ReservationName" in fields and fields.get("StartTime", "").isdigit() and fields.get("EndTime", "").isdigit()
    )


def node_names(text: str) -> frozenset[str]:
    """The nodes of a list as Slurm writes it.

    >>> sorted(node_names("gpu[01-03,7],mig01"))
    ['gpu01', 'gpu02', 'gpu03', 'gpu7', 'mig01']
    """
    found: set[str] = set()
    for prefix, ranges, suffix in re.findall(r"([^,\[\]]+)(?:\[([^\]]*)\]([^,\[\]]*))?", text):
        for one in ranges.split(","):
            first, _dash, last = one.partition("-")
            if not last:
                found.add(f"{prefix}{first}{suffix}")
            elif first.isdigit() and last.isdigit():
                found |= {f"{prefix}{n:0{len(first)}d}{suffix}" for n in range(int(first), int(last) + 1)}
    return frozenset(found - {"(null)"})


def _lines(out: str) -> list[dict[str, str]]:
    pairs = [[word.partition("=") for word in line.split() if "=" in word] for line in out.splitlines()]
    return [{key: value for key, _equals, value in line} for line in pairs]


def _minutes(text: str) -> int | None:
    """Slurm's ``days-hours:minutes:seconds`` in whole minutes; None where there is no limit."""
    match = re.fullmatch(r"(?:(\d+)-)?(\d+):(\d+):(\d+)", text)
    if not match:
        return None
    days, hours, minutes, _seconds = (int(part or 0) for part in match.groups())
    return days * 1440 + hours * 60 + minutes
