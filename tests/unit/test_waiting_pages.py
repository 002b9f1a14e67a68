"""Home, the waiting page and the page of an ended session as HTML, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hub_material as material
import pytest
from jinja2 import ChoiceLoader, DictLoader, Environment, FileSystemLoader

from aif.core.jobs import JobSighting
from aif.core.states import EndCause
from aif_hub.paths import Paths
from aif_hub.speech import Speech, speak
from aif_hub.views import Look, home, past
from aif_hub.views_clusters import cluster_rows
from aif_hub.views_waiting import waiting
from aif_hub.worker_clusters import ClusterSeen

TEMPLATES = Path(__file__).parents[2] / "hub_config" / "templates"
NOW = datetime(2027, 4, 1, 14, 30, tzinfo=UTC)
PATHS = Paths("/hub/", "/", "marieke")
SITE = material.site()
ASKED = material.waiting_session(NOW - timedelta(minutes=10), 12)
RUNS = replace(ASKED, step="ready", node="mig01", started_at=NOW - timedelta(hours=1), ready_at=NOW)
ENDED = replace(RUNS, step="ended", ended_at=NOW, end_cause=EndCause.TIME_LIMIT)
LOOK = Look(JobSighting(12, 1003, "PENDING", reason="Priority"))


@pytest.fixture
def speaking(request: pytest.FixtureRequest) -> Iterator[None]:
    """The language of the test, and English again after it."""
    speak(request.param)
    yield
    speak("en")


def rendered(name: str, aif: dict[str, Any], **given: Any) -> str:
    """The main part of a page, without the shell around it."""
    bare = DictLoader(dict.fromkeys((f"templates/{name}", "page.html"), "{% block main %}{% endblock %}"))
    loader = ChoiceLoader([bare, FileSystemLoader(TEMPLATES)])
    environment = Environment(loader=loader, autoescape=True, extensions=[Speech])
    aif = {"events": lambda *_: "/hub/aif/events", "told": lambda *_: (), **aif}
    given = {"base_url": "/hub/", "prefix": "/", "xsrf": "x", "user": SimpleNamespace(name="marieke"), **given}
    return environment.get_template(name).render(aif=SimpleNamespace(**aif), **given)


def text(html: str) -> str:
    """What is read and what is said: no tags, but the labels that they carry."""
    labels = " ".join(re.findall(r'aria-label="([^"]*)"', html))
    return re.sub(r"\s+", " ", f"{labels} {re.sub('<[^>]*>', ' ', html)}")


def home_page() -> str:
    sessions = [ASKED, replace(RUNS, session="1" * 32, server_name="session-2"), replace(ENDED, session="2" * 32)]
    page = home(sessions, lambda one: LOOK if one is ASKED else Look(), NOW, SITE, PATHS)
    return rendered("home.html", {"person": lambda _: SimpleNamespace(name="Marieke")}, page=page)


def waiting_page() -> str:
    page = waiting(ASKED, LOOK, NOW, SITE)
    return rendered("spawn_pending.html", {}, page=page)


def ended_page() -> str:
    last = past(ENDED, NOW, SITE, PATHS)
    return rendered("not_running.html", {"last": lambda *_: last}, server_name="", failed=False, spawn_url="/hub/spawn")


CLUSTERS = (
    ClusterSeen("aif-abc_1234", here=4, waiting=2, used=Fraction(4, 7), rate=Fraction(4, 7)),
    ClusterSeen("aif-x", here=0, waiting=1, used=Fraction(), rate=Fraction()),
    ClusterSeen("aif-y", here=1, waiting=0, used=Fraction(1), rate=Fraction(1), stopping=True),
)


def with_clusters() -> str:
    page = home([RUNS], lambda _: Look(), NOW, SITE, PATHS, clusters=lambda _: cluster_rows(CLUSTERS))
    return rendered("home.html", {"person": lambda _: SimpleNamespace(name="Marieke")}, page=page)


@pytest.mark.parametrize(
    ("speaking", "said"),
    [
        (
            "en",
            (
                "Dask cluster aif-abc_1234",
                "Four workers at work, two workers waiting",
                "0.57 GPU-hours so far · 0.57 GPU-hours per hour",
                "Dask cluster aif-x",
                "One worker waiting",
                "No GPU-hours so far",
                "Stopping",
                "Its workers end within a minute or two.",
                "Stop this cluster",
            ),
        ),
        (
            "nl",
            (
                "Dask-cluster aif-abc_1234",
                "Vier workers aan het werk, twee workers wachten",
                "0,57 GPU-uur tot nu toe · 0,57 GPU-uur per uur",
                "Eén worker wacht",
                "Dit cluster stoppen",
            ),
        ),
    ],
    indirect=["speaking"],
)
@pytest.mark.usefixtures("speaking")
def test_home_shows_the_clusters_of_a_session(said: tuple[str, ...]) -> None:
    html = with_clusters()
    found = text(html)
    assert [part for part in said if part not in found] == []
    assert html.count('action="/hub/aif/cluster/stop"') == 2, "one is stopping already"
    assert html.count('name="cluster" value="aif-abc_1234"') == 1
    assert html.index('class="cluster"') > html.index('data-server=""')


def test_a_session_without_clusters_says_nothing_of_them() -> None:
    assert "cluster" not in home_page()


@pytest.mark.parametrize("speaking", ["en"], indirect=True)
@pytest.mark.usefixtures("speaking")
def test_a_sentence_keeps_its_parts_alive() -> None:
    assert re.search(r'<small>left, until <time datetime="[^"]+">15:30</time></small>', home_page())
    assert re.search(r'<dd><span data-since="[^"]+">10 min</span> ago</dd>', waiting_page())
    assert '<a href="/hub/home">your home page</a>' in waiting_page()
    assert "0.14 GPU-hours in 1 h" in text(ended_page())


@pytest.mark.parametrize("speaking", ["nl"], indirect=True)
@pytest.mark.usefixtures("speaking")
def test_the_same_pages_speak_dutch() -> None:
    assert "over, tot 15.30 uur" in text(home_page())
    assert "10 min geleden" in text(waiting_page())
    assert "0,14 GPU-uur in 1 u" in text(ended_page())
    assert "Opnieuw starten met dezelfde keuze" in text(ended_page())
