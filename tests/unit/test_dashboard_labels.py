"""What the operators were promised is on the dashboard, and each query asks for labels and values that there are.

A query for a label that no series has shows an empty panel, and an alert on one never comes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_material import database, site
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.metrics_core import Metric
from test_metrics import GRAFANA, panels, queries

from aif.core.states import EndCause
from aif_hub.metrics import STATES, collector
from aif_hub.workbench import Workbench

#: What is to be seen of a hub, the metric that has it, and how its label tells the kinds apart.
PROMISED = {
    "look age": ("aif_look_age_seconds", "cluster"),
    "queue wait": ("aif_queue_wait_seconds", "profile"),
    "start phases": ("aif_start_phase_seconds", "phase"),
    "refusals": ("aif_refusals_total", "code"),
    "unknown states": ("aif_sessions", "state"),
    "ledger age": ("aif_ledger_age_seconds", "source"),
}
#: All values that a label of ours may have, where they are a closed list.
VALUES = {
    ("aif_sessions", "state"): set(STATES),
    ("aif_session_ends_total", "cause"): {cause.value for cause in EndCause},
    ("aif_refusals_total", "where"): {"start", "sign-in", "request"},
    ("aif_look_seconds", "outcome"): {"ok", "failed"},
    ("aif_slurm_call_seconds", "outcome"): {"ok", "failed", "away", "cancelled"},
    ("aif_launcher_call_seconds", "outcome"): {"ok", "refused", "unknown"},
    ("aif_reconciled_total", "what"): {"adopted", "found", "second", "over", "nobody"},
    ("aif_estimates_tried", "told"): {"now", "later"},
    ("aif_estimates_close", "told"): {"now", "later"},
}
_SELECTOR = re.compile(r"\b(?P<name>aif_\w+?)(?:_bucket|_count|_sum)?\b\{(?P<labels>[^}]*)\}")
_MATCHER = re.compile(r'(\w+)(=~|!~|!=|=)"([^"]*)"')


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """The labels of each of our metrics, by the name that queries have for it."""
    workbench = Workbench(site())
    place = tmp_path_factory.mktemp("hub") / "db.sqlite"
    workbench.attach({"db": database(place)(), "cookie_secret": b"of the tests"})
    collector.watch(workbench)
    found: dict[str, set[str]] = {}
    for one in list(REGISTRY._collector_to_names):
        if isinstance(one, MetricWrapperBase):
            ending = "_total" if one._type == "counter" else ""
            found[f"{one._name}{ending}"] = set(one._labelnames)
    for family in collector.collect():
        ending = "_total" if family.type == "counter" else ""
        found[f"{family.name}{ending}"] = set(_labels_of(family))
    return found


def _labels_of(family: Metric) -> Iterator[str]:
    yield from getattr(family, "_labelnames", ())
    for sample in family.samples:
        yield from sample.labels


@pytest.mark.parametrize("promised", PROMISED)
def test_each_thing_that_operators_were_promised_is_counted_drawn_and_explained(
    promised: str, labels: dict[str, set[str]]
) -> None:
    name, label = PROMISED[promised]
    assert label in labels[name]
    drawn = [one["title"] for one in panels() if any(name in target["expr"] for target in one["targets"])]
    assert drawn, f"no panel of {name}"
    page = (Path(GRAFANA).parent / "docs/operators/metrics.md").read_text(encoding="utf-8")
    (row,) = (line for line in page.splitlines() if line.startswith("| `") and f"`{name}`" in line)
    assert f"`{label}`" in row


def test_sessions_that_slurm_says_nothing_of_have_a_panel_and_an_alert_of_their_own() -> None:
    asking = [name for name, query in queries().items() if re.search(r'aif_sessions\{[^}]*state="unknown"', query)]
    assert {name.split()[0] for name in asking} == {"panel", "alert"}


def test_a_query_asks_for_labels_and_values_that_there_are(labels: dict[str, set[str]]) -> None:
    looked_at = 0
    for where, query in queries().items():
        for selector in _SELECTOR.finditer(query):
            name = selector["name"]
            assert name in labels, where
            for label, how, value in _MATCHER.findall(selector["labels"]):
                if label == "job":  # Prometheus' own
                    continue
                assert label in labels[name], f"{where}: {name} has no label {label}"
                known = VALUES[name, label]
                asked = value.split("|") if how in ("=~", "!~") else [value]
                assert set(asked) <= known, f"{where}: {name} has no {label} {asked}"
                looked_at += 1
        named = set(re.findall(r"\b(aif_\w+?)(?:_bucket|_count|_sum)?\b", re.sub(r'"[^"]*"', "", query))) & set(labels)
        for group in re.findall(r"\bby \(([^)]*)\)", query):
            for label in {one.strip() for one in group.split(",")} - {"le", "job", "instance"}:
                assert not named or any(label in labels[name] for name in named), f"{where}: no label {label}"
    assert looked_at > 5
