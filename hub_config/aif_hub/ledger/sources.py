"""The sources that a site's allocations name, by the words in which the ledger asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session as Database

from aif.core.site import Site
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.source import SlurmSource, Source


def sources_of(
    site: Site,
    accounting: AccountingBudget,
    charged: Callable[[str], Iterable[str]],
    database: Callable[[], Database],
) -> dict[str, Source]:
    """``slurm`` for the first cluster, ``slurm@NAME`` for the others."""
    found: dict[str, Source] = {}
    for number, cluster in enumerate(site.clusters):
        source = SlurmSource(site, cluster, accounting, JobRecords(database, cluster.name), charged)
        found[f"slurm@{cluster.name}" if number else "slurm"] = source
    return found
