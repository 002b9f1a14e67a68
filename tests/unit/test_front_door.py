"""What browsers are told, names for people's servers, and one person's pace: settings, their checks, and the sums."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hub_material import site, site_data
from hypothesis import given
from hypothesis import strategies as st
from operate_material import is_ok, is_warning, is_wrong
from tornado import web
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application
from traitlets.config import Config

from aif.core import site as sites
from aif.core.errors import SiteError
from aif_hub import admission, turns
from aif_hub.front_door import browser_settings, policy, remember
from aif_hub.operate.certificate import Certificate
from aif_hub.operate.checks import names
from aif_hub.pace import Pace
from aif_hub.paths import paths_of
from aif_hub.proxy import Proxy

HUB = sites.parse(site_data()).hub
APART = replace(HUB, public_url="https://hub.example.org", person_subdomains=True)


def settings(hub: sites.Hub) -> Any:
    c = Config()
    c.JupyterHub.tornado_settings = {}
    browser_settings(c, hub)
    return c.JupyterHub


# -- what browsers are told --------------------------------------------------------------------------------------------


def test_no_page_may_be_framed_and_nothing_comes_from_elsewhere() -> None:
    parts = policy(HUB).split("; ")
    assert {"frame-ancestors 'none'", "default-src 'self'", "base-uri 'none'", "form-action 'self'"} <= set(parts)
    assert settings(HUB).tornado_settings["headers"]["Content-Security-Policy"] == policy(HUB)


@pytest.mark.parametrize("key", ["cookie_options", "xsrf_cookie_kwargs"])
def test_cookies_go_with_nobody_elses_forms_and_over_tls_alone_where_there_is_tls(key: str) -> None:
    plain, tls = settings(HUB).tornado_settings[key], settings(APART).tornado_settings[key]
    assert (plain["samesite"], tls["samesite"]) == ("Lax", "Lax")
    assert ("secure" in plain, tls["secure"]) == (False, True)


def test_what_a_browser_remembers_of_ours_goes_by_the_same_rules() -> None:
    connection = cast(Any, SimpleNamespace(set_close_callback=lambda _: None))
    line = RequestStartLine("GET", "/hub/aif/language?to=nl", "HTTP/1.1")
    request = HTTPServerRequest(headers=HTTPHeaders({"Host": "hub"}), connection=connection, start_line=line)
    site = Application(cookie_options=settings(APART).tornado_settings["cookie_options"], base_url="/")
    answer = web.RequestHandler(site, request)
    remember(answer, "aif-language", "nl", 365)
    [cookie] = answer._new_cookie.values()
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"], cookie["path"]) == (True, True, "Lax", "/")


def test_people_with_names_of_their_own_are_apart_from_the_hub() -> None:
    c = settings(APART)
    assert (c.subdomain_host, c.cookie_host_prefix_enabled) == ("https://hub.example.org", True)
    assert "form-action 'self' https://*.hub.example.org" in policy(APART)
    assert "subdomain_host" not in settings(HUB)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8000", "https://10.1.2.3", "http://localhost:8000"])
def test_names_below_an_address_are_refused(url: str) -> None:
    with pytest.raises(SiteError, match="person_subdomains"):
        site(hub={**site_data()["hub"], "bind_url": url, "person_subdomains": True})


def test_links_and_routes_lead_to_a_persons_own_name() -> None:
    user = SimpleNamespace(escaped_name="joost", host="https://joost.hub.example.org", settings={"subdomain_host": ""})
    assert paths_of(user, "/hub/", "/").server("", "lab") == "/user/joost/lab"
    user.settings["subdomain_host"] = "https://hub.example.org"
    paths = paths_of(user, "/hub/", "/")
    assert (paths.server("a"), paths.start()) == ("https://joost.hub.example.org/user/joost/a/", "/hub/spawn/joost")


def test_the_proxy_tells_names_apart_only_where_people_have_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("aif_hub.proxy.node", lambda environment: environment / "node")
    proxy = Proxy(environment=Path("/e"), address="127.0.0.1", port=1, api_port=2, certs=Path("/c"))
    assert "--host-routing" not in proxy.argv
    assert "--host-routing" in replace(proxy, by_name=True).argv


def test_names_that_lead_nowhere_or_have_no_certificate_are_found() -> None:
    is_ok(names.shared("127.0.0.1"))
    is_warning(names.shared("hub.example.org"), "can act as whoever opens it", "*.hub.example.org")
    name, here, there = "aif-check.hub.example.org", frozenset({"10.0.0.1"}), frozenset({"10.0.0.2"})
    is_ok(names.resolved(name, here, here))
    is_wrong(names.resolved(name, frozenset(), here), "has no address", "*.hub.example.org to DNS")
    is_wrong(names.resolved(name, there, here), "leads elsewhere")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    certificate = Certificate(now, now, ("hub.example.org", "*.hub.example.org"), b"")
    is_ok(names.covered(APART, name, certificate)[0])
    is_wrong(names.covered(APART, name, replace(certificate, names=("hub.example.org",)))[0], "is not for", "*.hub")
    is_wrong(names.covered(replace(APART, public_url="http://hub.example.org"), name, None)[0], "no TLS", "https")


# -- one person's pace -------------------------------------------------------------------------------------------------


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@given(st.lists(st.floats(0, 3), min_size=1, max_size=60), st.floats(0.5, 20), st.integers(1, 20))
def test_in_any_stretch_of_time_a_person_gets_a_burst_and_the_rate(gaps: list[float], rate: float, burst: int) -> None:
    clock, served = Clock(), []
    pace = Pace(rate, burst, clock=clock)
    for gap in gaps:
        clock.now += gap
        wait = pace.turn("a")
        assert wait is not None
        served.append(clock.now + wait)
    for first in range(len(served)):
        for last in range(first, len(served)):
            assert last - first + 1 <= burst + rate * (served[last] - served[first]) + 1e-6


def test_who_waits_too_long_is_refused_and_others_notice_nothing() -> None:
    clock = Clock()
    pace = Pace(1, 2, patience_seconds=3, clock=clock)
    assert [pace.turn("loop") for _ in range(8)] == [0, 0, 1, 2, 3, None, None, None]
    assert pace.turn("other") == 0
    clock.now += 1
    assert pace.turn("loop") == 3


def test_people_who_have_all_their_turns_again_are_forgotten() -> None:
    clock = Clock()
    pace = Pace(1, 1, clock=clock)
    for number in range(3000):
        clock.now += 1
        pace.turn(str(number))
    assert len(pace._next) < 1010


def handler(pace: Pace, kind: str = "user", body: bytes = b"") -> Any:
    user = SimpleNamespace(name="loop", kind=kind)
    return SimpleNamespace(settings={"aif_pace": pace}, _jupyterhub_user=user, request=SimpleNamespace(body=body))


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    times: list[float] = []

    async def sleep(seconds: float) -> None:
        times.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return times


async def test_a_refusal_comes_no_sooner_than_an_answer(slept: list[float]) -> None:
    pace = Pace(1, 1, patience_seconds=0, clock=lambda: 0.0)
    await turns._in_turn(handler(pace))
    with pytest.raises(web.HTTPError) as refusal:
        await turns._in_turn(handler(pace))
    assert (refusal.value.status_code, slept) == (429, [0, turns.PATIENCE_SECONDS])
    assert refusal.value.headers == {"Retry-After": "60"}  # type: ignore[attr-defined]


async def test_a_large_body_costs_turns_and_is_refused_with_words(slept: list[float]) -> None:
    pace = Pace(1, 5, clock=lambda: 0.0)
    with pytest.raises(web.HTTPError, match="200 kB long, and 128 kB is the most") as refusal:
        await turns._in_turn(handler(pace, body=b"x" * (200 << 10)))
    assert refusal.value.status_code == 413
    assert (pace.turn("loop") or 0) > 20


async def test_a_service_never_waits(slept: list[float]) -> None:
    pace = Pace(1, 1, clock=lambda: 0.0)
    for _ in range(5):
        await turns._in_turn(handler(pace, kind="service", body=b"x" * (200 << 10)))
    assert slept == []


# -- starts ------------------------------------------------------------------------------------------------------------


def asking(name: str, kind: str = "user") -> Any:
    return SimpleNamespace(current_user=SimpleNamespace(name=name, kind=kind))


@pytest.fixture
def bench() -> Callable[[int], Any]:
    rules = sites.SessionRules(starts_a_minute=3, sessions_at_once=2)

    def with_open(sessions: int) -> Any:
        book = SimpleNamespace(open_sessions=lambda: [SimpleNamespace(login="loop")] * sessions)
        parts = SimpleNamespace(book=book)
        return SimpleNamespace(site=SimpleNamespace(session=rules), starts=turns.starts_of(rules), sessions=parts)

    return with_open


def test_starts_in_a_loop_are_refused_and_an_operators_are_not(bench: Callable[[int], Any]) -> None:
    workbench = bench(0)
    for _ in range(3):
        admission.check_starts(workbench, "loop", asking("loop"))
    with pytest.raises(web.HTTPError, match="More than 3 starts") as refusal:
        admission.check_starts(workbench, "loop", asking("loop"))
    assert refusal.value.status_code == 429
    for other in (asking("operator"), asking("loop", kind="service"), None):
        admission.check_starts(workbench, "loop", other)
    admission.check_starts(workbench, "other", asking("other"))


def test_nobody_has_more_sessions_open_than_one_may(bench: Callable[[int], Any]) -> None:
    admission.check_starts(bench(1), "loop", asking("loop"))
    with pytest.raises(web.HTTPError, match="2 sessions open"):
        admission.check_starts(bench(2), "loop", asking("loop"))
