"""What comes to the start page by a link or by its own form: how long it waits for Slurm, and where it leads on to."""

from __future__ import annotations

import html
import logging
import re
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qs, urlencode

import pytest
from hub_material import LOGIN
from test_start_page import Desk
from test_start_page import desk as desk
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from aif_hub.handlers import StopHandler
from aif_hub.handlers_start import StartHandler
from aif_hub.start_page import GLANCE_SECONDS, PATIENCE_SECONDS

TUTORIAL = "/user/demo-ann/lab/tree/tutorials/01_spreadsheet.ipynb"
CHOICE = {"profile": "slice", "minutes": "120"}
NOT_OFFERED = "The size that was asked for is not offered here now, so another one is chosen."
NOT_YOURS = "You cannot use the project or budget that was asked for, so another one is chosen."


def opened(desk: Desk, method: str, query: dict[str, str], **form: str) -> None:
    """The start page is asked for, as JupyterHub does it: `next` in the address is its own."""
    made = StartHandler.__new__(StartHandler)
    made.application = SimpleNamespace(settings={"template_vars": {"aif": desk.pages}})  # type: ignore[assignment]
    line = RequestStartLine(method, f"/hub/spawn?{urlencode(query)}", "HTTP/1.1")
    here = HTTPHeaders({"Host": "hub"})
    made.request = HTTPServerRequest(start_line=line, headers=here, connection=cast(Any, SimpleNamespace()))
    if method == "GET":
        made._get_user_options({name: [value] for name, value in query.items() if name != "next"})
    else:
        made._remember({name: [value] for name, value in form.items()})


async def form(desk: Desk) -> str:
    """The form as HTML."""
    spawner = SimpleNamespace(user=desk.user, name="", hub=SimpleNamespace(base_url="/hub/"))
    return await desk.pages.options_form(spawner)


def links(page: str) -> dict[str, dict[str, list[str]]]:
    """The choices in links to this same page, by what the links say."""
    found = re.findall(r'href="\?([^"]*)"[^>]*>([^<]*)<', page)
    return {label: parse_qs(html.unescape(query)) for query, label in found}


async def test_a_link_waits_no_longer_than_the_plain_page_and_its_script_asks_on(desk: Desk) -> None:
    opened(desk, "GET", {**CHOICE, "next": TUTORIAL})
    page = await form(desk)
    assert desk.waits == [GLANCE_SECONDS]
    assert " data-asking>" in page


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_who_sent_the_form_has_the_answer_on_the_page(desk: Desk, method: str) -> None:
    desk.slurm.gate.set()
    page = await form(desk)
    button = re.search(r'<noscript>.*?<button [^>]*name="(\w+)" value="(\w+)"', page)
    assert button
    desk.waits.clear()
    pressed = {**CHOICE, button[1]: button[2]} if method == "GET" else {}
    opened(desk, method, pressed, **CHOICE)
    assert "Can start now." in await form(desk)
    assert desk.waits == [PATIENCE_SECONDS]


async def test_another_choice_leads_to_the_same_tutorial(desk: Desk) -> None:
    desk.user.settings["aif"].choices.of = lambda login: [
        SimpleNamespace(choice="1", title="Mine", options=CHOICE, query=urlencode(CHOICE))
    ]
    desk.slurm.answer = None  # the queue is full, so that something else is offered
    desk.slurm.gate.set()
    opened(desk, "GET", {**CHOICE, "next": TUTORIAL, "do": "show"})
    page = await form(desk)
    found = links(page)
    assert set(found) == {"Mine", "Choose this instead"}
    assert [query["next"] for query in found.values()] == [[TUTORIAL], [TUTORIAL]]
    assert f'<noscript><p><input type="hidden" name="next" value="{TUTORIAL}">' in page
    said: Any = await desk.pages.said_of(desk.user, CHOICE, "/hub/", TUTORIAL)
    assert said["choice"] in page, "or it would be exchanged and said once more"
    opened(desk, "GET", {**CHOICE, "do": "show"})
    page = await form(desk)
    assert [query.get("next") for query in links(page).values()] == [None, None]
    assert 'name="next"' not in page


def test_a_way_out_of_a_budget_leads_to_the_same_tutorial_and_a_mail_to_nothing_more(desk: Desk) -> None:
    ways = [SimpleNamespace(label="Choose 1 h", href="?minutes=60"), SimpleNamespace(label="Ask", href="mailto:a@b.c")]
    said = SimpleNamespace(sentence="No.", ways=ways, budget="", record="", instead=None)
    template = desk.pages._forms.get_template("start_choice.html")
    text = template.render(page=SimpleNamespace(choice=said), onward="&next=%2Flab")
    assert 'href="?minutes=60&amp;next=%2Flab"' in text
    assert 'href="mailto:a@b.c"' in text


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"profile": "gone"}, [NOT_OFFERED]),
        ({"project": "gone"}, [NOT_YOURS]),
        ({"allocation": "gone"}, [NOT_YOURS]),
        ({**CHOICE, "project": "inspect01"}, []),
        ({**CHOICE, "allocation": "inspect01"}, []),
        ({}, []),
    ],
)
async def test_a_link_or_a_saved_choice_that_asks_for_what_is_gone_says_so(
    desk: Desk, asked: dict[str, str], said: list[str]
) -> None:
    opened(desk, "GET", asked)
    page = await form(desk)
    assert re.findall(r'notice--warn">.*?<span>([^<]*)</span>', page) == said
    assert "gone" not in page, "what a stranger may have written is not repeated"


async def test_what_is_chosen_in_place_of_a_last_choice_needs_no_words(desk: Desk) -> None:
    last = SimpleNamespace(request=SimpleNamespace(options={"profile": "gone"}), open=True)
    desk.user.settings["aif"].sessions.book.of = lambda login: [last]
    assert "notice--warn" not in await form(desk)


@pytest.mark.parametrize(
    ("then", "after", "leads_to"),
    [
        ("start", TUTORIAL, f"/hub/spawn/{LOGIN}?{urlencode({'next': TUTORIAL})}"),
        ("start", "https://elsewhere.example/", f"/hub/spawn/{LOGIN}"),
        ("start", "", f"/hub/spawn/{LOGIN}"),
        ("", TUTORIAL, "/hub/home"),
    ],
)
async def test_who_cancels_to_choose_another_size_comes_to_the_same_tutorial(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, then: str, after: str, leads_to: str
) -> None:
    async def stopped(*_: object) -> None:
        pass

    told: list[str] = []
    monkeypatch.setattr(StopHandler, "stop_session", stopped)
    monkeypatch.setattr(StopHandler, "redirect", lambda self, url, status: told.append(url))
    made = StopHandler.__new__(StopHandler)
    hub = SimpleNamespace(base_url="/hub/")
    settings = {**desk.user.settings, "hub": hub, "base_url": "/", "log": logging.getLogger()}
    made.application = SimpleNamespace(settings=settings)  # type: ignore[assignment]
    line = RequestStartLine("POST", "/hub/aif/stop", "HTTP/1.1")
    waiting = f"https://hub/hub/spawn-pending/{LOGIN}?{urlencode({'next': after})}"
    headers = HTTPHeaders({"Host": "hub", "Referer": waiting})
    made.request = HTTPServerRequest(start_line=line, headers=headers, connection=cast(Any, SimpleNamespace()))
    made.request.body_arguments = {"server": [b""], "then": [then.encode()]}
    made._jupyterhub_user = SimpleNamespace(name=LOGIN, escaped_name=LOGIN, spawners={"": None}, settings=settings)
    await made.post()
    assert told == [leads_to]
