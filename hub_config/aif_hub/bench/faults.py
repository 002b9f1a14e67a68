"""What may happen to a cluster's workers, its kernel and its Slurm, in an order that a seed repeats."""

from __future__ import annotations

import random
from dataclasses import dataclass

#: Each kind, and how many seconds it lasts: between the two, and no time where it is done at once.
KINDS: dict[str, tuple[float, float]] = {
    "worker-killed": (0, 0),  # kill -9 of the process that computes
    "nanny-killed": (0, 0),  # kill -9 of the job's own process
    "job-cancelled": (0, 0),  # scancel
    "node-down": (5, 20),  # the node of a worker is set DOWN, and comes back
    "kernel-killed": (0, 0),  # kill -9; a new kernel makes a new cluster
    "kernel-frozen": (5, 25),  # SIGSTOP and SIGCONT
    "slurm-away": (2, 20),  # slurmctld is stopped and started
    "refused": (5, 30),  # a worker ends while the partition takes no jobs
    "too-many": (0, 0),  # somebody asks for more than the QOS lets them submit
    "job-suspended": (5, 20),  # scontrol suspend and resume
    "time-over": (0, 0),  # a worker's walltime ends
}
#: So many of a hundred faults are followed by the next at once; the others once everything is whole again.
AT_ONCE_PERCENT = 20


@dataclass(frozen=True)
class Fault:
    """One of them. `choice`, from 0 to 1, says which of the workers; `at_once`: the next waits for no recovery."""

    kind: str
    seconds: float
    choice: float
    at_once: bool


def faults(seed: int, number: int) -> list[Fault]:
    """So many, the same for the same seed; each kind comes once before one comes again."""
    dice, found = random.Random(seed), list[Fault]()  # noqa: S311 - to be repeated, not to be secret
    while len(found) < number:
        deck = list(KINDS)
        dice.shuffle(deck)
        for kind in deck:
            seconds = round(dice.uniform(*KINDS[kind]), 1)
            found.append(Fault(kind, seconds, dice.random(), dice.random() * 100 < AT_ONCE_PERCENT))
    return found[:number]
