"""The real hub's metrics: for who has the token, with everything that the dashboard asks for and nobody's name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from own_hub import OwnHub
from own_hub_place import METRICS_TOKEN, TOKEN
from prometheus_client.parser import text_string_to_metric_families
from prometheus_names import asked, shown

pytestmark = [pytest.mark.demo, pytest.mark.slow, pytest.mark.timeout(120)]
GRAFANA = Path(__file__).parents[2] / "hub_config/grafana"


def counted(page: str, name: str, **labels: str) -> float:
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return sum(one.value for one in samples if one.name == name and labels.items() <= one.labels.items())


def test_a_start_a_refusal_and_an_end_are_in_the_metrics_and_nobodys_name_is(own_hub: OwnHub) -> None:
    own_hub.start()
    login = own_hub.login("class38")
    own_hub.use_standin(login)
    before = own_hub.get("/hub/metrics", METRICS_TOKEN).text
    assert own_hub.ask_for(login, minutes=5000).status == 400
    own_hub.ask_for(login)
    own_hub.await_ready(login)
    running = own_hub.get("/hub/metrics", METRICS_TOKEN).text
    assert counted(running, "aif_sessions", state="running") >= 1
    assert counted(running, "aif_look_age_seconds") < 30
    own_hub.ask_to_stop(login)
    own_hub.await_ended(login)
    after = own_hub.get("/hub/metrics", METRICS_TOKEN).text
    for name, labels in {
        "aif_refusals_total": {"where": "start", "code": "length"},
        "aif_queue_wait_seconds_count": {"profile": "cpu"},
        "aif_start_phase_seconds_count": {"phase": "opening"},
        "aif_session_ends_total": {"cause": "stopped"},
        "aif_launcher_call_seconds_count": {"verb": "submit", "outcome": "ok"},
    }.items():
        assert counted(after, name, **labels) == counted(before, name, **labels) + 1, name
    assert counted(after, "aif_slurm_call_seconds_count", command="squeue", outcome="ok") > 0
    assert counted(after, "aif_look_seconds_count", outcome="ok") > 0
    assert login not in after

    dashboard = json.loads((GRAFANA / "aif.json").read_text())
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel.get("targets", ())]
    queries += [rule["expr"] for rule in yaml.safe_load((GRAFANA / "aif-rules.yml").read_text())["groups"][0]["rules"]]
    assert {name for query in queries for name in asked(query)} <= shown(after)


def test_metrics_are_for_who_has_the_right_to_them(own_hub: OwnHub) -> None:
    own_hub.start()
    assert own_hub.get("/hub/metrics").status == 403
    assert own_hub.get("/hub/metrics", TOKEN).status == 403
    assert own_hub.get("/hub/metrics", own_hub.token(own_hub.login("class38"))).status == 403
    assert own_hub.api("GET", "users", token=METRICS_TOKEN).status == 403, "it reads metrics and nothing else"
