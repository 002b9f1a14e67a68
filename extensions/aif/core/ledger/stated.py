"""Allocations as the site file states them: made from their tables and checked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from aif.core.entries import build, entries_of
from aif.core.errors import SiteError
from aif.core.ledger.allocation import SHARES, SOURCES, UNITS, Allocation, Period, UsageFile, Waldur


def allocation(entry: dict[str, Any], at: int) -> Allocation:
    """The allocation of one ``[[allocation]]`` table. Raises SiteError."""
    where = f"allocation.{entry.get('name', at)}"
    rest = dict(entry)
    periods = tuple(build(Period, part, f"{where}.periods[{i}]") for i, part in enumerate(entries_of(rest, "periods")))
    return replace(build(Allocation, rest, where), periods=periods)


def check(allocations: Sequence[Allocation], clusters: Sequence[str], usage_file: UsageFile, waldur: Waldur) -> None:
    """One name each, words that we know, days in their order, and a source that is there. Raises SiteError."""
    names = [allocation.name for allocation in allocations]
    for one in allocations:
        at = f"allocation.{one.name}"
        if names.count(one.name) > 1:
            raise SiteError(at, "stands twice; names must differ")
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]{0,62}", one.name):
            raise SiteError(f"{at}.name", "stands in links: up to 63 of a-z, 0-9, ., _ and -")
        for key, value, known in (
            ("unit", one.unit, UNITS),
            ("share", one.share, SHARES),
            ("source", one.source, SOURCES),
        ):
            if value not in known:
                raise SiteError(f"{at}.{key}", f"must be one of {', '.join(filter(None, known))}, got {value!r}")
        if one.billing_per_unit is not None and one.billing_per_unit <= 0:
            raise SiteError(f"{at}.billing_per_unit", "must be above 0")
        if one.component_units <= 0:
            raise SiteError(f"{at}.component_units", "must be above 0")
        if one.source == "file" and not usage_file.path:
            raise SiteError("usage_file.path", f"is needed: {at} has its figures in a file")
        if one.source == "waldur" and not (waldur.url and waldur.token_file):
            raise SiteError("waldur", f"url and token_file are needed: {at} has its figures there")
        if one.source == "waldur" and not one.resource:
            raise SiteError(f"{at}.resource", "is needed: the UUID of the resource in Waldur")
        if one.cluster and one.cluster not in clusters:
            raise SiteError(f"{at}.cluster", f"names no [[cluster]]: {one.cluster!r}")
        days = [day for day in (one.start, one.compute_end, one.data_end) if day]
        if days != sorted(days):
            raise SiteError(at, "start, compute_end and data_end must follow each other")
