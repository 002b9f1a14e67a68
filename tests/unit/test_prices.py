"""What a site without GPU-hours says of cost: everything in the unit in which its projects' budgets are kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from fractions import Fraction
from types import SimpleNamespace

import pytest
from budget_material import NOW as BUDGETS_NOW
from budget_material import PILOT, balance, funds
from hub_material import PROJECTS, site
from test_waiting_pages import ASKED, ENDED, LOOK, NOW, PATHS, RUNS, rendered, speaking, text
from test_worker_clusters import of_cluster
from test_workers import book, clock, launcher, session, slurm

from aif.core.request import JobRequest, Project
from aif.core.site import Site
from aif_hub import prices
from aif_hub.book import Session
from aif_hub.speech import speak
from aif_hub.views import Look, home
from aif_hub.views_clusters import cluster_rows
from aif_hub.views_projects import project_card
from aif_hub.views_sessions import sessions_page
from aif_hub.views_start import start_form
from aif_hub.views_waiting import waiting
from aif_hub.warnings.event import Event, Kind, Notice
from aif_hub.warnings.told import told
from aif_hub.worker_clusters import Clusters, ClusterSeen

__all__ = ["book", "clock", "launcher", "session", "slurm", "speaking"]  # fixtures

CLUSTERS = (ClusterSeen("aif-x7", here=4, waiting=0, used=Fraction(12), rate=Fraction(8), unit="core-hour"),)


def kept_in(unit: str) -> Site:
    """A site whose project has its budget in that unit."""
    return replace(site(), allocations=(replace(PILOT, unit=unit),))


def on_home(unit: str, *, gpu: bool = True) -> str:
    here, request = kept_in(unit), RUNS.request if gpu else replace(RUNS.request, gpus=0, gpu_type="")
    runs = replace(RUNS, request=request)
    page = home([runs, *ended(request)], lambda _: Look(), NOW, here, PATHS, clusters=lambda _: cluster_rows(CLUSTERS))
    return text(rendered("home.html", {"person": lambda _: SimpleNamespace(name="Marieke")}, page=page))


def ended(request: JobRequest) -> list[Session]:
    return [replace(ENDED, session="2" * 32, request=request, would_end=NOW + timedelta(minutes=30), ended_at=NOW)]


@pytest.mark.parametrize(
    ("speaking", "said"),
    [
        (
            "en",
            (
                "2 core-hours so far · on mig01",
                "12 core-hours so far · 8 core-hours per hour",
                "2 core-hours in 1 h",
                "Stopping it early spared 1 core-hour.",
            ),
        ),
        ("nl", ("2 kernuur tot nu toe · op mig01", "12 kernuur tot nu toe · 8 kernuur per uur")),
    ],
    indirect=["speaking"],
)
def test_home_is_in_the_unit_of_the_budget(speaking: None, said: tuple[str, ...]) -> None:
    read = on_home("core-hour")
    assert [one for one in said if one not in read] == []
    assert "GPU-hour" not in read
    assert "GPU-u" not in read


def test_what_is_paid_in_billing_hours_is_told_in_gpu_hours_or_not_at_all() -> None:
    assert "0.14 GPU-hours so far · on mig01" in on_home("billing-hour")
    read = on_home("billing-hour", gpu=False)
    assert " on mig01 " in read
    assert "GPU-hours" not in read


def test_a_project_says_what_the_person_uses_of_it_in_its_own_unit() -> None:
    mine = [replace(RUNS, request=replace(RUNS.request, account="inspect01", allocation=""))]
    here = kept_in("node-hour")
    of = funds(balance(here.allocations[0]))
    assert project_card(of, mine, BUDGETS_NOW, here, PATHS).rate == "1 node-hour per hour"
    rates = {mine[0].session: Fraction(3)}
    assert project_card(of, mine, BUDGETS_NOW, here, PATHS, rates).rate == "4 node-hours per hour"


@pytest.mark.parametrize(("unit", "most"), [("core-hour", "4 core-hours"), ("node-hour", "2 node-hours")])
def test_the_waiting_page_says_what_it_costs_at_most_in_that_unit(unit: str, most: str) -> None:
    assert waiting(ASKED, LOOK, NOW, kept_in(unit)).most == most
    free = replace(ASKED, request=replace(ASKED.request, gpus=0, gpu_type=""))
    assert waiting(free, LOOK, NOW, kept_in(unit)).most == most, "a GPU is not what is counted"
    assert waiting(free, LOOK, NOW, kept_in("billing-hour")).most == "What Slurm works out"
    assert waiting(free, LOOK, NOW, site()).most == "No GPU-hours"


def test_the_list_of_all_sessions_is_in_that_unit() -> None:
    page = sessions_page(1, [ENDED], [], NOW, kept_in("core-hour"), PATHS)
    assert [one.used for one in page.past] == ["2 core-hours"]


def test_sizes_are_priced_in_the_units_that_may_pay() -> None:
    here = kept_in("core-hour")
    form = start_form(here, PROJECTS[:1], {}, None, {}, NOW)
    assert [one.price for one in form.profiles] == ["2 core-hours per hour", "2 core-hours per hour"]
    assert form.units == ("A core-hour, the unit of your project's budget, is one processor core for one hour.",)
    both = start_form(here, [*PROJECTS[:1], Project("other01", "Other")], {}, None, {}, NOW)
    assert [one.price for one in both.profiles] == [
        "0.14 GPU-hours or 2 core-hours per hour",
        "No GPU-hours or 2 core-hours per hour",
    ]
    billed = start_form(kept_in("billing-hour"), PROJECTS[:1], {}, None, {}, NOW)
    assert [one.price for one in billed.profiles] == ["0.14 GPU-hours per hour", "What it costs, Slurm works out"]
    usual = start_form(site(), PROJECTS[:1], {}, None, {}, NOW)
    assert [one.price for one in usual.profiles] == ["0.14 GPU-hours per hour", "Costs no GPU-hours"]


def test_a_length_is_not_said_to_cost_nothing_where_only_slurm_knows() -> None:
    cpu = site().profiles[1]
    assert prices.runs(cpu, 60, "gpu-hour") == "It runs for 1 h at most and costs no GPU-hours."
    assert prices.runs(cpu, 60, "core-hour") == "It runs for 1 h at most and costs at most 2 core-hours."
    assert prices.runs(cpu, 60, "billing-hour") == "It runs for 1 h at most; what it costs, Slurm works out."


def test_a_tutorial_is_priced_as_the_site_keeps_its_budgets() -> None:
    size = site().profiles[0]
    assert prices.at_most_anywhere(size, 60, site()) == "at most 0.15 GPU-hours"
    assert prices.at_most_anywhere(size, 60, kept_in("core-hour")) == "at most 2 core-hours"
    mixed = replace(site(), allocations=(PILOT, replace(PILOT, name="other", unit="core-hour")))
    assert prices.at_most_anywhere(size, 60, mixed) == "at most 2 core-hours or 0.15 GPU-hours"


def test_a_session_is_in_the_unit_of_its_own_budget_among_several() -> None:
    rows = (replace(PILOT, name="a", qos="qa"), replace(PILOT, name="b", qos="qb", unit="core-hour"))
    here = replace(site(), allocations=rows)
    request = replace(RUNS.request, account="inspect01")
    assert prices.unit_of(replace(request, allocation="b"), here) == "core-hour"
    assert prices.unit_of(replace(request, allocation="", qos="qb"), here) == "core-hour", "one of an older record"
    assert prices.unit_of(replace(request, allocation="b", account="other"), here) == "gpu-hour"


def test_workers_are_counted_in_what_their_session_is_paid_in(session: Session) -> None:
    counted = Clusters({"h100_1g.10gb": Fraction(1, 7)}, lambda _: "core-hour")
    seen = [replace(one, cpus=4) for one in of_cluster(session.session, "aif-a", 12, "RUNNING", "RUNNING", minutes=30)]
    counted.take(seen, [session])
    (cluster,) = counted.of(session, timedelta())
    assert (cluster.used, cluster.rate, cluster.unit) == (Fraction(4), Fraction(8), "core-hour")


@pytest.fixture
def idle() -> Event:
    data = {"since": (NOW - timedelta(minutes=15)).isoformat(), "rate": "1/7", "minutes": 15}
    return Event(1, NOW, Notice("marieke", "line", Kind.GPU_IDLE, "0" * 32, data=data))


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "It costs 0.03 core-hours a minute. If you do not need it, a size without a GPU leaves it to others."),
        ("nl", "kernuur per minuut"),
    ],
)
def test_a_warning_prices_idleness_in_that_unit(idle: Event, language: str, said: str) -> None:
    speak(language)
    try:
        assert said in told(idle, RUNS, NOW, kept_in("core-hour"), PATHS).text
    finally:
        speak("en")
