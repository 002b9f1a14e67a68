"""What Slurm says when it takes no workers, as what was asked, what is allowed, and what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta

from aif.core.sentence import Sentence
from aif.scale.plan import Plan


@dataclass(frozen=True)
class Asked:
    """`count` workers as those of `plan`, each for `time`, of this partition, paid by this account with this QOS."""

    count: int
    plan: Plan
    time: timedelta
    partition: str
    account: str
    qos: str


def sentences(said: str, asked: Asked) -> tuple[Sentence, ...]:
    """Of Slurm's answer `said` (sbatch of 22.05 to 26.11)."""
    first = Sentence(
        "{count} × {size} for {time} were asked for, and Slurm did not take the workers: {said}.",
        count=asked.count,
        size=asked.plan.size.title,
        time=asked.time,
        said=said,
    )
    allowed, todo = next((_SAY[kind](asked) for kind, words in _KINDS if words.search(said)), _unknown())
    return (first, *allowed, Sentence("Those that run or wait already stay as they are."), todo)


_Said = tuple[tuple[Sentence, ...], Sentence]


def _account(asked: Asked) -> _Said:
    return (
        Sentence(
            "They are paid as your session is, by the account {account} with the QOS {qos}, "
            "and go where Slurm allows both.",
            account=asked.account,
            qos=asked.qos or "—",
        ),
    ), Sentence("Start a new session, or ask the contact on Home.")


def _policy(asked: Asked) -> _Said:
    return (
        Sentence(
            "The account {account} and the QOS {qos} have limits of number, size and length that do not allow them.",
            account=asked.account,
            qos=asked.qos or "—",
        ),
    ), Sentence("Ask for fewer, for a shorter time, or for another size.")


def _number(_asked: Asked) -> _Said:
    return (Sentence("One person, or one project, may have only so many jobs at once."),), Sentence(
        "Ask for fewer, or again once others of yours have ended."
    )


def _money(_asked: Asked) -> _Said:
    return (Sentence("The project's budget does not cover them beside what runs and waits already."),), Sentence(
        "Ask for fewer, or for a shorter time."
    )


def _time(asked: Asked) -> _Said:
    return (Sentence("The partition {partition} runs no job for that long.", partition=asked.partition),), Sentence(
        "Ask for a shorter time with hours=, or for another size."
    )


def _size(asked: Asked) -> _Said:
    size = asked.plan.size
    return (
        Sentence(
            "A worker is to have {cpus} processors, {memory} GB of memory and {gpus} GPUs on one node of the partition "
            "{partition}, which no node there has or a limit does not allow.",
            cpus=size.cpus,
            memory=round(size.memory_mb / 1024),
            gpus=size.gpus,
            partition=asked.partition,
        ),
    ), Sentence("Ask for another size, and leave out options of your own that ask for more.")


def _many(_asked: Asked) -> _Said:
    return (
        Sentence("One person, or one project, may have only so many processors, GPUs and nodes at once."),
    ), Sentence("Ask for fewer, or for another size.")


def _partition(asked: Asked) -> _Said:
    return (Sentence("The partition {partition} takes no such jobs now.", partition=asked.partition),), Sentence(
        "Ask again later, or for another size."
    )


def _own(_asked: Asked) -> _Said:
    return (Sentence("It comes from an option of your own, for a node, a reservation or a feature."),), Sentence(
        "Leave that option out, or correct it."
    )


def _busy(_asked: Asked) -> _Said:
    return (), Sentence("Ask again in a minute.")


def _unknown() -> _Said:
    return (), Sentence("Ask for fewer, for a shorter time, or for another size.")


_SAY = {
    "account": _account,
    "policy": _policy,
    "number": _number,
    "money": _money,
    "time": _time,
    "size": _size,
    "many": _many,
    "partition": _partition,
    "own": _own,
    "busy": _busy,
}
#: What is in Slurm's words, the more special first: its own names of limits, and `slurm_strerror`'s texts.
_KINDS = tuple(
    (kind, re.compile("|".join(words), re.IGNORECASE))
    for kind, *words in (
        ("busy", "temporarily unable", "resource temporarily unavailable"),
        ("account", "invalid account", "invalid qos", "user not found", "access/permission denied"),
        ("policy", "violates accounting/QOS policy"),
        ("money", "(QOS|Assoc)(Grp|Max)[A-Z]\\w*(Minutes|Mins|RunMin)"),
        ("time", "(QOS|Assoc)(Grp|Max)Wall", "time limit", "PartitionTimeLimit"),
        ("number", "(QOS|Assoc)(Grp|Max)(Submit)?Jobs?(Limit|Per)", "MaxSubmit", "GrpSubmit", "invalid job array"),
        ("size", "(QOS|Assoc)(Max|Min)\\w*PerJob", "(QOS|Assoc)Min", "node configuration is not available"),
        ("size", "generic resource", "memory (required|specification)", "cpu count", "more processors", "node count"),
        ("many", "(QOS|Assoc)(Grp|Max)"),
        ("own", "node name", "reservation", "feature", "licenses?", "dependency", "nodes requested"),
        ("partition", "partition", "group not permitted"),
    )
)
