"""Slurm itself: that it answers, and that every size of the site file can start."""

from __future__ import annotations

import re
import socket
from collections.abc import Mapping
from datetime import timedelta
from ipaddress import ip_address

from aif.core.site import Cluster, Profile, Site
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong
from aif_hub.operate.survey import Node, Partition, Survey

TITLE = "Slurm"
OLDEST = (22, 5)
_MOST_NODES = 2000  # names asked of DNS


def look(sight: Sight) -> list[Finding]:
    """All clusters of the site."""
    findings: list[Finding] = []
    for cluster in sight.site.clusters:
        survey = sight.surveys.get(cluster.name)
        if survey is None:
            continue  # said by the check itself, with Slurm's own words
        findings += [version(survey), scheduler(survey), *confinement(survey), memory_of_jobs(survey, sight.site)]
        findings.append(addresses(cluster, _unknown(survey.nodes, cluster.addresses or {})))
        for profile in sight.site.profiles:
            if profile.cluster == cluster.name:
                findings.append(size(profile, survey))
    return findings


def version(survey: Survey) -> Finding:
    """A Slurm that the workbench was tried on, or newer."""
    text = survey.config.get("SLURM_VERSION", "")
    number = tuple(int(part) for part in re.findall(r"\d+", text)[:2])
    if number < OLDEST:
        return wrong(
            f"Slurm {text or '?'} is older than 22.05.", "Use 22.05 or newer: older ones answer in other words."
        )
    return ok(f"Slurm {text} answers, cluster {survey.config.get('ClusterName', '?')}.")


def scheduler(survey: Survey) -> Finding:
    """GPUs by number and type need cons_tres."""
    kind = survey.config.get("SelectType", "")
    if kind != "select/cons_tres":
        return wrong(f"SelectType={kind} cannot give GPUs by type.", "Set SelectType=select/cons_tres in slurm.conf.")
    return ok("SelectType=select/cons_tres: GPUs by number and type.")


def confinement(survey: Survey) -> list[Finding]:
    """Whether a job stays within what it was given; one that does not is in its neighbours' way."""
    config = survey.config
    findings = []
    if config.get("ProctrackType") != "proctrack/cgroup":
        findings.append(
            warning(
                f"ProctrackType={config.get('ProctrackType', '?')}: what a session leaves behind is not always ended.",
                "Set ProctrackType=proctrack/cgroup.",
            )
        )
    if "task/cgroup" not in survey.words("TaskPlugin"):
        findings.append(
            warning(
                f"TaskPlugin={config.get('TaskPlugin', '?')}: memory limits are not kept, and an end by lack of memory "
                "looks like a failure.",
                "Add task/cgroup to TaskPlugin.",
            )
        )
    for key, harm in (
        ("ConstrainRAMSpace", "a session may take more memory than it asked for"),
        ("ConstrainDevices", "a session may use GPUs of the node that it did not ask for"),
        ("ConstrainCores", "a session may use more processors than it asked for"),
    ):
        if config.get(key, "no").lower() != "yes":
            findings.append(warning(f"{key}=no: {harm}.", f"Set {key}=yes in cgroup.conf."))
    return findings or [ok("cgroups keep each session to its memory, processors and GPUs.")]


def memory_of_jobs(survey: Survey, site: Site) -> Finding:
    """The look finds ended jobs in the queue only as long as the controller keeps them."""
    match = re.match(r"\d+", survey.config.get("MinJobAge", ""))
    seconds, least = int(match[0]) if match else 0, max(60, 4 * site.session.look_seconds_idle)
    if seconds < least:
        return warning(
            f"MinJobAge={seconds} s: ended jobs are forgotten before the hub has surely seen them, and each has to be "
            "looked up in the accounting.",
            f"Set MinJobAge to {least:.0f} or more (300 is Slurm's default).",
        )
    return ok(f"MinJobAge={seconds} s: the hub sees each end in the queue.")


def size(profile: Profile, survey: Survey) -> Finding:
    """Whether one size of the site file can ever start."""
    partition = survey.partition(profile.partition)
    at = f"profile.{profile.name}"
    if partition is None:
        names = ", ".join(one.name for one in survey.partitions)
        return wrong(f"{at}: there is no partition {profile.partition}.", f"The partitions are {names}.")
    if not partition.up:
        return wrong(
            f"{at}: partition {partition.name} is not up.",
            f"scontrol update partitionname={partition.name} state=up, or choose another.",
        )
    if partition.max_time < timedelta(hours=profile.hours_max):
        most = partition.max_time / timedelta(hours=1)
        return wrong(
            f"{at}: hours_max is {profile.hours_max:g}, and partition {partition.name} allows {most:g}.",
            f"Set hours_max = {most:g}, or raise MaxTime.",
        )
    return _fits(profile, partition) or ok(f"{at}: fits partition {partition.name}.")


def _fits(profile: Profile, partition: Partition) -> Finding | None:
    at = f"profile.{profile.name}"
    able = [node for node in partition.nodes if not profile.gpus or node.gpus.get(profile.gpu_type, 0) >= profile.gpus]
    if not able:
        types = sorted({kind or "(no type)" for node in partition.nodes for kind in node.gpus})
        most = partition.gpus_of(profile.gpu_type)
        if most:
            return wrong(f"{at}: gpus = {profile.gpus}, and a node has {most} at most.", f"Set gpus = {most} or fewer.")
        return wrong(
            f"{at}: no node of partition {partition.name} has GPUs of type {profile.gpu_type}.",
            f"Its types are {', '.join(types) or 'none'}.",
        )
    cpus = max(min(node.cpus, partition.cpus_a_node or node.cpus) for node in able)
    memory = max(node.memory_mb for node in able) // 1024
    if profile.cpus > cpus:
        return wrong(f"{at}: cpus = {profile.cpus}, and a node gives {cpus} at most.", f"Set cpus = {cpus} or fewer.")
    if profile.memory_gb > memory:
        return wrong(
            f"{at}: memory_gb = {profile.memory_gb}, and a node has {memory} at most.",
            f"Set memory_gb = {memory} or less.",
        )
    return None


def addresses(cluster: Cluster, unknown: list[str]) -> Finding:
    """The hub believes a call-back only from the address of the node that the job runs on."""
    if unknown:
        some = ", ".join(unknown[:3]) + (f" and {len(unknown) - 3} more" if len(unknown) > 3 else "")
        return wrong(
            f"No address is known for {some}: sessions there would never be believed to be up.",
            f"Put them into DNS or /etc/hosts, or into addresses of [[cluster]] {cluster.name}.",
        )
    return ok("Every node's address is known.")


def _unknown(nodes: tuple[Node, ...], stated: Mapping[str, str]) -> list[str]:
    """Nodes whose address nobody knows. With `addresses` in the site file, the hub asks nobody else."""
    if stated:
        return [node.name for node in nodes if node.name not in stated]
    return [node.name for node in nodes[:_MOST_NODES] if not _resolves(node.address)]


def _resolves(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        try:
            socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)
        except OSError:
            return False
    return True
