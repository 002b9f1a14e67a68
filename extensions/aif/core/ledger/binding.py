"""Where a Slurm keeps an allocation's limit, whether it holds anybody to it, and what of the use it records."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from aif.core.ledger.allocation import Allocation, SlurmBinding
from aif.core.ledger.slurm import Limits
from aif.core.site import Profile
from aif.core.slurm import Call
from aif.core.table import below, configuration, entries, unreadable

#: What PrivateData hides of other people's use from a user who is no operator.
HIDES_USE = frozenset({"jobs", "usage"})
_NONE = ("", "0", "00:00:00", "(null)", "n/a", "none")
_GPU = "gres/gpu"
_LEVELS = ("None", "Operator", "Administrator")


@dataclass(frozen=True)
class SlurmFacts:
    """What of a Slurm's configuration bears on budgets.

    `recorded` are the TRES that its accounting keeps, `enforced` as in `SlurmBinding`, `fades` where used amounts decay
    and `resets` where they are forgotten at times; `lasting` are the QOS that are left out of the decay. `weights` are
    the partitions' TRESBillingWeights. `hidden`: the hub's user is shown nobody's use but its own.
    """

    recorded: frozenset[str]
    enforced: str = ""
    fades: bool = False
    resets: bool = False
    lasting: frozenset[str] = frozenset()
    weights: Mapping[str, Mapping[str, Fraction]] = field(default_factory=dict)
    private: frozenset[str] = frozenset()
    hidden: bool = False


def facts() -> Call[SlurmFacts]:
    """What the controller says of itself; `weights`, `lasting` and `hidden` are asked for apart."""
    return Call(("scontrol", "show", "config"), lambda out: parse_facts(configuration(out)))


def partition_weights() -> Call[Mapping[str, Mapping[str, Fraction]]]:
    """TRESBillingWeights by partition, names in lower case."""
    argv = ("scontrol", "-o", "-a", "show", "partition")
    return Call(argv, lambda out: parse_partition_weights(entries("PartitionName", out)))


def lasting_qos() -> Call[frozenset[str]]:
    """The QOS with NoDecay. An accounting query; worth one only where used amounts fade."""
    return Call(
        ("sacctmgr", "-P", "show", "qos", "format=Name,Flags"),
        lambda out: parse_lasting(below("Name|Flags", out, "sacctmgr")),
    )


def admin_level(login: str) -> Call[str]:
    """``None``, ``Operator`` or ``Administrator``; empty for a stranger to the accounting.

    An accounting query; worth one only where PrivateData is set.
    """
    argv = ("sacctmgr", "-P", "show", "user", f"name={login}", "format=AdminLevel")
    return Call(argv, lambda out: parse_level(below("Admin", out, "sacctmgr")))


def parse_facts(out: str) -> SlurmFacts:
    """The facts of ``scontrol show config``.

    >>> parse_facts("AccountingStorageEnforce = associations,limits,qos\\nPriorityType = priority/multifactor").enforced
    'limits'
    """
    config = {key.strip(): value.strip() for key, _, value in (line.partition("=") for line in out.splitlines())}
    return SlurmFacts(
        recorded=_words(config, "AccountingStorageTRES"),
        enforced=_enforced(config),
        fades=config.get("PriorityDecayHalfLife", "").lower() not in _NONE and _multifactor(config),
        resets=config.get("PriorityUsageResetPeriod", "").lower() not in _NONE and _multifactor(config),
        private=_words(config, "PrivateData"),
    )


def parse_partition_weights(out: str) -> Mapping[str, Mapping[str, Fraction]]:
    """Each partition's weights; a unit behind a number (``Mem=0.25G``) is left out.

    >>> parse_partition_weights("PartitionName=mig TRESBillingWeights=CPU=0.0,GRES/gpu:h100=7.0")["mig"]["cpu"]
    Fraction(0, 1)
    """
    found: dict[str, dict[str, Fraction]] = {}
    for line in out.splitlines():
        name = re.search(r"\bPartitionName=(\S+)", line)
        weights = re.search(r'\bTRESBillingWeights="?([^\s"]+)', line)
        if name:
            pairs = (part.rpartition("=") for part in (weights[1] if weights else "").split(","))
            numbers = ((tres.lower(), re.match(r"[0-9.]+", value)) for tres, _, value in pairs)
            found[name[1]] = {tres: Fraction(number[0]) for tres, number in numbers if tres and number}
    return found


def parse_level(out: str) -> str:
    """The one word of `admin_level`'s answer below its head."""
    if (level := out.strip()) and level not in _LEVELS:
        raise unreadable("sacctmgr")
    return level


def parse_lasting(out: str) -> frozenset[str]:
    """Of the rows of `lasting_qos`, the names of the QOS that have NoDecay among their flags."""
    rows = (line.split("|") for line in out.splitlines())
    return frozenset(row[0] for row in rows if len(row) == 2 and "NoDecay" in row[1].split(","))


def bind(
    allocation: Allocation,
    cluster: str,
    facts: SlurmFacts,
    limits: Limits,
    weights: Mapping[str, Fraction],
    profiles: Iterable[Profile] = (),
    charged: Iterable[str] = (),
) -> SlurmBinding:
    """How `allocation` is kept on `cluster`. `charged` are the QOS by which people charge its account, likeliest first.

    Where the site names no QOS, one with a limit in `charged` is the allocation's; without such a one every job of the
    account counts.
    """
    per_unit = allocation.billing_per_unit
    if per_unit is None and allocation.unit == "gpu-hour":
        per_unit = billing_of_a_gpu(facts.weights, profiles)
    by_qos = {name: limits.hours("qos", name, allocation.unit, per_unit) for name in (allocation.qos, *charged) if name}
    qos = allocation.qos or next((name for name, limit in by_qos.items() if limit is not None), "")
    places = {
        "qos": by_qos.get(qos),
        "account": limits.hours("account", allocation.account, allocation.unit, per_unit),
    }
    held = {place: limit for place, limit in places.items() if limit is not None}
    at = min(held, key=lambda place: held[place]) if held else ""
    return SlurmBinding(
        cluster=cluster,
        account=allocation.account,
        qos=qos,
        weights=weights,
        limit_at=at,
        limit=held[at] if at else None,
        enforced=facts.enforced if at else "",
        decays=bool(at) and (facts.resets or (facts.fades and not (at == "qos" and qos in facts.lasting))),
        recorded=not facts.hidden and records(facts.recorded, allocation.unit, weights),
    )


def records(recorded: frozenset[str], unit: str, weights: Mapping[str, Fraction]) -> bool:
    """Whether an accounting that keeps these TRES knows the use in `unit`; billing, nodes and cores it always does.

    A GPU type that counts for another part of a whole GPU than one must be recorded by its type.
    """
    if unit != "gpu-hour":
        return True
    return _GPU in recorded and all(
        f"{_GPU}:{kind}" in recorded for kind, weight in weights.items() if kind and weight != 1
    )


def billing_of_a_gpu(
    weights: Mapping[str, Mapping[str, Fraction]], profiles: Iterable[Profile] = ()
) -> Fraction | None:
    """How much of `billing` one whole GPU is; None where the sizes or partitions do not agree, or bill no GPU.

    Slurm bills a typed GPU as a generic one too, where both have a weight. Without profiles the dearest type is whole.
    """
    prices = set()
    for profile in profiles:
        billed = weights.get(profile.partition, {})
        if profile.gpus and profile.gpu_weight:
            prices.add(
                (billed.get(_GPU, Fraction()) + billed.get(f"{_GPU}:{profile.gpu_type.lower()}", Fraction()))
                / profile.gpu_weight
            )
    if not prices:
        dearest = max((max(_by_type(billed).values(), default=Fraction()) for billed in weights.values()), default=None)
        prices = {dearest} if dearest else set()
    return prices.pop() or None if len(prices) == 1 else None


def weights_as_billed(weights: Mapping[str, Mapping[str, Fraction]]) -> dict[str, Fraction]:
    """How many whole GPUs one of each type counts for, by what Slurm bills for it; the dearest type is one whole GPU.

    What is known of them without a site file.
    """
    billed = {kind: price for by_type in map(_by_type, weights.values()) for kind, price in by_type.items() if kind}
    whole = max(billed.values(), default=Fraction())
    return {kind: price / whole for kind, price in billed.items()} if whole else {}


def _by_type(billed: Mapping[str, Fraction]) -> dict[str, Fraction]:
    generic = billed.get(_GPU, Fraction())
    typed = {name.removeprefix(f"{_GPU}:"): price for name, price in billed.items() if name.startswith(f"{_GPU}:")}
    return {"": generic, **{kind: price + generic for kind, price in typed.items()}}


def _enforced(config: Mapping[str, str]) -> str:
    """Limits on minutes are kept only where the multifactor priority plugin counts them."""
    on = _words(config, "AccountingStorageEnforce")
    if not _multifactor(config) or not on & {"all", "limits", "safe"}:
        return ""
    return "safe" if on & {"all", "safe"} else "limits"


def _multifactor(config: Mapping[str, str]) -> bool:
    return config.get("PriorityType", "") == "priority/multifactor"


def _words(config: Mapping[str, str], key: str) -> frozenset[str]:
    return frozenset(re.split(r"[,\s]+", config.get(key, "").lower())) - set(_NONE)
