"""Where a session may start workers of its own: which Slurm, who pays, in which sizes, and until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from aif.allocation import NoFigures, allocations
from aif.core.ledger.allocation import GPU_HOUR
from aif.core.ledger.job import rate_of
from aif.core.site import Cluster
from aif.session import NotInASession, told

ASKED = "gpu_cluster()"


@dataclass(frozen=True)
class Size:
    """What one worker is given. Memory in MB, that of its GPU in GB (0: not known).

    `gpu_weight` says how many whole GPUs its GPU counts for, `unit` in what the budget is kept that pays.
    """

    name: str
    title: str
    partition: str
    cpus: int
    memory_mb: int
    gpus: int
    gpu_type: str
    gpu_weight: Fraction
    hours_max: float
    gpu_memory_gb: int = 0  # a session that an older workbench started does not tell
    unit: str = GPU_HOUR

    @property
    def price(self) -> Fraction:
        """What one worker uses in an hour, in `unit`."""
        return rate_of(self.unit, cpus=self.cpus, gpus=self.gpus, gpu_type=self.gpu_type, gpu_weight=self.gpu_weight)

    @property
    def gpu_price(self) -> Fraction:
        """The same in GPU-hours of whole GPUs, whatever pays."""
        return self.gpus * self.gpu_weight


@dataclass(frozen=True)
class Place:
    """All that the hub told the session about starting workers beside it."""

    cluster: Cluster
    account: str
    qos: str
    size: str  # of the session itself
    gpu_type: str  # of the session itself; empty where it has no GPU
    address: str  # of the session's node, which workers connect to
    ends_at: datetime | None
    sizes: tuple[Size, ...]
    language: str = ""
    gpus_emulated: bool = False  # pretended ones, which nothing can compute on
    session: str = ""  # the session's id; empty for one that an older workbench started
    prefix: str = ""  # of the addresses of the session's server; one that an older workbench started does not tell it
    job: int | None = None  # the session's own
    unit: str = GPU_HOUR  # in which what pays is kept, and all that is said of cost; likewise

    def time_left(self, now: datetime | None = None) -> timedelta | None:
        """Until Slurm ends the session; None where that is not known."""
        return None if self.ends_at is None else max(self.ends_at - (now or datetime.now(UTC)), timedelta())


def place() -> Place:
    """The place of this session. Raises NotInASession elsewhere."""
    return told(parse, ASKED)


@dataclass(frozen=True)
class Funds:
    """What is free to plan: None where no limit in the place's unit is known. `read` once figures have come."""

    free: float | None = None
    read: bool = False


def funds(unit: str = GPU_HOUR) -> Funds:
    """Those of the allocation that pays for this session, as the session last heard of them."""
    try:
        held = allocations()
    except (NoFigures, NotInASession):
        return Funds()
    return Funds(held[0].free_to_plan if held and held[0].unit == unit else None, True)


def parse(facts: dict[str, Any]) -> Place:
    """The place that the session's public facts describe.

    Raises NotInASession for those of an older workbench, and KeyError, ValueError or TypeError for what is no facts.
    """
    if "scale" not in facts:
        raise NotInASession("it was started by an older workbench, which did not tell it how", ASKED)
    scale, ends_at = facts["scale"], facts["ends_at"]
    unit = str(scale.get("unit", GPU_HOUR))
    return Place(
        cluster=Cluster(str(facts["cluster"]), str(scale["slurm_conf"]), str(scale["slurm_bin"])),
        account=str(facts["project"]),
        qos=str(scale["qos"]),
        size=str(facts["profile"]),
        gpu_type=str(facts["gpu_type"] or ""),
        address=str(facts["address"]),
        ends_at=None if ends_at is None else datetime.fromisoformat(ends_at),
        sizes=tuple(Size(**{**one, "gpu_weight": Fraction(one["gpu_weight"]), "unit": unit}) for one in scale["sizes"]),
        language=str(facts.get("language", "")),
        gpus_emulated=bool(facts.get("gpus_emulated")),
        session=str(facts.get("session") or ""),
        prefix=str(facts.get("prefix", "")),
        job=None if facts.get("job_id") is None else int(facts["job_id"]),
        unit=unit,
    )
