"""Which series names a query asks for, and which a page of metrics has."""

from __future__ import annotations

import re

from prometheus_client.parser import text_string_to_metric_families

_ENDINGS = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("_total",)}


def asked(query: str) -> set[str]:
    """The names in a PromQL expression or a dashboard's ``label_values(…)``.

    >>> sorted(asked('sum(rate(aif_ends_total{cause="x_y"}[5m])) / max(up)'))
    ['aif_ends_total', 'up']
    """
    bare = re.sub(r'"[^"]*"|\{[^}]*\}', "", query)
    return set(re.findall(r"\b(?:aif|jupyterhub|process)_\w+|\bup\b", bare))


def shown(page: str) -> set[str]:
    """All names that series of the page have or may have; `up` is Prometheus's own."""
    names = {"up"}
    for family in text_string_to_metric_families(page):
        names |= {family.name + ending for ending in _ENDINGS.get(family.type, ("",))}
    return names
