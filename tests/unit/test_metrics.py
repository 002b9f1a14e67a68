"""What the hub counts, and that the dashboard and the alert rules ask for nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from budget_material import PILOT, REGULAR, balance
from fake_launcher import end_all, fake_launcher, launcher
from hub_material import LOGIN, database, request, site
from prometheus_client import REGISTRY, generate_latest
from prometheus_names import asked, shown

from aif.core import slurm
from aif.core.errors import LaunchRefused, LaunchUnknown, SlurmUnreachable
from aif.core.site import Cluster
from aif.core.slurm import Call
from aif.core.states import EndCause
from aif_hub.book import Session, SessionBook
from aif_hub.ledger.snapshots import Snapshots
from aif_hub.metrics import STATES, count_change
from aif_hub.refusal import refusal
from aif_hub.workbench import Workbench

GRAFANA = Path(__file__).parents[2] / "hub_config/grafana"
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)


def value(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def workbench(tmp_path: Path) -> Workbench:
    """One that is attached to a hub's database, and read at each scrape."""
    made = Workbench(site())
    made.attach({"db": database(tmp_path / "db.sqlite")(), "cookie_secret": b"of the tests"})
    return made


def page() -> str:
    return generate_latest(REGISTRY).decode()


def written() -> Session:
    return Session("a" * 32, LOGIN, "", "demo", request(), "written", NOON)


def test_each_phase_of_a_start_is_counted_once_with_its_length() -> None:
    before = {phase: value("aif_start_phase_seconds_sum", phase=phase) for phase in ("submitting", "opening", "hub")}
    waited = value("aif_queue_wait_seconds_sum", profile="slice")
    counted = value("aif_queue_wait_seconds_count", profile="slice")
    steps = [
        {"submitted_at": NOON + timedelta(seconds=1)},
        {"started_at": NOON + timedelta(seconds=61)},
        {"ready_at": NOON + timedelta(seconds=64)},
        {"node": "mig01"},
    ]
    session = written()
    count_change(None, session)
    for step in steps:
        old, session = session, replace(session, **step)  # type: ignore[arg-type]
        count_change(old, session)
    after = {phase: value("aif_start_phase_seconds_sum", phase=phase) for phase in before}
    added = {phase: after[phase] - before[phase] for phase in before}
    assert added == pytest.approx({"submitting": 1, "opening": 3, "hub": 4})  # other tests' parts of seconds are in it
    assert value("aif_queue_wait_seconds_sum", profile="slice") - waited == pytest.approx(60)
    assert value("aif_queue_wait_seconds_count", profile="slice") - counted == 1


def test_a_call_back_before_the_look_that_shows_the_start_counts_the_same() -> None:
    before = value("aif_start_phase_seconds_count", phase="opening")
    first = replace(written(), submitted_at=NOON)
    ready = replace(first, ready_at=NOON + timedelta(seconds=9))
    count_change(first, ready)
    assert value("aif_start_phase_seconds_count", phase="opening") == before
    count_change(ready, replace(ready, started_at=NOON + timedelta(seconds=5)))
    assert value("aif_start_phase_seconds_count", phase="opening") == before + 1


def test_the_book_counts_an_end_once_by_its_cause(tmp_path: Path) -> None:
    book = SessionBook(database(tmp_path / "db.sqlite"))
    before = value("aif_session_ends_total", cause="time limit")
    session = book.write(LOGIN, "", request())
    book.update(session.session, stop_asked=True, end_cause=EndCause.TIME_LIMIT)
    assert value("aif_session_ends_total", cause="time limit") == before
    book.close(session.session, EndCause.TIME_LIMIT)
    book.close(session.session, EndCause.TIME_LIMIT)
    assert value("aif_session_ends_total", cause="time limit") == before + 1


async def test_sessions_are_shown_by_state_and_a_silent_slurm_makes_them_unknown(workbench: Workbench) -> None:
    book = workbench.sessions.book
    for step, name in (("written", "a"), ("waiting", "b"), ("ready", "c")):
        session = book.write(LOGIN, name, request())
        book.update(session.session, step=step, job_id=None if step == "written" else 7)
    page()
    assert {state: value("aif_sessions", state=state) for state in STATES} == {
        **dict.fromkeys(STATES, 0),
        "asked": 1,
        "waiting": 1,
        "running": 1,
    }
    workbench.queues["demo"].trouble = "away"
    assert value("aif_sessions", state="unknown") == 2


async def test_what_holds_up_a_session_is_a_state_of_its_own(workbench: Workbench) -> None:
    book = workbench.sessions.book
    for name, held in (("a", "paused_at"), ("b", "silent_since"), ("c", "")):
        session = book.write(LOGIN, name, request())
        book.update(session.session, step="ready", job_id=7)
        if held:
            book.note(session.session, **{held: NOON})
    shown = {state: value("aif_sessions", state=state) for state in STATES}
    assert (shown["paused"], shown["silent"], shown["running"]) == (1, 1, 1)


async def test_the_age_of_a_look_counts_only_while_there_is_something_to_look_for(workbench: Workbench) -> None:
    queue = workbench.queues["demo"]
    queue.as_of = datetime.now(UTC) - timedelta(minutes=9)
    assert value("aif_look_age_seconds", cluster="demo") == 0
    queue.watch(7, 1000)
    assert 540 <= value("aif_look_age_seconds", cluster="demo") < 560
    assert value("aif_jobs_watched", cluster="demo") == 1
    queue.forget(7)


async def test_the_age_of_budgets_is_that_of_the_oldest_one(tmp_path: Path) -> None:
    made = Workbench(replace(site(), allocations=(PILOT, REGULAR)))
    settings = {"db": database(tmp_path / "ledger.sqlite")(), "cookie_secret": b"of the tests"}
    now = datetime.now(UTC)
    kept = Snapshots(lambda: settings["db"])
    kept.keep([balance(PILOT, now - timedelta(minutes=5)).usage, balance(REGULAR, now - timedelta(minutes=50)).usage])
    made.attach(settings)
    page()
    assert 3000 <= value("aif_ledger_age_seconds", source="slurm") < 3010


async def test_slurms_commands_are_counted_by_outcome(tmp_path: Path) -> None:
    cluster = Cluster("demo", "/etc/slurm.conf", str(tmp_path))
    for name, text in (("squeue", "exit 0"), ("sinfo", "echo 'Unable to contact slurm controller' >&2; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{text}\n")
        (tmp_path / name).chmod(0o755)
    ok = value("aif_slurm_call_seconds_count", command="squeue", outcome="ok")
    away = value("aif_slurm_call_seconds_count", command="sinfo", outcome="away")
    await slurm.arun(Call(("squeue",), str), cluster)
    with pytest.raises(SlurmUnreachable):
        await slurm.arun(Call(("sinfo",), str), cluster)
    assert value("aif_slurm_call_seconds_count", command="squeue", outcome="ok") == ok + 1
    assert value("aif_slurm_call_seconds_count", command="sinfo", outcome="away") == away + 1


@pytest.mark.parametrize(
    ("answer", "error", "outcome"),
    [
        ({"job_id": None}, None, "ok"),
        ({"error": {"code": "sbatch", "message": "no"}}, LaunchRefused, "refused"),
        ("garbage", LaunchUnknown, "unknown"),
    ],
)
async def test_the_launchers_calls_are_counted_by_outcome(answer: object, error: Any, outcome: str) -> None:
    before = value("aif_launcher_call_seconds_count", verb="find", outcome=outcome)
    text = answer if isinstance(answer, str) else json.dumps(answer)
    desk = launcher(fake_launcher(f"say({text!r})"))
    try:
        if error:
            with pytest.raises(error):
                await desk.find(login="a", session="b")
        else:
            await desk.find(login="a", session="b")
    finally:
        await end_all()
    assert value("aif_launcher_call_seconds_count", verb="find", outcome=outcome) == before + 1


def test_a_refusal_is_counted_by_its_code_and_shown_in_its_words() -> None:
    before = value("aif_refusals_total", where="start", code="length")
    error: Any = refusal("Too long.", "length")
    assert (error.status_code, error.jupyterhub_message) == (400, "Too long.")
    assert value("aif_refusals_total", where="start", code="length") == before + 1


# The dashboard and the rules ------------------------------------------------------------------------------------------


def panels() -> Iterator[dict[str, Any]]:
    yield from (one for one in json.loads((GRAFANA / "aif.json").read_text())["panels"] if one["type"] != "row")


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load((GRAFANA / "aif-rules.yml").read_text())["groups"]
    found: list[dict[str, Any]] = group["rules"]
    return found


def queries() -> dict[str, str]:
    told = {f"panel {one['title']} {target['refId']}": target["expr"] for one in panels() for target in one["targets"]}
    variables = json.loads((GRAFANA / "aif.json").read_text())["templating"]["list"]
    told |= {f"variable {one['name']}": one["definition"] for one in variables if one["type"] == "query"}
    return told | {f"alert {one['alert']}": one["expr"] for one in rules()}


async def test_the_dashboard_and_the_rules_ask_for_what_there_is(workbench: Workbench) -> None:
    import jupyterhub.metrics  # noqa: F401  # the hub's own

    there = shown(page())
    for name, query in queries().items():
        assert asked(query), name
        assert asked(query) <= there, name


def test_whatever_is_counted_for_operators_is_in_the_dashboard_or_an_alert() -> None:
    documented = set(re.findall(r"`(aif_\w+)`", (GRAFANA.parent / "docs/operators/metrics.md").read_text())) - {"aif_"}
    seen = {re.sub("_(bucket|count|sum)$", "", name) for query in queries().values() for name in asked(query)}
    assert len(documented) > 15
    assert documented - seen == set()


def test_each_panel_says_what_it_shows_in_which_unit_and_stands_apart() -> None:
    taken: set[tuple[int, int]] = set()
    numbers = []
    for one in panels():
        defaults = one["fieldConfig"]["defaults"]
        assert len(one["description"]) > 20, one["title"]
        assert defaults["unit"] in ("s", "short", "bytes", "reqps"), one["title"]
        assert defaults["thresholds"]["steps"][0]["value"] is None, one["title"]
        assert [target["refId"] for target in one["targets"]] == ["A", "B"][: len(one["targets"])]
        at = one["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, one["title"]
        assert at["x"] + at["w"] <= 24
        taken |= cells
        numbers.append(one["id"])
    assert len(set(numbers)) == len(numbers)


def test_each_alert_says_how_grave_it_is_and_what_to_do() -> None:
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert rule["annotations"]["summary"]


def test_the_scrape_comes_with_a_token_in_a_file() -> None:
    (job,) = yaml.safe_load((GRAFANA / "prometheus.yml").read_text())["scrape_configs"]
    assert (job["metrics_path"], job["authorization"]["type"]) == ("/hub/metrics", "Bearer")
    assert job["authorization"]["credentials_file"]
