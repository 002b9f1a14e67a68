"""The parts of `aif bench front` that need no hub: what slurmdbd was asked, and which sentences are missing."""

from __future__ import annotations

import itertools
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import pytest
from jupyterhub import handlers

from aif_hub.bench import clicking, expecting, front, measure
from aif_hub.demo import people, slurm_files

STATS = """
Cluster 'demo' rollup statistics
Hour  last ran Tue Nov 24 11:00:00 2026 (1795518000)

Remote Procedure Call statistics by message type
	DBD_FINI                 ( 1401) count:92     ave_time:3023   total_time:278160
	DBD_STEP_START           ( 1442) count:40     ave_time:1572   total_time:62907
	DBD_GET_ASSOCS           ( 1410) count:12     ave_time:23471  total_time:281663
	DBD_GET_JOBS_COND        ( 1444) count:3      ave_time:1597   total_time:4792

Remote Procedure Call statistics by user
	root                     (     0) count:150    ave_time:3023   total_time:278160
"""


def test_only_what_somebody_asked_the_accounting_is_counted() -> None:
    assert measure.parse_accounting_calls(STATS) == 15


def test_every_page_has_an_address_and_everybodys_pages_need_no_session() -> None:
    addresses = {clicking.address(page, "demo-class01") for page in (*clicking.EVERYBODYS, "sign-in")}
    assert len(addresses) == len(clicking.EVERYBODYS) + 1
    steps = ("submitted", "waiting", "ended", "ready", "")
    own = [clicking.own_pages("demo-class01", step, "0" * 32) for step in steps]
    assert [set(pages) for pages in own] == [{"waiting"}, {"waiting"}, {"ended", "receipt"}, set(), set()]
    assert set(clicking.OFTEN) - clicking.EVERYBODYS == {page for pages in own for page in pages}


def test_the_pages_that_are_clicked_are_ones_that_the_hub_has() -> None:
    import aif_hub.handlers
    import aif_hub.project_pages
    import aif_hub.receipts
    import aif_hub.tutorial_pages  # noqa: F401  # puts its addresses into the hub

    addresses = [clicking.address(page, "demo-class01") for page in clicking.EVERYBODYS]
    addresses += clicking.own_pages("demo-class01", "ended", "0" * 32).values()
    patterns = [entry[0] for entry in handlers.default_handlers]
    for address in (urlsplit(one).path for one in addresses):
        if address.startswith("/hub/aif/"):
            assert any(re.fullmatch(one, address.removeprefix("/hub")) for one in patterns), address
    demo = people.read(slurm_files.demo_file("people.toml"))
    assert {person.projects for person in demo.people if person.room} == {(clicking.ACCOUNT,)}
    assert clicking.TUTORIAL in {path.stem for path in (Path(__file__).parents[2] / "tutorials").glob("*.py")}


async def test_somebody_clicks_on_what_they_have_and_leaves_a_page_that_leads_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    opened: list[tuple[str, str]] = []

    @dataclass(frozen=True)
    class Somebody:
        url: str
        login: str

        async def open(self, path: str) -> float | None:
            opened.append((self.login, path))
            return None if path == "/of/waiting" else 12.0

    monkeypatch.setattr(clicking, "Visitor", Somebody)
    monkeypatch.setattr(clicking, "time", SimpleNamespace(monotonic=itertools.count().__next__))  # a second a click
    took: dict[str, list[float]] = defaultdict(list)
    who: Any = Somebody("", "ann")
    own = {"waiting": "/of/waiting", "receipt": "/of/receipt"}
    await clicking._clicks(who, own, 400, 1e-6, took)
    assert set(took) == {*clicking.EVERYBODYS, "receipt", "sign-in"}
    assert opened.count(("ann", "/of/waiting")) == 1
    assert {login for login, path in opened if path == "/hub/login"} == {""}


def test_each_choice_is_another_so_that_slurm_is_asked_for_each() -> None:
    assert len(set(expecting.CHOICES)) == len(expecting.CHOICES) >= 20


def test_who_never_started_was_told_wrong_once_the_time_is_past() -> None:
    now = datetime.now(UTC)
    told = [
        expecting.Told(now, now, now + timedelta(seconds=119)),
        expecting.Told(now, now, now - timedelta(seconds=121)),
        expecting.Told(now, now - timedelta(seconds=121)),
        expecting.Told(now, now + timedelta(hours=1)),  # may still come true
    ]
    assert expecting.judged(told, now) == (3, 1)


def test_who_was_told_now_is_counted_apart_from_who_was_told_a_later_time() -> None:
    now = datetime.now(UTC)
    at_once, soon, later = (expecting.Told(now, now + timedelta(seconds=wait)) for wait in (0, 60, 61))
    assert list(expecting.by_kind([at_once, later, soon]).values()) == [[at_once, soon], [later]]


def test_a_pages_time_is_the_slow_click_and_the_slow_drawing_together() -> None:
    clicks = clicking.Clicks({"home": [10.0] * 90 + [30.0] * 10, "help": [5.0, 5.0]}, 60.0, 0)
    drawn = [20.0] * 19 + [50.0, 90.0]
    seen = {"home": {"html_kb": 9.0, "requests": 5, "all_kb": 60.0, "ready_ms": drawn, "violations": []}, "help": None}
    pages = front._pages(clicks, seen)
    assert pages["home"] == {"html_kb": 9.0, "requests": 5, "ready_ms_p95": 80.0}
    assert pages["help"] == {"html_kb": None, "requests": None, "ready_ms_p95": None}
