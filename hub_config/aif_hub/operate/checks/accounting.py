"""Accounting: that budgets are kept, that they do not come back by themselves, and that a GPU costs what pages say."""

from __future__ import annotations

from fractions import Fraction

from aif.core.site import Profile, Site
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong
from aif_hub.operate.survey import Partition, Survey

TITLE = "Accounting and budgets"


def look(sight: Sight) -> list[Finding]:
    """The cluster whose accounting this host has."""
    survey = sight.survey
    if survey is None:
        return []
    return [
        storage(survey),
        *enforcement(survey),
        *recorded(survey, sight.site),
        *billing(survey, sight.site),
        decay(survey),
    ]


def storage(survey: Survey) -> Finding:
    """Who may charge what is read from slurmdbd."""
    kind = survey.config.get("AccountingStorageType", "")
    if kind != "accounting_storage/slurmdbd":
        return wrong(
            f"AccountingStorageType={kind or '(none)'}: nobody's projects are known, so nobody can start.",
            "Run slurmdbd and set AccountingStorageType=accounting_storage/slurmdbd.",
        )
    return ok("slurmdbd keeps the accounting.")


def enforcement(survey: Survey) -> list[Finding]:
    """Budgets are Slurm's to keep."""
    on = survey.words("AccountingStorageEnforce")
    if "all" in on:
        on |= {"associations", "limits", "qos", "safe"}
    findings = []
    absent = [word for word in ("associations", "limits", "qos") if word not in on]
    if absent:
        findings.append(
            warning(
                f"AccountingStorageEnforce lacks {', '.join(absent)}: budgets are shown but nobody is held to them.",
                "Set AccountingStorageEnforce=associations,limits,qos,safe.",
            )
        )
    if "safe" not in on:
        findings.append(
            wrong(
                "AccountingStorageEnforce lacks safe: when a budget is used up, running sessions are killed.",
                "Set AccountingStorageEnforce=associations,limits,qos,safe: then only what fits the budget starts.",
            )
        )
    return findings or [ok("Budgets are enforced, and running sessions are safe when one is used up.")]


def recorded(survey: Survey, site: Site) -> list[Finding]:
    """Use of a GPU type is known afterwards only where it is recorded."""
    on = survey.words("AccountingStorageTRES")
    types = sorted({profile.gpu_type.lower() for profile in site.profiles if profile.gpus})
    absent = [f"gres/gpu:{kind}" for kind in types if f"gres/gpu:{kind}" not in on]
    if "gres/gpu" not in on and types:
        absent.insert(0, "gres/gpu")
    if absent:
        return [
            warning(
                f"AccountingStorageTRES lacks {', '.join(absent)}: what these GPUs were used for is not recorded.",
                f"Add {','.join(absent)} to AccountingStorageTRES; it counts from then on.",
            )
        ]
    return [ok("Use of every GPU type is recorded.")] if types else []


def billing(survey: Survey, site: Site) -> list[Finding]:
    """What one GPU of a size is billed, divided by its gpu_weight, must be the same for all sizes."""
    whole: dict[str, Fraction] = {}
    findings = []
    for profile in site.profiles:
        partition = survey.partition(profile.partition)
        if partition is None:
            continue
        if profile.gpus and profile.gpu_weight:
            whole[profile.name] = billed(profile, partition) / profile.gpu_weight
        elif not profile.gpus and any(partition.weights.get(name) for name in ("cpu", "mem")):
            findings.append(
                warning(
                    f"profile.{profile.name} has no GPU, but TRESBillingWeights of partition {partition.name} bill its "
                    "processors or memory.",
                    "Set CPU=0.0,Mem=0.0 there, or do not say that it costs no GPU-hours.",
                )
            )
    return [*findings, *_one_price(whole)]


def billed(profile: Profile, partition: Partition) -> Fraction:
    """What Slurm bills for one GPU of the size: a typed GPU also counts as a generic one."""
    weights = partition.weights
    generic = weights.get("gres/gpu", Fraction(0))
    return generic + weights.get(f"gres/gpu:{profile.gpu_type.lower()}", Fraction(0))


def _one_price(whole: dict[str, Fraction]) -> list[Finding]:
    if not whole:
        return []
    free = [name for name, price in whole.items() if not price]
    if free:
        return [
            warning(
                f"TRESBillingWeights bill no GPUs for {', '.join(free)}: budgets in `billing` do not count them.",
                'Set TRESBillingWeights such as "CPU=0.0,Mem=0.0,GRES/gpu:h100=7.0" on their partitions.',
            )
        ]
    if len(set(whole.values())) > 1:
        said = ", ".join(f"{name} {float(price):g}" for name, price in whole.items())
        return [
            wrong(
                f"A whole GPU is billed differently by size ({said}): pages show another cost than Slurm charges.",
                "Make gpu_weight in the site file and TRESBillingWeights in slurm.conf say the same.",
            )
        ]
    return [ok(f"A whole GPU is billed {float(next(iter(whole.values()))):g} in every size, as gpu_weight says.")]


def decay(survey: Survey) -> Finding:
    """A budget for a period must not come back by itself."""
    config = survey.config
    if config.get("PriorityType", "") != "priority/multifactor":
        return ok("Usage does not decay.")
    half_life = config.get("PriorityDecayHalfLife", "")
    decays = half_life not in ("0", "00:00:00", "(null)", "")
    budgets = [qos for qos in survey.qos if "billing=" in qos.most or "gres/gpu" in qos.most]
    forgetful = [qos.name for qos in budgets if "NoDecay" not in qos.flags]
    reset = config.get("PriorityUsageResetPeriod", "NONE")
    if decays and (forgetful or not budgets):
        whose = f"of {', '.join(forgetful[:3])}{' and others' if len(forgetful) > 3 else ''} " if forgetful else ""
        return warning(
            f"PriorityDecayHalfLife={half_life}: a used-up budget {whose}comes back by itself.",
            "Put budgets on a QOS with Flags=NoDecay, or set PriorityDecayHalfLife=0.",
        )
    if reset not in ("NONE", "(null)", ""):
        return warning(
            f"PriorityUsageResetPeriod={reset}: what was used is forgotten then, whatever a project's period is.",
            "Set PriorityUsageResetPeriod=NONE, unless all budgets are for that period.",
        )
    return ok("A used-up budget does not come back by itself as time goes by.")
