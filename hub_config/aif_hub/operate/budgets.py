"""What accounts may use by Slurm's limits, as allocations of a new site file: the unit by what is billed for it."""

from __future__ import annotations

import re
from fractions import Fraction

from aif.core.ledger.allocation import Allocation
from aif_hub.operate.survey import Survey

#: A limit on these is in a unit of its own; on anything else (memory, licences) it is no amount that pages can say.
UNIT_OF = {"gres/gpu": "gpu-hour", "node": "node-hour", "cpu": "core-hour"}
_NO_NAME = re.compile(r"[^a-z0-9._-]+")


def allocations(found: Survey) -> list[Allocation]:
    """One for each account that has a limit of its own: on itself, or on a QOS that no other account uses.

    A limit on `billing` stays Slurm's to say; one on GPUs, nodes or cores is written down.
    """
    made = []
    for account in found.accounts:
        limited = [(qos, most) for qos, most in _limited_qos(account.name, found) if _amount(most, found)]
        if not limited and _amount(account.most, found):
            made.append(_allocation(account.name, "", account.most, found))
        for qos, most in limited:
            made.append(_allocation(account.name, qos if len(limited) > 1 else "", most, found))
    return made


def _limited_qos(account: str, found: Survey) -> list[tuple[str, str]]:
    """The QOS of the account's people that carry a limit in minutes, and are this account's alone."""
    users = {name: {one.account for one in found.associations if name in one.qos} for name in _names(account, found)}
    return [(qos.name, qos.most) for qos in found.qos if qos.most and users.get(qos.name) == {account}]


def _names(account: str, found: Survey) -> set[str]:
    return {name for one in found.associations if one.account == account for name in one.qos}


def _allocation(account: str, qos: str, most: str, found: Survey) -> Allocation:
    unit, per_unit, limit = _amount(most, found) or ("billing-hour", Fraction(1), None)
    name = "-".join(filter(None, (account, qos))).lower()
    return Allocation(
        name=_NO_NAME.sub("-", name).lstrip("._-")[:63],
        account=account,
        qos=qos,
        unit=unit,
        limit=limit,
        billing_per_unit=per_unit,
    )


def _amount(most: str, found: Survey) -> tuple[str, Fraction, Fraction | None] | None:
    """Unit, billing for one of it and, where it is not on `billing`, the limit; None where nothing is limited."""
    minutes = {name: count for name, _, count in (part.rpartition("=") for part in most.split(",")) if count.isdigit()}
    if "billing" in minutes:
        return (*billed_unit(found), None)
    for name, unit in UNIT_OF.items():
        if name in minutes:
            return unit, Fraction(1), Fraction(int(minutes[name]), 60)
    return None


def billed_unit(found: Survey) -> tuple[str, Fraction]:
    """What `billing` counts, and how much of it is one: GPU-hours where only GPUs cost, core-hours where only cores do.

    A typed GPU counts as a generic one too; of several types the dearest are whole ones.
    """
    whole, cores, others = set(), set(), False
    for partition in found.partitions:
        weights = partition.weights
        typed = [weight for name, weight in weights.items() if name.startswith("gres/gpu:")]
        price = weights.get("gres/gpu", Fraction()) + max(typed, default=Fraction())
        if price:
            whole.add(price)
        if weights.get("cpu"):
            cores.add(weights["cpu"])
        others = others or bool(weights.get("mem"))
    if len(whole) == 1 and not cores and not others:
        return "gpu-hour", whole.pop()
    if len(cores) == 1 and not whole and not others:
        return "core-hour", cores.pop()
    return "billing-hour", Fraction(1)
