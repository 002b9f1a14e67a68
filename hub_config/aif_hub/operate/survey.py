"""What a Slurm says of itself: its configuration, partitions, nodes, accounts, QOS and who belongs to what.

Each question is a `Call`; `survey` asks them all. `aif init` proposes from it and `aif check` judges it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from fractions import Fraction

from aif.core.site import Cluster
from aif.core.slurm import Call, run
from aif.core.table import below, configuration, entries
from aif.core.units import read_time

_FIELD = re.compile(r"(?:^|\s)([A-Za-z][A-Za-z0-9_/:]*)=")
_GRES = re.compile(r"gpu:(?:([^:(,\s]+):)?(\d+)(?:\([^)]*\))?(?:,|$)")


@dataclass(frozen=True)
class Node:
    """A node; memory in MB, GPUs by type (the type is empty where Slurm has none)."""

    name: str
    address: str
    cpus: int
    memory_mb: int
    gpus: Mapping[str, int]
    state: str = "IDLE"


@dataclass(frozen=True)
class Partition:
    """A partition with its limits; `weights` are its TRESBillingWeights, names in lower case."""

    name: str
    nodes: tuple[Node, ...]
    up: bool
    default: bool
    max_time: timedelta
    weights: Mapping[str, Fraction]
    cpus_a_node: int = 0  # MaxCPUsPerNode; 0: no limit
    accounts: tuple[str, ...] = ()  # AllowAccounts; empty: all
    root_only: bool = False
    needs_reservation: bool = False

    def gpus_of(self, kind: str) -> int:
        """The most GPUs of a type that one of its nodes has."""
        return max((node.gpus.get(kind, 0) for node in self.nodes), default=0)


@dataclass(frozen=True)
class Account:
    """A Slurm account: what pays. `most` are the GrpTRESMins of its own association, as written."""

    name: str
    description: str
    organization: str
    most: str = ""


@dataclass(frozen=True)
class Qos:
    """A QOS; `most` are its GrpTRESMins as written, `longest` its MaxWall."""

    name: str
    flags: frozenset[str]
    most: str
    longest: timedelta


@dataclass(frozen=True)
class Association:
    """That a login may charge an account."""

    cluster: str
    account: str
    user: str
    qos: tuple[str, ...]


@dataclass(frozen=True)
class Survey:
    """All of it. `config` has the keys of slurm.conf and cgroup.conf as `scontrol show config` names them."""

    config: Mapping[str, str]
    partitions: tuple[Partition, ...]
    nodes: tuple[Node, ...]
    accounts: tuple[Account, ...] = ()
    qos: tuple[Qos, ...] = ()
    associations: tuple[Association, ...] = ()

    def partition(self, name: str) -> Partition | None:
        """The partition of that name."""
        return next((partition for partition in self.partitions if partition.name == name), None)

    def words(self, key: str) -> frozenset[str]:
        """A configuration value that is a comma list, in lower case; ``(null)`` and ``none`` are no words."""
        text = self.config.get(key, "").lower()
        return frozenset(word for word in re.split(r"[,\s]+", text) if word) - {"(null)", "none", "n/a"}


def survey(cluster: Cluster) -> Survey:
    """Everything, in seven short questions. Raises SlurmError when one has no answer."""
    nodes = run(nodes_call(), cluster)
    most = run(account_limits_call(), cluster)
    return Survey(
        config=run(config_call(), cluster),
        partitions=run(partitions_call(nodes), cluster),
        nodes=nodes,
        accounts=tuple(replace(one, most=most.get(one.name, "")) for one in run(accounts_call(), cluster)),
        qos=run(qos_call(), cluster),
        associations=run(associations_call(), cluster),
    )


def config_call() -> Call[dict[str, str]]:
    """slurm.conf and cgroup.conf as the controller has them."""
    return Call(("scontrol", "show", "config"), lambda out: parse_config(configuration(out)))


def nodes_call() -> Call[tuple[Node, ...]]:
    """All nodes."""
    return Call(("scontrol", "-o", "-a", "show", "node"), lambda out: parse_nodes(entries("NodeName", out)))


def partitions_call(nodes: tuple[Node, ...]) -> Call[tuple[Partition, ...]]:
    """All partitions, with the nodes that say they belong to them."""
    argv = ("scontrol", "-o", "-a", "show", "partition")
    return Call(argv, lambda out: parse_partitions(entries("PartitionName", out), nodes))


def accounts_call() -> Call[tuple[Account, ...]]:
    """All accounts but root's."""
    argv = ("sacctmgr", "-P", "show", "account", "format=Account,Description,Organization")
    return Call(argv, lambda out: parse_accounts(below("Account|Descr|Org", out, "sacctmgr", whole=False)))


def account_limits_call() -> Call[dict[str, str]]:
    """The GrpTRESMins of accounts."""
    argv = ("sacctmgr", "-P", "show", "assoc", "format=Account,User,GrpTRESMins")
    return Call(argv, lambda out: parse_account_limits(below("Account|User|GrpTRESMins", out, "sacctmgr")))


def qos_call() -> Call[tuple[Qos, ...]]:
    """All QOS."""
    argv = ("sacctmgr", "-P", "show", "qos", "format=Name,Flags,GrpTRESMins,MaxWall")
    return Call(argv, lambda out: parse_qos(below("Name|Flags|GrpTRESMins|MaxWall", out, "sacctmgr")))


def associations_call() -> Call[tuple[Association, ...]]:
    """Who may charge what."""
    argv = ("sacctmgr", "-P", "show", "assoc", "format=Cluster,Account,User,QOS")
    return Call(argv, lambda out: parse_associations(below("Cluster|Account|User|QOS", out, "sacctmgr")))


def parse_config(out: str) -> dict[str, str]:
    """Key → value, from both parts of the answer.

    >>> parse_config("MinJobAge               = 300 sec\\nPrivateData             = none")["MinJobAge"]
    '300 sec'
    """
    pairs = (line.partition("=") for line in out.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}


def parse_fields(line: str) -> dict[str, str]:
    """One line of ``scontrol -o``: values may hold spaces, and end where the next ``Key=`` begins.

    >>> parse_fields("NodeName=n1 OS=Linux 6.1 #1 SMP CPUTot=8 Gres=(null)")["OS"]
    'Linux 6.1 #1 SMP'
    """
    found = list(_FIELD.finditer(line))
    ends = [match.start() for match in found[1:]] + [len(line)]
    return {match[1]: line[match.end() : end].strip() for match, end in zip(found, ends, strict=True)}


def parse_gpus(gres: str) -> dict[str, int]:
    """GPUs by type: ``"gpu:h100:4(S:0-1),shard:8"`` has four h100."""
    counts: dict[str, int] = {}
    for kind, count in _GRES.findall(gres):
        counts[kind] = counts.get(kind, 0) + int(count)
    return counts


def parse_nodes(out: str) -> tuple[Node, ...]:
    """Nodes, from one line each."""
    entries = (parse_fields(line) for line in out.splitlines() if line.startswith("NodeName="))
    return tuple(
        Node(
            name=entry["NodeName"],
            address=entry.get("NodeAddr", entry["NodeName"]),
            cpus=_number(entry.get("CPUEfctv") or entry.get("CPUTot", "0")),
            memory_mb=_number(entry.get("RealMemory", "0")),
            gpus=parse_gpus(entry.get("Gres", "")),
            state=entry.get("State", "").rstrip("*~#!%$@^-"),
        )
        for entry in entries
    )


def parse_partitions(out: str, nodes: tuple[Node, ...]) -> tuple[Partition, ...]:
    """Partitions, from one line each."""
    entries = (parse_fields(line) for line in out.splitlines() if line.startswith("PartitionName="))
    return tuple(
        Partition(
            name=entry["PartitionName"],
            nodes=tuple(node for node in nodes if node.name in expanded(entry.get("Nodes", ""))),
            up=entry.get("State", "UP") == "UP",
            default=entry.get("Default") == "YES",
            max_time=_time(entry.get("MaxTime", "UNLIMITED")),
            weights=parse_weights(entry.get("TRESBillingWeights", "")),
            cpus_a_node=_number(entry.get("MaxCPUsPerNode", "")),
            accounts=() if entry.get("AllowAccounts", "ALL") == "ALL" else tuple(entry["AllowAccounts"].split(",")),
            root_only=entry.get("RootOnly") == "YES",
            needs_reservation=entry.get("ReqResv") == "YES",
        )
        for entry in entries
    )


def parse_weights(text: str) -> dict[str, Fraction]:
    """TRESBillingWeights: ``"CPU=0.25,Mem=0.1G,GRES/gpu:h100=7"``; a unit behind the number is left out."""
    weights = {}
    for part in text.split(","):
        name, _, value = part.partition("=")
        number = re.match(r"[0-9.]+", value)
        if number:
            weights[name.strip().lower()] = Fraction(number[0])
    return weights


def parse_accounts(out: str) -> tuple[Account, ...]:
    """Accounts from ``account|description|organization`` lines."""
    rows = (line.split("|") for line in out.splitlines())
    return tuple(Account(*row) for row in rows if len(row) == 3 and row[0] and row[0] != "root")


def parse_account_limits(out: str) -> dict[str, str]:
    """GrpTRESMins by account, from the accounts' own lines of ``account|user|limits``.

    >>> parse_account_limits("p1||billing=84000\\np1|ann|\\np2||")
    {'p1': 'billing=84000'}
    """
    rows = (line.split("|") for line in out.splitlines())
    return {row[0]: row[2] for row in rows if len(row) == 3 and not row[1] and row[2]}


def parse_qos(out: str) -> tuple[Qos, ...]:
    """QOS from ``name|flags|limits|longest`` lines."""
    rows = (line.split("|") for line in out.splitlines())
    return tuple(
        Qos(row[0], frozenset(row[1].split(",")) - {""}, row[2], _time(row[3]) if row[3] else timedelta.max)
        for row in rows
        if len(row) == 4
    )


def parse_associations(out: str) -> tuple[Association, ...]:
    """Associations of people from ``cluster|account|user|qos`` lines; the accounts' own lines have no user."""
    rows = (line.split("|") for line in out.splitlines())
    return tuple(
        Association(row[0], row[1], row[2], tuple(row[3].split(","))) for row in rows if len(row) == 4 and row[2]
    )


def expanded(text: str) -> set[str]:
    """The names in a Slurm node list: ``"gpu[01-03],mig01"`` has four."""
    names: set[str] = set()
    for part in re.findall(r"[^,\[]+(?:\[[^\]]*\][^,\[]*)*", text):
        names |= _expand_one(part)
    return names


def _expand_one(part: str) -> set[str]:
    match = re.search(r"\[([^\]]*)\]", part)
    if not match:
        return {part} if part and part != "(null)" else set()
    head, tail = part[: match.start()], part[match.end() :]
    names: set[str] = set()
    for piece in match[1].split(","):
        first, dash, last = piece.partition("-")
        numbers = range(int(first), int(last) + 1) if dash else [int(first)]
        names |= {name for number in numbers for name in _expand_one(f"{head}{number:0{len(first)}d}{tail}")}
    return names


def _number(text: str) -> int:
    match = re.match(r"\d+", text)
    return int(match[0]) if match else 0


def _time(text: str) -> timedelta:
    time = read_time(text)
    return timedelta.max if time is None else time
