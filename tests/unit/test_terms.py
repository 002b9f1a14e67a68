"""Terms of use: nothing starts before they are accepted, whichever way it is asked for; without any, all is as ever."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from audit_material import entries
from hub_material import TERMS, database, request, site, site_data
from sqlalchemy.orm import Session as Database
from test_waiting_pages import NOW, PATHS, rendered, speaking, text
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine, parse_body_arguments
from tornado.web import Application, HTTPError

from aif.core import site as sites
from aif.core.request import Project
from aif.core.terms import Terms
from aif_hub.audit.requests import log_function
from aif_hub.handlers_start import StartHandler
from aif_hub.home_page import home_page
from aif_hub.pages import Pages
from aif_hub.projects import Projects
from aif_hub.spawner import SlurmSessionSpawner
from aif_hub.speech import speak
from aif_hub.switching import SwitchHandler
from aif_hub.terms import TermsRecord
from aif_hub.terms_page import TermsHandler, terms_page
from aif_hub.views import Look
from aif_hub.workbench import Workbench

__all__ = ["speaking"]
STATED = site(terms=TERMS)
FORM = {"profile": "slice", "minutes": "60"}


class Nobodys(Projects):
    """Slurm knows nobody, so that a start which is looked at is refused for that."""

    async def of(self, login: str, patience: float | None = None) -> list[Project]:
        return []


class Hub:
    """A hub in this process, of a site with or without terms: its workbench, its database, and requests to it."""

    def __init__(self, folder: Path, terms: Any = TERMS) -> None:
        stated = {"terms": terms} if terms else {}
        self.folder = folder
        self.database = database(folder / "hub.sqlite")
        self.bench = Workbench(site(state_dir=str(folder), **stated))
        self.bench.projects = Nobodys(self.bench.site, self.bench.site.clusters[0], self.bench.accounting)
        self.bench._watching = cast(Any, "nobody is told of anything here")
        self.bench.attach({"db": self.database(), "cookie_secret": b"x" * 32})
        self.filled: dict[str, Any] = {}

    def asked(self, kind: Any, query: str = "", who: str = "ann", **form: str) -> Any:
        """A request of `who`, signed in, to a handler of that kind; sent as a form if there is one."""
        body = urlencode(form).encode()
        line = RequestStartLine("POST" if form else "GET", f"/hub/spawn/ann{query}", "HTTP/1.1")
        heard = dict.fromkeys(("set_close_callback", "write_headers", "finish"), lambda *_, **__: None)
        connection = SimpleNamespace(context=SimpleNamespace(address=("127.0.0.1", 5000)), **heard)
        headers = HTTPHeaders({"Host": "hub", "X-Forwarded-For": "10.0.0.7"})
        sent = HTTPServerRequest(headers=headers, connection=cast(Any, connection), start_line=line, body=body)
        parse_body_arguments("application/x-www-form-urlencoded", body, sent.body_arguments, sent.files)
        sent.arguments = {**sent.query_arguments, **sent.body_arguments}
        user = SimpleNamespace(name=who, kind="user", escaped_name=who, host="", spawners={}, groups=[])
        user.settings = {"aif": self.bench, "db": self.database(), "hub": SimpleNamespace(base_url="/hub/")}
        user.settings |= {"log_function": log_function, "template_vars": {"aif": Pages(self.bench)}}
        made = kind(Application(**user.settings), sent)
        made._jupyterhub_user, made._transforms = user, []

        async def render(name: str, **given: Any) -> str:
            self.filled = given
            return name

        made.render_template = render
        return made

    async def start(self, login: str = "ann") -> None:
        """What every start passes, whoever asked for it."""
        spawner = SimpleNamespace(
            user=SimpleNamespace(name=login, db=self.database()),
            orm_spawner=SimpleNamespace(user_options=dict(FORM)),
            name="",
            handler=None,
            workbench=self.bench,
            sessions=self.bench.sessions,
            session_id="",
            _commit_state=lambda: None,
        )
        await SlurmSessionSpawner._take_options(cast(Any, spawner), FORM)

    @property
    def lines(self) -> list[tuple[str, str, str, str, dict[str, Any]]]:
        """The audit log's of the terms: who, from where, with which result and why."""
        found = entries(self.folder / "audit", action="terms")
        return [(one.who, one.address, one.result, one.code, dict(one.more)) for one in found]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return Hub(tmp_path)


def led_to(handler: Any) -> tuple[str, str]:
    """Where a request was led, and where from there."""
    assert handler.get_status() == 303
    place = urlsplit(handler._headers["Location"])
    return place.path, parse_qs(place.query).get("next", [""])[0]


# What the site says ---------------------------------------------------------------------------------------------------


def test_a_site_may_state_terms_in_each_language_or_none() -> None:
    assert sites.parse(site_data()).terms == Terms()
    english, dutch = (STATED.said_in(language).terms for language in ("en", "nl"))
    assert (english.points[0], dutch.points[0]) == ("For civilian innovation.", "Voor civiele innovatie.")
    assert (english.url, dutch.url) == ("https://example.org/terms", "https://example.org/voorwaarden")
    assert english.version == dutch.version == "2026-11"


def test_the_example_shows_terms_that_can_be_used_as_they_are() -> None:
    example = (Path(__file__).parents[2] / "hub_config/site.example.toml").read_text()
    shown = example[example.index("# [terms]") :].partition("\n\n")[0]
    told = tomllib.loads("\n".join(line.removeprefix("# ") for line in shown.splitlines()))
    assert site(**told).terms.version


# What is written down -------------------------------------------------------------------------------------------------


def record(opened: Callable[[], Database], version: str, day: int = 24) -> TermsRecord:
    return TermsRecord(opened, version, lambda: datetime(2026, 11, day, 9, 2, tzinfo=UTC))


def test_who_accepts_does_so_once_for_each_version_and_for_nobody_else(tmp_path: Path) -> None:
    opened = database(tmp_path / "hub.sqlite")
    first = record(opened, "1")
    assert first.missing("ann")
    first.accept("ann")
    record(opened, "1", day=25).accept("ann")
    assert not first.missing("ann")
    assert first.missing("bob")
    second = record(opened, "2", day=26)
    assert second.missing("ann")
    second.accept("ann")
    again = record(database(tmp_path / "hub.sqlite"), "2")
    assert {version: at.day for version, at in again.of("ann").items()} == {"2": 26, "1": 24}
    assert [*again.of("ann")] == ["2", "1"]
    assert not again.missing("ann")


def test_where_none_are_stated_nobody_misses_them_and_nothing_is_written(tmp_path: Path) -> None:
    none = record(database(tmp_path / "hub.sqlite"), "")
    none.accept("ann")
    none.check("ann", "https://hub.example.org/hub/aif/terms")
    assert not none.missing("ann")
    assert none.of("ann") == {}


# The gate -------------------------------------------------------------------------------------------------------------


async def test_nothing_starts_before_the_person_has_accepted_whoever_asks_for_it(hub: Hub) -> None:
    hub.bench.terms.accept("olga")  # an operator's acceptance is not the person's
    with pytest.raises(HTTPError) as refused:
        await hub.start()
    assert refused.value.status_code == 400
    said = "Nothing starts before ann has accepted the terms of use, version 2026-11."
    assert f"{said} They are at http://127.0.0.1:8000/hub/aif/terms; " in str(refused.value)
    speak("nl")
    with pytest.raises(HTTPError, match="voordat ann akkoord is gegaan"):
        await hub.start()
    speak("en")
    assert hub.bench.sessions.book.of("ann") == []
    hub.bench.terms.accept("ann")
    with pytest.raises(HTTPError, match="member of a project"):  # what is asked for is looked at
        await hub.start()


async def test_a_session_that_is_there_goes_on_under_a_new_version(hub: Hub) -> None:
    session = hub.bench.sessions.book.write("ann", "", request(**FORM))
    await hub.start()
    assert hub.bench.sessions.book.of("ann") == [session]
    assert hub.asked(StartHandler)._terms_first("", {}) is False


async def test_without_terms_a_start_is_asked_as_ever_and_there_is_no_page(tmp_path: Path) -> None:
    hub = Hub(tmp_path, terms=None)
    with pytest.raises(HTTPError, match="member of a project"):
        await hub.start()
    assert hub.asked(StartHandler)._terms_first("", {}) is False
    for asked in (hub.asked(TermsHandler).get, hub.asked(TermsHandler, version="").post):
        with pytest.raises(HTTPError) as refused:
            await asked()
        assert refused.value.status_code == 404
    page = await home_page(hub.bench, hub.bench.site, "ann", lambda _: Look(), PATHS, NOW)
    assert page.terms_url == ""


# Pages ----------------------------------------------------------------------------------------------------------------


async def test_the_start_page_leads_to_the_terms_and_they_lead_back_with_the_choice(hub: Hub) -> None:
    opened = hub.asked(StartHandler, "?profile=slice&minutes=60&next=/user/ann/lab&_xsrf=x")
    await opened._get(user_name="ann", server_name="", display_name="")
    path, after = led_to(opened)
    assert (path, after) == ("/hub/aif/terms", "/hub/spawn/ann?profile=slice&minutes=60&next=%2Fuser%2Fann%2Flab")
    sent = hub.asked(StartHandler, "?_xsrf=x", **FORM)
    await sent.post("ann")
    assert led_to(sent) == ("/hub/aif/terms", "/hub/spawn/ann?profile=slice&minutes=60")
    accepting = hub.asked(TermsHandler, version="2026-11", next=after)
    await accepting.post()
    assert accepting._headers["Location"] == after
    assert hub.asked(StartHandler)._terms_first("", {}) is False


async def test_a_waiting_session_is_not_given_up_for_another_size_before(hub: Hub) -> None:
    hub.bench.sessions.book.write("ann", "", request(**FORM))
    asked = hub.asked(SwitchHandler, server="", profile="cpu")
    await asked.post()
    assert led_to(asked) == ("/hub/aif/terms", "/hub/spawn-pending/ann")
    [session] = hub.bench.sessions.book.of("ann")
    assert not session.stop_asked


async def test_accepting_is_written_with_who_and_from_where_and_leads_only_here(hub: Hub) -> None:
    elsewhere = hub.asked(TermsHandler, version="2026-11", next="https://example.org/hub/home")
    await elsewhere.post()
    assert elsewhere._headers["Location"] == "/hub/home"
    assert hub.lines == [("ann", "10.0.0.7", "ok", "", {"by": "page", "version": "2026-11"})]
    at = hub.bench.terms.of("ann")
    await hub.asked(TermsHandler, version="2026-11").post()
    assert hub.bench.terms.of("ann") == at


async def test_a_version_that_counts_no_more_is_not_accepted(hub: Hub) -> None:
    old = hub.asked(TermsHandler, version="2025-03", next="/hub/spawn")
    await old.post()
    assert led_to(old) == ("/hub/aif/terms", "/hub/spawn")
    assert hub.bench.terms.missing("ann")
    assert hub.lines == [("ann", "10.0.0.7", "refused", "version", {"by": "page"})]


async def test_the_page_is_of_who_asks_and_home_says_it_until_it_is_done(hub: Hub) -> None:
    hub.bench.terms.accept("olga")
    await hub.asked(TermsHandler, "?next=/hub/spawn").get()
    assert (hub.filled["page"].accepted, hub.filled["page"].after) == ("", "/hub/spawn")
    page = await home_page(hub.bench, hub.bench.site, "ann", lambda _: Look(), PATHS, NOW)
    assert page.terms_url == "/hub/aif/terms"
    home = rendered("home.html", {"person": lambda _: SimpleNamespace(name="Ann")}, page=page)
    assert 'read and accept <a href="/hub/aif/terms">the terms of use</a>.' in home
    hub.bench.terms.accept("ann")
    page = await home_page(hub.bench, hub.bench.site, "ann", lambda _: Look(), PATHS, NOW)
    assert page.terms_url == ""


def shown(language: str, *accepted: str) -> str:
    times = {version: datetime(2026, 11, 24, 9, 2, tzinfo=UTC) for version in accepted}
    page = terms_page(STATED.said_in(language).terms, times, "/hub/spawn", NOW)
    return rendered("terms.html", {"site": STATED}, page=page)


@pytest.mark.parametrize("speaking", ["en"], indirect=True)
@pytest.mark.usefixtures("speaking")
def test_the_page_says_what_is_agreed_to_and_has_one_button() -> None:
    page = shown("en")
    assert "For civilian innovation." in page
    assert '<a href="https://example.org/terms"' in page
    assert page.count("<button") == 1
    assert '<input type="hidden" name="next" value="/hub/spawn">' in page
    assert "Nothing starts before" in text(page)
    done = shown("en", "2026-11", "2025-03")
    assert "<button" not in done
    assert "You accepted version 2026-11 on 24 November 2026, 09:02 UTC." in text(done)
    assert "Earlier You accepted version 2025-03" in text(done)


@pytest.mark.parametrize("speaking", ["nl"], indirect=True)
@pytest.mark.usefixtures("speaking")
def test_the_page_speaks_dutch() -> None:
    assert "Geen persoonsgegevens zonder goedkeuring." in shown("nl")
    assert '<a href="https://example.org/voorwaarden"' in shown("nl")
    assert "Ik ga akkoord" in text(shown("nl", "2025-03"))
    done = text(shown("nl", "2026-11"))
    assert "U bent op 24 november 2026, 09.02 uur UTC akkoord gegaan met versie 2026-11." in done
