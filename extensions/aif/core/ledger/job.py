"""One job in Slurm's record, and how much of an allocation's unit it uses in an hour."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction

from aif.core.states import Phase, phase_of

#: Reasons and states in which a waiting job will not start by itself: nothing is promised to it.
HELD = frozenset({"JobHeldUser", "JobHeldAdmin", "DependencyNeverSatisfied", "JobHoldMaxRequeue"})
HELD_STATES = frozenset({"REQUEUE_HOLD", "SPECIAL_EXIT", "RESV_DEL_HOLD"})


@dataclass(frozen=True)
class JobRecord:
    """A job, or one run of a job that was requeued: `job_id` and `start` name it. Times are aware, lengths in seconds.

    `tres` is what it was given (while it waits: what it asks for), by Slurm's names: ``cpu``, ``node``, ``billing``,
    ``gres/gpu``, ``gres/gpu:h100``.
    """

    job_id: int
    login: str
    account: str
    qos: str
    state: str
    tres: Mapping[str, int]
    start: datetime | None = None
    end: datetime | None = None
    elapsed_seconds: int = 0
    left_seconds: int = 0  # to its limit while it runs; the whole limit while it waits
    reason: str = ""

    @property
    def phase(self) -> Phase:
        """Waiting, running, ended or unknown."""
        return phase_of(self.state)

    @property
    def held(self) -> bool:
        """Whether it waits for a person and not for Slurm."""
        return self.phase is Phase.WAITING and (self.reason in HELD or self.state in HELD_STATES)

    @property
    def ending(self) -> bool:
        """Whether it holds its place but uses no more: its processes are being ended."""
        return self.state == "COMPLETING"


def parse_tres(text: str) -> dict[str, int]:
    """Slurm's list of trackable resources, in lower case; sizes (``mem=4G``) and other than whole numbers are left out.

    >>> parse_tres("billing=7,cpu=8,gres/gpu:h100=1,gres/gpu=1,mem=32G,node=1")["gres/gpu:h100"]
    1
    """
    pairs = (part.rpartition("=") for part in text.split(","))
    return {name.lower(): int(value) for name, _, value in pairs if name and value.isascii() and value.isdigit()}


def rate(tres: Mapping[str, int], unit: str, weights: Mapping[str, Fraction]) -> Fraction:
    """How much of `unit` a job with `tres` uses in an hour.

    A typed GPU weighs what `weights` says, else 1. Slurm counts each typed GPU once more without its type, so of the
    untyped ones only those beyond the typed count.

    >>> rate({"gres/gpu": 3, "gres/gpu:h100_1g.10gb": 2}, "gpu-hour", {"h100_1g.10gb": Fraction(1, 7)})
    Fraction(9, 7)
    """
    if unit == "node-hour":
        return Fraction(tres.get("node", 0))
    if unit == "core-hour":
        return Fraction(tres.get("cpu", 0))
    if unit == "billing-hour":
        return Fraction(tres.get("billing", 0))
    prefix = "gres/gpu:"
    typed = {name.removeprefix(prefix): count for name, count in tres.items() if name.startswith(prefix)}
    untyped = max(0, tres.get("gres/gpu", 0) - sum(typed.values()))
    weighed = sum((count * weights.get(kind, Fraction(1)) for kind, count in typed.items()), Fraction())
    return weighed + untyped * weights.get("", Fraction(1))


def rate_of(unit: str, *, cpus: int, gpus: int, gpu_type: str, gpu_weight: Fraction) -> Fraction:
    """How much of `unit` a job on one node uses in an hour; not for billing hours, which Slurm alone works out.

    >>> rate_of("core-hour", cpus=4, gpus=1, gpu_type="h100", gpu_weight=Fraction(1))
    Fraction(4, 1)
    """
    tres = {"cpu": cpus, "node": 1, "gres/gpu": gpus, f"gres/gpu:{gpu_type}": gpus}
    return rate(tres, unit, {gpu_type: gpu_weight})


def runs_on(start: datetime, seconds: int) -> Iterator[tuple[datetime, int]]:
    """The days of `start`'s time zone on which `seconds` from `start` fall: each day's midnight and its seconds.

    Days have 23 and 25 hours where the clocks change.
    """
    zone, left = start.tzinfo, seconds
    while left > 0:
        midnight = start.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
        tomorrow = (midnight + timedelta(days=1, hours=12)).replace(hour=0)
        part = min(left, int(tomorrow.timestamp() - start.timestamp()))
        yield midnight, part
        left -= part
        start = tomorrow if tomorrow.tzinfo is zone else tomorrow.astimezone(zone)
