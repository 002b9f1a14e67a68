"""The language of a request: which one, what the site's own texts become, and the way to the other."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import hub_material as material
import pytest
from jupyterhub.handlers.base import BaseHandler
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application

from aif_hub.language import LanguageHandler, switches
from aif_hub.pages import Pages
from aif_hub.speech import COOKIE, speak, speaking
from aif_hub.workbench import Workbench


@pytest.fixture(autouse=True)
def english_after() -> Iterator[None]:
    yield
    speak("en")


class Page(BaseHandler):
    """Any page of the hub."""

    def get(self) -> None:
        """What a browser reads."""


class Form(BaseHandler):
    """An address that only takes a form."""

    def post(self) -> None:
        """What a form is sent to."""


def asked(handler: type[BaseHandler], uri: str, accepts: str = "", chosen: str = "") -> BaseHandler:
    """A handler as tornado makes it for a request, before anything runs."""
    headers = HTTPHeaders(
        {"Host": "hub", "Accept-Language": accepts} | ({"Cookie": f"{COOKIE}={chosen}"} if chosen else {})
    )
    connection = cast(Any, SimpleNamespace(set_close_callback=lambda _: None))
    line = RequestStartLine("GET", uri, "HTTP/1.1")
    hub = SimpleNamespace(base_url="/hub/")
    return handler(Application(hub=hub), HTTPServerRequest(headers=headers, connection=connection, start_line=line))


@pytest.mark.parametrize(
    ("accepts", "chosen", "language"),
    [("nl-NL,nl;q=0.9", "", "nl"), ("nl", "en", "en"), ("", "nl", "nl"), ("", "", "en"), ("fr", "xx", "en")],
)
def test_a_request_speaks_the_chosen_language_or_what_its_browser_asks_for(
    accepts: str, chosen: str, language: str
) -> None:
    asked(Page, "/hub/home", accepts, chosen)
    assert speaking() == language


def test_what_is_said_differs_by_language_for_caches_too_after_an_error() -> None:
    page = asked(Page, "/hub/home", "nl")
    page.clear()  # as tornado does before it writes an error
    assert page._headers["Vary"] == "Cookie, Accept-Language"


@pytest.mark.parametrize(
    ("handler", "uri", "leads_back_to"),
    [
        (Page, "/hub/spawn?profile=slice", "%2Fhub%2Fspawn%3Fprofile%3Dslice"),
        (Page, "/hub/spawn?_xsrf=secret&profile=slice", "%2Fhub%2Fspawn%3Fprofile%3Dslice"),
        (Page, "/hub/login?next=%2Fhub%2Fhome", "%2Fhub%2Flogin%3Fnext%3D%252Fhub%252Fhome"),
        (Form, "/hub/aif/stop", ""),
        (LanguageHandler, "/hub/aif/language?to=nl", ""),
    ],
)
def test_the_switch_leads_back_to_where_the_person_is(handler: type[BaseHandler], uri: str, leads_back_to: str) -> None:
    asked(handler, uri)
    assert [(one.language, one.name, one.path) for one in switches()] == [
        ("nl", "Nederlands", f"aif/language?to=nl&next={leads_back_to}")
    ]


def test_pages_show_the_sites_texts_in_the_language_of_the_request() -> None:
    site = material.site(name={"en": "AI Factory", "nl": "AI-fabriek"})
    pages = Pages(Workbench(site))
    assert pages.site.name == "AI Factory"
    speak("nl")
    assert (pages.site.name, pages.language) == ("AI-fabriek", "nl")
