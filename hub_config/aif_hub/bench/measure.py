"""What a benchmark reads from Slurm and the kernel: questions that slurmctld answered, processor time of a process."""

from __future__ import annotations

import os
import re
import statistics
from collections.abc import Collection, Sequence
from pathlib import Path

from prometheus_client.parser import text_string_to_metric_families

from aif_hub.bench.rig import Rig
from aif_hub.demo.commands import run

# What Slurm's daemons and sdiag itself say, and so nobody's question
_NOT_ASKED = re.compile(r"MESSAGE_|REQUEST_(COMPLETE_|STEP_COMPLETE|STATS_INFO|PERSIST)|ACCOUNTING_")
# What each sacctmgr and each sacct of the hub asks in the end: one a command
_ANSWERS = {"DBD_GET_ASSOCS", "DBD_GET_JOBS_COND"}
_ASKER = re.compile(r"^\s*(\S+)\s*\(\s*\d+\)\s*count:(\d+)", re.MULTILINE)
_ROW = re.compile(r"^\s*([A-Z_]+)\s*\(\s*\d+\)\s*count:(\d+)", re.MULTILINE)


def forget_rpcs(rig: Rig) -> None:
    """slurmctld counts anew from here."""
    run(["sdiag", "-r"], env=rig.inst.slurm_env)


def rpcs(rig: Rig) -> dict[str, int]:
    """Questions to slurmctld since `forget_rpcs`, by type; what daemons report to it is left out."""
    return parse_rpcs(run(["sdiag"], env=rig.inst.slurm_env))


def parse_rpcs(out: str) -> dict[str, int]:
    """The table "by message type" of sdiag, without the daemons' own messages."""
    table = out.partition("by message type")[2].partition("by user")[0]
    return {name: int(count) for name, count in _ROW.findall(table) if not _NOT_ASKED.match(name)}


def asked_by(rig: Rig, login: str) -> int:
    """Questions of that person to slurmctld since `forget_rpcs`."""
    return parse_askers(run(["sdiag"], env=rig.inst.slurm_env)).get(login, 0)


def parse_askers(out: str) -> dict[str, int]:
    """The table "by user" of sdiag."""
    table = out.partition("statistics by user")[2].partition("Pending RPC")[0]
    return {name: int(count) for name, count in _ASKER.findall(table)}


def asked_of_controller(out: str, hub_user: str, instance: str) -> int:
    """Questions of the hub's user and of the instance's people, by sdiag; not those of the machine's own daemons."""
    people = f"{instance}-"
    return sum(count for one, count in parse_askers(out).items() if one == hub_user or one.startswith(people))


def asked_now(rig: Rig) -> int:
    """The same until now, of this run's instance. Raises CommandFailed while slurmctld is away."""
    return asked_of_controller(run(["sdiag"], env=rig.inst.slurm_env), rig.inst.hub_user, rig.inst.name)


def accounting_calls(rig: Rig) -> int:
    """Questions to slurmdbd since it started; what daemons report to it and questions about itself are left out."""
    return parse_accounting_calls(run(["sacctmgr", "show", "stats"], env=rig.inst.slurm_env))


def parse_accounting_calls(out: str) -> int:
    """How many commands asked it something, by its table "by message type"."""
    table = out.partition("by message type")[2].partition("by user")[0]
    return sum(int(count) for name, count in _ROW.findall(table) if name in _ANSWERS)


def counted(page: str, name: str, **labels: Collection[str]) -> float:
    """The sum of a metric's samples on a page of Prometheus', of those with one of the values for each label."""
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return sum(
        one.value
        for one in samples
        if one.name == name and all(one.labels.get(label) in values for label, values in labels.items())
    )


def processor_seconds(pid: int) -> float:
    """Processor time of a process and of its children that have ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(ticks) for ticks in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def percentile(values: Sequence[float], percent: int) -> float:
    """The value below which `percent` of the values lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]
