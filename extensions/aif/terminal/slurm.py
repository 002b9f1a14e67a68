"""A person's allocations read from Slurm itself, on a login node where no hub answers."""

from __future__ import annotations

import getpass
import os
import shutil
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from aif.core import site as sites
from aif.core.errors import SiteError
from aif.core.ledger import told
from aif.core.ledger.allocation import Allocation
from aif.core.ledger.binding import (
    HIDES_USE,
    SlurmFacts,
    admin_level,
    bind,
    facts,
    lasting_qos,
    partition_weights,
    weights_as_billed,
)
from aif.core.ledger.job import rate
from aif.core.ledger.reading import snapshot
from aif.core.ledger.reserved import bears_reserved, unused
from aif.core.ledger.slurm import ended_jobs, limits, queued_jobs
from aif.core.ledger.tally import HOUR, Tally, midnight
from aif.core.ledger.usage import Balance
from aif.core.ledger.zone import local_zone
from aif.core.site import Cluster, Site
from aif.core.slurm import Call, run
from aif.core.table import below

SITE_FILE = "/etc/aif/site.toml"
#: The record of an allocation without a start begins here, as the hub's does.
LONG_AGO = timedelta(days=400)


def allocations() -> list[dict[str, Any]]:
    """The allocations of the person's accounts, as the REST API tells them. Raises SlurmError."""
    login, site = getpass.getuser(), readable_site()
    cluster = site.clusters[0] if site else machines_cluster()
    charged = own_qos(run(accounts_of(login), cluster))
    if not charged:
        return []
    known = _facts(login, cluster)
    weights = site.gpu_weights if site else weights_as_billed(known.weights)
    profiles = [profile for profile in site.profiles if profile.cluster == cluster.name] if site else []
    held = run(limits(charged), cluster)
    wanted = [one for account in charged for one in _of(account, site, cluster)]
    bindings = {
        one.name: bind(one, cluster.name, known, held, weights, profiles, charged[one.account]) for one in wanted
    }
    ended = run(ended_jobs(charged, _begin(wanted)), cluster)
    as_of = datetime.now(UTC)
    queued = run(queued_jobs(charged), cluster)
    zone = local_zone()
    balances = []
    for one in wanted:
        tally = Tally(replace(one, qos=bindings[one.name].qos), weights, zone)
        tally.add(ended)
        nobodys = reserved(one, known, weights, cluster, as_of) if bears_reserved(one, wanted) else Fraction()
        usage = snapshot(tally, queued, bindings[one.name], as_of, nobodys)
        balances.append(Balance(one, usage, as_of.astimezone(zone).date()))
    return [
        told.allocation(
            one,
            _role(login, one.allocation.account, site),
            login,
            one.allocation.title or (site.project_title(one.allocation.account) if site else one.allocation.account),
            str,
        )
        for one in balances
    ]


def reserved(
    one: Allocation, known: SlurmFacts, weights: Mapping[str, Fraction], cluster: Cluster, as_of: datetime
) -> Fraction:
    """Reserved time that nobody used and the allocation was charged; nothing where it has no first day."""
    period, zone = one.period(as_of.astimezone(local_zone()).date()), local_zone()
    first, last = (period.start, period.end) if period else (one.start, one.compute_end)
    until = as_of.replace(minute=0, second=0, microsecond=0)
    if last is not None:
        until = min(until, midnight(last + timedelta(days=1), zone))
    if first is None or midnight(first, zone) >= until:
        return Fraction()
    found = run(unused(known.recorded, midnight(first, zone), until), cluster)
    return rate(found.get(one.account, {}), one.unit, weights) / HOUR


def readable_site(path: str = SITE_FILE) -> Site | None:
    """The site file, where this machine has one that the person may read."""
    try:
        return sites.load(os.environ.get("AIF_SITE") or path)
    except SiteError:
        return None


def machines_cluster() -> Cluster:
    """The Slurm whose commands are on this machine."""
    found = shutil.which("sacct")
    conf = os.environ.get("SLURM_CONF") or "/etc/slurm/slurm.conf"
    return Cluster("", conf, str(Path(found).parent) if found else "/usr/bin")


def accounts_of(login: str) -> Call[dict[str, list[str]]]:
    """The accounts that the person may charge, each with the QOS by which they do, their default first."""
    argv = ("sacctmgr", "-P", "show", "assoc", f"user={login}", "format=User,Account,DefaultQOS,QOS")
    return Call(argv, lambda out: parse_accounts(below("User|Account|Def QOS|QOS", out, "sacctmgr")))


def parse_accounts(out: str) -> dict[str, list[str]]:
    """From ``user|account|default qos|qos,qos`` lines.

    >>> parse_accounts("ann|p1|sme-p1|normal,sme-p1")
    {'p1': ['sme-p1', 'normal']}
    """
    found: dict[str, list[str]] = {}
    for line in out.splitlines():
        parts = line.split("|")
        if len(parts) == 4 and parts[0].strip():
            names = (*found.get(parts[1], ()), parts[2], *parts[3].split(","))
            found[parts[1]] = list(dict.fromkeys(filter(None, names)))
    return found


def own_qos(charged: dict[str, list[str]]) -> dict[str, list[str]]:
    """The same without the QOS that several of the accounts share: its limit is no account's own.

    >>> own_qos({"p1": ["sme-p1", "normal"], "p2": ["normal"]})
    {'p1': ['sme-p1'], 'p2': []}
    """
    counts = Counter(name for qos in charged.values() for name in qos)
    return {account: [name for name in qos if counts[name] == 1] for account, qos in charged.items()}


def _facts(login: str, cluster: Cluster) -> SlurmFacts:
    known = replace(run(facts(), cluster), weights=run(partition_weights(), cluster))
    if known.fades:
        known = replace(known, lasting=run(lasting_qos(), cluster))
    if known.private & HIDES_USE:
        known = replace(known, hidden=run(admin_level(login), cluster) not in ("Operator", "Administrator"))
    return known


def _of(account: str, site: Site | None, cluster: Cluster) -> list[Allocation]:
    """What the site says pays for the account, of what Slurm itself keeps; else what Slurm holds for it."""
    stated = [
        one
        for one in (site.allocations if site else ())
        if one.account == account and one.cluster in ("", cluster.name) and one.source == "slurm"
    ]
    return stated or [Allocation(name=account.lower(), account=account)]


def _begin(wanted: Iterable[Allocation]) -> datetime:
    starts = [one.start for one in wanted]
    first = min((start for start in starts if start is not None), default=None)
    if first is None or None in starts:
        return datetime.now(UTC) - LONG_AGO
    return midnight(first, local_zone())


def _role(login: str, account: str, site: Site | None) -> str:
    """As the hub has it: administrators all, the PI their project's people, others themselves."""
    if login == "root" or (site and login in site.hub.admins):
        return "operator"
    named = next((project for project in site.projects if project.account == account), None) if site else None
    return "pi" if named is not None and login in named.pi else "member"
