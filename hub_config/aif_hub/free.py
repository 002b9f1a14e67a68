"""How many GPUs of each type are free now: one snapshot for everyone, taken only while somebody looks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from aif.core.site import Cluster
from aif.core.slurm import Call, arun
from aif.core.table import unreadable
from aif_hub.kept import Kept

#: (free, total) GPUs by cluster and type.
Free = Mapping[tuple[str, str], tuple[int, int]]

#: Read again after this; an answer that is older than the second is waited for.
KEEP_SECONDS, STALE_SECONDS = 15.0, 60.0
_USABLE = {"idle", "mixed", "allocated", "completing"}
_GRES = re.compile(r"gpu:(?P<type>[^:(,\s]+):(?P<count>\d+)")


class FreeGpus:
    """Free and total GPUs by type; `as_of` says how old that is and is None until Slurm has answered once."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._kept: Kept[dict[str, tuple[int, int]]] = Kept(self._read, {}, KEEP_SECONDS, STALE_SECONDS)
        self.as_of: datetime | None = None

    async def now(self, patience: float | None = None) -> dict[str, tuple[int, int]]:
        """(free, total) by GPU type. When Slurm is away, or takes longer than `patience`, the last that was known."""
        return await self._kept.now(patience)

    async def _read(self) -> dict[str, tuple[int, int]]:
        counts = await arun(gpus_in_use(), self._cluster)
        self.as_of = datetime.now(UTC)
        return counts


async def free_everywhere(
    clusters: Mapping[str, FreeGpus], patience: float | None = None
) -> tuple[Free, datetime | None]:
    """(free, total) by cluster and GPU type, and how old the oldest of the answers is."""
    free: dict[tuple[str, str], tuple[int, int]] = {}
    counted = []
    for cluster, gpus in clusters.items():
        free |= {(cluster, kind): counts for kind, counts in (await gpus.now(patience)).items()}
        counted += [gpus.as_of] if gpus.as_of else []
    return free, min(counted) if counted else None


def gpus_in_use() -> Call[dict[str, tuple[int, int]]]:
    """(free, total) by GPU type over all usable nodes."""
    argv = ("sinfo", "-N", "-O", "NodeList:64,StateLong:32,Gres:256,GresUsed:256")
    head = ("NODELIST", "STATE", "GRES", "GRES_USED")
    return Call(argv, lambda out: parse_gpus(below_head(out, *head)), timeout_seconds=10)


def parse_gpus(out: str) -> dict[str, tuple[int, int]]:
    """Free and total by type; a node in several partitions has several lines and counts once.

    >>> parse_gpus("gpu01  mixed  gpu:h100:4(S:0)  gpu:h100:1(IDX:0)")
    {'h100': (3, 4)}
    """
    nodes = {}
    for line in out.splitlines():
        parts = line.split()
        if len(parts) == 4:
            nodes[parts[0]] = (parts[1].rstrip("*~#!%$@^-+"), gpu_counts(parts[2]), gpu_counts(parts[3]))
    found: dict[str, tuple[int, int]] = {}
    for state, have, used in nodes.values():
        for kind, count in have.items():
            free, total = found.get(kind, (0, 0))
            left = count - used.get(kind, 0) if state in _USABLE else 0
            found[kind] = (free + max(0, left), total + count)
    return found


def below_head(out: str, *names: str) -> str:
    """The lines of nodes of sinfo's. Raises SlurmUnreachable where there is no head of these names above them."""
    lines = out.splitlines(keepends=True)
    heads = (at for at, line in enumerate(lines) if line.split() == list(names))
    if (at := next(heads, None)) is None:
        raise unreadable("sinfo")
    return "".join(lines[at + 1 :])


def gpu_counts(gres: str) -> dict[str, int]:
    """GPUs by type of what Slurm says of a node: ``"gpu:h100:4(S:0-1),gpu:a40:2"`` has four and two."""
    counts: dict[str, int] = {}
    for match in _GRES.finditer(gres):
        counts[match["type"]] = counts.get(match["type"], 0) + int(match["count"])
    return counts
