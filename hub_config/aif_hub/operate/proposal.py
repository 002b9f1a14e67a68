"""Sensible sizes and projects for what a survey found: the small part, one GPU, a whole node, and no GPU."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction

from aif.core.ledger.allocation import GPU_HOUR
from aif.core.site import Profile, ProjectName
from aif.core.text import Text
from aif_hub.operate.budgets import allocations
from aif_hub.operate.survey import Account, Partition, Survey

_SLICE = re.compile(r"(?P<card>.*?)[_-]?(?P<parts>[1-7])g[._-](?P<memory>\d+)gb", re.IGNORECASE)
_IN_WORDS = {
    1: ("One seventh", "Een zevende"),
    2: ("Two sevenths", "Twee zevende"),
    3: ("Three sevenths", "Drie zevende"),
    4: ("Four sevenths", "Vier zevende"),
}
#: GPU memory in GB where the name of a card leaves no doubt.
_MEMORY = {"h100": 80, "h200": 141, "b200": 180, "l40s": 48, "l40": 48, "a40": 48, "l4": 24, "t4": 16, "mi300x": 192}
_KINDS = ("startup", "sme", "research", "public", "education", "host")
_LONGEST_HOURS = 12


@dataclass(frozen=True)
class Proposed:
    """A profile, and why it is as it is: the comment above it in the site file."""

    profile: Profile
    why: str


def profiles(found: Survey, cluster: str) -> list[Proposed]:
    """Sizes from small to large, then the one without a GPU; empty where no partition can be used.

    GPUs without a type are left out: a size names the type that it asks for.
    """
    usable = [p for p in found.partitions if p.up and p.nodes and not p.root_only and not p.needs_reservation]
    kinds = sorted({kind for partition in usable for node in partition.nodes for kind in node.gpus if kind})
    parts = sorted(
        (kind for kind in kinds if _SLICE.fullmatch(kind)), key=lambda kind: int(_SLICE.fullmatch(kind)["parts"])
    )  # type: ignore[index]
    whole = [kind for kind in kinds if kind not in parts]
    made = [_part(kind, _home_of(kind, usable), cluster) for kind in parts]
    for kind in whole:
        made += _whole(kind, _home_of(kind, usable), cluster, several=len(whole) > 1)
    free = all(one.unit == GPU_HOUR for one in allocations(found))
    without = _without_gpu(usable, cluster, free)
    return [*made, *([without] if without else [])]


def projects(accounts: tuple[Account, ...]) -> list[ProjectName]:
    """Each account with the name that the accounting has for it."""
    return [
        ProjectName(
            account=account.name,
            title=Text(account.description[:1].upper() + account.description[1:] or account.name),
            kind=account.organization if account.organization in _KINDS else "",
        )
        for account in accounts
    ]


def gpu_weight(kind: str, partition: Partition) -> tuple[Fraction, str]:
    """How many whole GPUs one of that type counts for, and from where that is known."""
    billed = {name.removeprefix("gres/gpu:"): weight for name, weight in partition.weights.items() if "gpu:" in name}
    match = _SLICE.fullmatch(kind)
    card = match["card"].lower() if match else kind.lower()
    wholes = [weight for name, weight in billed.items() if name == card or (not card and not _SLICE.fullmatch(name))]
    if not match:
        return Fraction(1), ""
    if wholes and wholes[0] and billed.get(kind.lower()):
        return billed[kind.lower()] / wholes[0], "from TRESBillingWeights"
    return Fraction(int(match["parts"]), 7), "from the name of its type; TRESBillingWeights do not say"


def _home_of(kind: str, usable: list[Partition]) -> Partition:
    """The partition with the greatest share of nodes that have the type; of equals the one with more of them."""
    return max(
        usable,
        key=lambda p: (sum(kind in n.gpus for n in p.nodes) / len(p.nodes), sum(n.gpus.get(kind, 0) for n in p.nodes)),
    )


def _share(kind: str, partition: Partition, gpus: int) -> tuple[int, int]:
    """CPUs and GB that belong to `gpus` of a node's GPUs, a sixteenth of the memory left to the node itself."""
    node = min((node for node in partition.nodes if kind in node.gpus), key=lambda node: node.memory_mb)
    of = sum(node.gpus.values())
    cpus = min(node.cpus, partition.cpus_a_node or node.cpus)
    return max(1, cpus * gpus // of), max(1, node.memory_mb * 15 // 16 * gpus // of // 1024)


def _part(kind: str, partition: Partition, cluster: str) -> Proposed:
    match = _SLICE.fullmatch(kind)
    assert match is not None  # noqa: S101 - the caller chose such types
    parts, memory = int(match["parts"]), int(match["memory"])
    weight, source = gpu_weight(kind, partition)
    cpus, memory_gb = _share(kind, partition, 1)
    name = match["card"].upper() or "GPU"
    some = f"{'an' if name[0] in 'AEFHILMNORSX' else 'a'} {name}"
    of, van = _IN_WORDS.get(parts, (f"{parts} sevenths", f"{parts} zevende"))
    profile = _profile(
        partition,
        cluster,
        name="slice" if parts == 1 else f"slice{parts}",
        title=_text("Small GPU part", "Klein GPU-deel")
        if parts == 1
        else _text(f"GPU part, {parts} of 7", f"GPU-deel, {parts} van 7"),
        text=_text(
            f"{of} of {some}, {memory} GB of GPU memory. Enough for the tutorials and most first tries.",
            f"{van} van een {name}, met {memory} GB GPU-geheugen. Genoeg voor de lessen en de meeste eerste proeven.",
        ),
        cpus=cpus,
        memory_gb=memory_gb,
        gpus=1,
        gpu_type=kind,
        gpu_weight=weight,
        gpu_memory_gb=memory,
        most=8,
    )
    return Proposed(profile, f"{kind} in partition {partition.name}; gpu_weight {source}.")


def _whole(kind: str, partition: Partition, cluster: str, several: bool) -> list[Proposed]:
    name, card = (f"-{kind.lower()}" if several else ""), kind.upper()
    memory = _MEMORY.get(kind.lower().removeprefix("nvidia_").partition("-")[0], 0)
    with_memory = f" with {memory} GB of GPU memory" if memory else ""
    met_geheugen = f" met {memory} GB GPU-geheugen" if memory else ""
    most = partition.gpus_of(kind)
    cpus, memory_gb = _share(kind, partition, 1)
    common = {"gpu_type": kind, "gpu_weight": Fraction(1), "gpu_memory_gb": memory}
    note = "" if memory else " Its GPU memory is not in its name: fill in gpu_memory_gb."
    made = [
        Proposed(
            _profile(
                partition,
                cluster,
                name=f"gpu{name}",
                title=_text(f"One {card}", f"Eén {card}") if several else _text("One GPU", "Eén GPU"),
                text=_text(
                    f"A whole {card}{with_memory}. For data that a small part cannot hold, and for training.",
                    f"Een hele {card}{met_geheugen}. "
                    "Voor gegevens die niet in een klein deel passen, en om modellen te trainen.",
                ),
                cpus=cpus,
                memory_gb=memory_gb,
                gpus=1,
                most=_LONGEST_HOURS,
                **common,
            ),
            f"{kind} in partition {partition.name}, with its share of a node.{note}",
        )
    ]
    if most > 1:
        cpus, memory_gb = _share(kind, partition, most)
        made.append(
            Proposed(
                _profile(
                    partition,
                    cluster,
                    name=f"node{name}",
                    title=_text(f"A whole node: {most} × {card}", f"Een hele rekencomputer: {most} × {card}"),
                    text=_text(
                        f"All {most} GPUs of a node. For work that one GPU has shown to be too small for.",
                        f"Alle {most} GPU's van een rekencomputer. Voor werk waarvoor één GPU te klein is gebleken.",
                    ),
                    cpus=cpus,
                    memory_gb=memory_gb,
                    gpus=most,
                    most=_LONGEST_HOURS,
                    **common,
                ),
                f"Everything of a node of partition {partition.name}.",
            )
        )
    return made


def _without_gpu(usable: list[Partition], cluster: str, free: bool) -> Proposed | None:
    """In the partition with the most nodes without a GPU; where all have some, in the default one if there is one.

    Where budgets are in GPU-hours it is `free`, and says so.
    """

    def plain(partition: Partition) -> tuple[int, bool, bool]:
        return sum(not node.gpus for node in partition.nodes), partition.default, "cpu" in partition.name

    if not usable:
        return None
    partition = max(usable, key=plain)
    node = min(partition.nodes, key=lambda node: node.memory_mb)
    cpus = min(4, node.cpus, partition.cpus_a_node or node.cpus)
    profile = _profile(
        partition,
        cluster,
        name="cpu",
        title=_text("No GPU", "Geen GPU"),
        text=_text(
            "For reading, tidying and plotting." + " Costs no GPU-hours." * free,
            "Om te lezen, op te schonen en grafieken te maken." + " Kost geen GPU-uren." * free,
        ),
        cpus=max(1, cpus),
        memory_gb=max(1, min(2 * cpus, node.memory_mb * cpus // node.cpus // 1024)),
        most=_LONGEST_HOURS,
    )
    return Proposed(profile, f"A few processors in partition {partition.name}.")


def _profile(partition: Partition, cluster: str, *, most: float, **facts: object) -> Profile:
    hours = min(most, partition.max_time / timedelta(hours=1))
    whole = float(int(hours)) if hours >= 1 else round(hours, 2)
    return Profile(
        cluster=cluster,
        partition=partition.name,
        hours_default=min(2.0, whole),
        hours_max=whole,
        **facts,  # type: ignore[arg-type]
    )


def _text(english: str, dutch: str) -> Text:
    return Text(english, {"nl": dutch})
