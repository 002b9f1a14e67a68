"""The sources that a site's allocations name, by the words in which the ledger asks for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy.orm import Session as Database

from aif.core.site import Site
from aif_hub.accounting import AccountingBudget
from aif_hub.ledger.outside import FILE_SECONDS, PORTAL_SECONDS, OutsideSource, from_files
from aif_hub.ledger.record import JobRecords
from aif_hub.ledger.reserved import ReservedTime
from aif_hub.ledger.source import SlurmSource, Source
from aif_hub.ledger.waldur import Portal


def sources_of(
    site: Site,
    accounting: AccountingBudget,
    charged: Callable[[str], Iterable[str]],
    database: Callable[[], Database],
) -> dict[str, Source]:
    """``slurm``, ``file`` and ``waldur`` for the first cluster, ``slurm@NAME`` and so on for the others."""
    found: dict[str, Source] = {}
    for number, cluster in enumerate(site.clusters):
        records = JobRecords(database, cluster.name)
        reserved = ReservedTime(cluster, accounting, database)
        source = SlurmSource(site, cluster, accounting, records, reserved, charged)
        portal = Portal(site.waldur)
        asked = {
            "file": (from_files(site.usage_file.path), site.usage_file.has_running, FILE_SECONDS),
            "waldur": (portal.use, site.waldur.has_running, PORTAL_SECONDS),
        }
        at = f"@{cluster.name}" if number else ""
        found[f"slurm{at}"] = source
        found |= {f"{name}{at}": OutsideSource(name, source, *how) for name, how in asked.items()}
    return found
