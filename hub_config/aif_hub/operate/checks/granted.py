"""Allocations: that what the site file grants is an account and a QOS of this Slurm, and that Slurm grants no more."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif_hub.operate.budgets import UNIT_OF, billed_unit
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "Allocations"


def look(sight: Sight) -> list[Finding]:
    """Those whose figures come from Slurm."""
    if sight.survey is None:
        return []
    return looked_at(sight.survey, sight.site.allocations)


def looked_at(survey: Survey, allocations: Iterable[Allocation]) -> list[Finding]:
    """What is wrong with each, or that all is well."""
    ours = [one for one in allocations if one.source == "slurm"]
    findings = [found for one in ours for found in (_names(survey, one) or _limits(survey, one))]
    twice = [one.account for one in ours if not one.qos and sum(other.account == one.account for other in ours) > 1]
    findings += [
        wrong(
            f"Account {account} has several allocations, and not each says its QOS: use counts in more than one.",
            "Give each [[allocation]] of it a qos of its own.",
        )
        for account in sorted(set(twice))
    ]
    if not findings and ours:
        count = f"{len(ours)} allocation{'' if len(ours) == 1 else 's'}"
        return [ok(f"{count}: accounts and QOS are in Slurm, and it lets nobody use more than was granted.")]
    return findings


def _names(survey: Survey, one: Allocation) -> list[Finding]:
    at = f"allocation.{one.name}"
    if one.account not in {account.name for account in survey.accounts}:
        return [wrong(f"{at}: Slurm has no account {one.account}.", "Correct account, or sacctmgr add account …")]
    if one.qos and one.qos not in {qos.name for qos in survey.qos}:
        return [wrong(f"{at}: Slurm has no QOS {one.qos}.", "Correct qos, or sacctmgr add qos …")]
    if one.qos and not any(one.qos in each.qos for each in survey.associations if each.account == one.account):
        return [
            wrong(
                f"{at}: nobody of account {one.account} may use QOS {one.qos}.",
                f"sacctmgr modify user where account={one.account} set qos+={one.qos}",
            )
        ]
    return []


def _limits(survey: Survey, one: Allocation) -> list[Finding]:
    """A limit in Slurm that is above what was left to grant; below it may be right, where something was used before."""
    if one.limit is None or one.periods:
        return []
    names = {name for each in survey.associations if each.account == one.account for name in each.qos}
    most = [account.most for account in survey.accounts if account.name == one.account]
    most += [qos.most for qos in survey.qos if (qos.name == one.qos if one.qos else qos.name in names)]
    per_unit = one.billing_per_unit or billed_unit(survey)[1]
    held = [limit for limit in (_held(each, one.unit, per_unit) for each in most) if limit is not None]
    left = one.limit - one.carried_in
    if not held:
        return [
            warning(
                f"allocation.{one.name}: {float(one.limit):g} {one.unit}s were granted; Slurm holds nobody to that.",
                "Set GrpTRESMins=billing=… on a QOS of its own; the operators' page Budgets says how.",
            )
        ]
    if min(held) > left:
        return [
            warning(
                f"allocation.{one.name}: Slurm lets {float(min(held)):g} {one.unit}s be used, and {float(left):g} were "
                "left when its record began.",
                "Make GrpTRESMins what limit less carried_in is, in minutes of billing, or correct billing_per_unit.",
            )
        ]
    return []


def _held(most: str, unit: str, billing_per_unit: Fraction) -> Fraction | None:
    """A limit in minutes as an amount of `unit`; None where it is on nothing that the unit counts.

    >>> _held("billing=210000", "gpu-hour", Fraction(7))
    Fraction(500, 1)
    """
    minutes = {name: int(count) for name, _, count in (part.rpartition("=") for part in most.split(",")) if count}
    found = [Fraction(minutes["billing"], 60) / billing_per_unit] if "billing" in minutes else []
    plain = next((name for name, counted in UNIT_OF.items() if counted == unit), "")
    found += [Fraction(minutes[plain], 60)] if plain in minutes else []
    return min(found, default=None)
