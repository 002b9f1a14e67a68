"""The demo's Slurm as its own commands describe it, captured: what tests of the operator's commands stand on."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from hub_material import site_data

from aif.core import site as sites
from aif.core.site import Profile, Site
from aif_hub.operate import survey
from aif_hub.operate.finding import Finding, Level
from aif_hub.operate.survey import Survey

RECORDS = Path(__file__).parent / "records"
SITE = sites.parse(site_data())
SLICE, CPU = SITE.profiles[0], SITE.profiles[-1]
GPU = replace(SLICE, name="gpu", partition="gpu", gpu_type="h100", gpu_weight=Fraction(1), hours_max=12)


def site(*profiles: Profile) -> Site:
    """That site with these sizes."""
    return replace(SITE, profiles=profiles)


def record(name: str) -> str:
    return (RECORDS / f"{name}-22.05.txt").read_text()


def seen(**changed: Any) -> Survey:
    """The survey of the captured Slurm, with what is changed."""
    nodes = survey.parse_nodes(record("scontrol-node"))
    found = Survey(
        config=survey.parse_config(record("scontrol-config")),
        partitions=survey.parse_partitions(record("scontrol-partition"), nodes),
        nodes=nodes,
        accounts=survey.parse_accounts(record("sacctmgr-account")),
        qos=survey.parse_qos(record("sacctmgr-qos")),
        associations=survey.parse_associations(record("sacctmgr-assoc")),
    )
    return replace(found, **changed)


def configured(**changed: str) -> Survey:
    """The same, with some keys of its configuration changed."""
    return seen(config={**seen().config, **changed})


def is_wrong(found: Finding | None, words: str, fix: str = "") -> None:
    says(found, Level.WRONG, words, fix)


def is_warning(found: Finding | None, words: str, fix: str = "") -> None:
    says(found, Level.WARNING, words, fix)


def is_ok(found: Finding | None) -> None:
    says(found, Level.OK, "")


def says(found: Finding | None, level: Level, words: str, fix: str = "") -> None:
    assert found is not None
    assert found.level is level, found
    assert words in found.what
    assert fix in found.fix
    assert found.fix or level in (Level.OK, Level.UNSEEN), "what is wrong has a way out"
    assert "\n" not in found.line
