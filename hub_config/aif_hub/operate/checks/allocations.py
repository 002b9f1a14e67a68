"""Allocations of the site file beside what Slurm holds people to, and the sources that have their figures."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.binding import billing_of_a_gpu
from aif.core.site import Site
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "Allocations"


def look(sight: Sight) -> list[Finding]:
    """Those of the first cluster, and the token of the portal where one is named."""
    survey, site = sight.survey, sight.site
    here = [one for one in site.allocations if one.cluster in ("", sight.cluster.name)]
    findings = [found for one in here if survey for found in one_of(one, survey, site)]
    if any(one.source == "waldur" for one in site.allocations):
        findings.append(token(Path(site.waldur.token_file)))
    if findings or not here or survey is None:
        return findings
    return [
        ok(f"Slurm knows the accounts and QOS of {len(here)} allocations, and holds to the limits that pages show.")
    ]


def one_of(one: Allocation, survey: Survey, site: Site) -> list[Finding]:
    """What is wrong with one allocation."""
    at = f"allocation.{one.name}"
    if one.account not in {account.name for account in survey.accounts}:
        return [wrong(f"{at}: Slurm has no account {one.account}.", "Correct it, or: sacctmgr add account …")]
    if one.qos and one.qos not in {qos.name for qos in survey.qos}:
        return [wrong(f"{at}: Slurm has no QOS {one.qos}.", "Correct qos, or: sacctmgr add qos …")]
    held = held_to(one, survey, site)
    if one.source != "slurm" or one.limit is None or held is None or one.periods:
        return []
    if held + one.carried_in != one.limit:
        return [
            warning(
                f"{at}: pages show a limit of {float(one.limit):g} {one.unit}s, but Slurm stops at "
                f"{float(held + one.carried_in):g}.",
                "Make them the same, or leave limit out: then Slurm's is shown.",
            )
        ]
    return []


def held_to(one: Allocation, survey: Survey, site: Site) -> Fraction | None:
    """The limit in its unit on the QOS that charges it; None where that QOS has none that can be told in the unit."""
    charged = {qos for row in survey.associations if row.account == one.account for qos in row.qos}
    names = {one.qos} if one.qos else charged
    per_unit = one.billing_per_unit
    if per_unit is None and one.unit == "gpu-hour":
        weights = {partition.name: partition.weights for partition in survey.partitions}
        per_unit = billing_of_a_gpu(weights, site.profiles)
    limits = []
    for qos in survey.qos:
        pairs = dict(part.rpartition("=")[::2] for part in qos.most.split(",") if "=" in part)
        if qos.name in names and per_unit and pairs.get("billing", "").isdigit():
            limits.append(Fraction(int(pairs["billing"]), 60) / per_unit)
    return min(limits, default=None)


def token(path: Path) -> Finding:
    """The portal's token is the hub's alone."""
    try:
        mode = path.stat().st_mode
    except OSError as error:
        return wrong(
            f"waldur.token_file: {path} cannot be read: {error.strerror}.", "Put the token there, in one line."
        )
    if mode & 0o077:
        return wrong(f"waldur.token_file: others may read {path}.", f"chmod 0600 {path}")
    return ok("The portal's token is the hub's alone.")
