"""`aif check` on what was granted and on figures from elsewhere: each finding, its level and its words."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from operate_material import is_ok, is_warning, is_wrong, seen

from aif.core.ledger.allocation import Allocation
from aif_hub.operate.checks import figures, granted
from aif_hub.operate.finding import Finding

# -- allocations -------------------------------------------------------------------------------------------------------

PILOT = Allocation(
    "pilot", "inspect01", qos="sme-inspect01", limit=Fraction(500), billing_per_unit=Fraction(7), unit="gpu-hour"
)


def granted_says(*allocations: Allocation) -> Finding:
    (found,) = granted.looked_at(seen(), allocations)
    return found


def test_allocations_that_fit_slurm_are_as_they_should_be() -> None:
    is_ok(granted_says(PILOT))
    is_ok(granted_says(replace(PILOT, qos="")))
    is_ok(granted_says(replace(PILOT, limit=None)))
    is_ok(granted_says(replace(PILOT, limit=Fraction(700), carried_in=Fraction(100))))
    assert granted.looked_at(seen(), []) == granted.looked_at(seen(), [replace(PILOT, source="waldur")]) == []


def test_an_allocation_names_what_slurm_has() -> None:
    is_wrong(granted_says(replace(PILOT, account="inspekt")), "no account inspekt", "sacctmgr add account")
    is_wrong(granted_says(replace(PILOT, qos="sme")), "no QOS sme", "sacctmgr add qos")
    is_wrong(
        granted_says(replace(PILOT, qos="host-ops01")), "nobody of account inspect01 may use", "set qos+=host-ops01"
    )


def test_slurm_does_not_grant_more_than_the_site_file() -> None:
    is_warning(granted_says(replace(PILOT, limit=Fraction(400))), "lets 500 gpu-hours be used, and 400 were", "less")
    is_warning(granted_says(replace(PILOT, carried_in=Fraction(1))), "and 499 were left")
    is_warning(granted_says(replace(PILOT, unit="node-hour", billing_per_unit=Fraction(1))), "lets 3500 node-hours")
    (found,) = granted.looked_at(seen(qos=()), [replace(PILOT, qos="")])
    is_warning(found, "500 gpu-hours were granted; Slurm holds nobody to that", "Budgets")


def test_several_allocations_of_one_account_are_told_apart_by_their_qos() -> None:
    two = granted.looked_at(seen(), [PILOT, replace(PILOT, name="other", qos="")])
    is_wrong(two[-1], "not each says its QOS", "a qos of its own")


# -- figures from elsewhere --------------------------------------------------------------------------------------------


def test_a_usage_file_that_is_not_there_or_says_nothing_of_the_allocation(tmp_path: Path) -> None:
    one, pattern = Allocation("a", "inspect01", source="file"), f"{tmp_path}/{{resource}}.json"
    (found,) = figures.files([one], pattern)
    is_wrong(found, "inspect01.json cannot be read", "usage_file.path")
    (tmp_path / "inspect01.json").write_text(json.dumps({"billing": {"gpu_hours": {"alloc": 5, "used": 1}}}))
    (found,) = figures.files([one], pattern)
    is_ok(found)
    (found, _) = figures.files([replace(one, component="qpu_hours")], pattern)
    is_wrong(found, "no qpu_hours in it", "component")
    assert list(figures.files([], pattern)) == []


def test_a_token_that_others_can_read(tmp_path: Path) -> None:
    is_wrong(figures.token(tmp_path / "token"), "cannot be read")
    (tmp_path / "token").write_text("secret")
    (tmp_path / "token").chmod(0o644)
    is_wrong(figures.token(tmp_path / "token"), "others may read", "chmod 0600")
    (tmp_path / "token").chmod(0o600)
    is_ok(figures.token(tmp_path / "token"))
