"""The demo's Slurm as its own commands describe it, captured: what tests of the operator's commands stand on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from aif_hub.operate import survey
from aif_hub.operate.survey import Survey

RECORDS = Path(__file__).parent / "records"


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
