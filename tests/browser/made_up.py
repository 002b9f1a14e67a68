"""A made-up hub in this very process, for a browser: no Slurm, no database and no server, but the very templates.

`made_up_states` says which states its pages are in.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PrefixLoader
from jupyterhub._data import DATA_FILES_PATH
from playwright.sync_api import BrowserContext, Route

sys.path.append(str(Path(__file__).parents[1] / "unit"))
import hub_material as material

from aif_hub.pages import Pages
from aif_hub.shares import share
from aif_hub.sheets import joined
from aif_hub.shell import Shell
from aif_hub.speech import Speech, speak
from aif_hub.workbench import Workbench

SITE = "http://127.0.0.1:9"  # nobody answers there: `answer` does
MARIEKE = SimpleNamespace(name="marieke", json_escaped_name="marieke", spawner=SimpleNamespace(options_form="x"))


class Desk(Pages):
    """`aif` of the templates, which says of a person what it is told to."""

    def __init__(self, **says: Any) -> None:
        super().__init__(Workbench(material.site()))
        self._says = says

    def told(self, *_: Any) -> Any:
        return self._says.get("told", [])

    def last(self, *_: Any) -> Any:
        return self._says.get("last")

    def ending(self, *_: Any) -> Any:
        return self._says["ending"]

    def events(self, *_: Any) -> str:
        return "/hub/aif/events"


@dataclass(frozen=True)
class MadeUp:
    """A template and what it is given, made in the language of the moment. `signed_in`: whether anybody is."""

    template: str
    given: Callable[[], dict[str, Any]]
    signed_in: bool = True
    says: Callable[[], dict[str, Any]] = field(default=dict)


def _filled() -> Environment:
    theirs, ours = FileSystemLoader(Path(DATA_FILES_PATH) / "templates"), FileSystemLoader(share("templates"))
    loader = ChoiceLoader([PrefixLoader({"templates": theirs}), ours, theirs])
    return Environment(loader=loader, autoescape=True, extensions=[Speech, Shell])


ENVIRONMENT = _filled()


def html(state: MadeUp, language: str) -> str:
    """The page as a browser gets it."""
    speak(language)
    try:
        given: dict[str, Any] = {
            "base_url": "/hub/",
            "prefix": "/",
            "xsrf": "x",
            "xsrf_token": "x",
            "login_url": "/hub/login",
            "logout_url": "/hub/logout",
            "static_url": lambda name, **_options: f"/hub/static/{name}",
            "user": MARIEKE if state.signed_in else None,
            "no_spawner_check": True,
            "parsed_scopes": {},
            "services": [],
            "notices": [],
            "here": "/hub/here",
            "asked": "GET /hub/here",
        }
        return ENVIRONMENT.get_template(state.template).render({**given, "aif": Desk(**state.says()), **state.given()})
    finally:
        speak("en")


def answer(context: BrowserContext, states: Mapping[str, MadeUp]) -> None:
    """From now on the browser's questions to `SITE` are answered from here: see `place`."""

    def fulfil(route: Route) -> None:
        _hub, *parts = unquote(urlsplit(route.request.url).path).strip("/").split("/")
        match parts:
            case ["aif", "joined", file]:
                names, _dot, kind = file.rpartition(".")
                content_type = {"css": "text/css", "js": "text/javascript"}[kind]
                route.fulfill(body=joined(tuple(names.split("+")), kind), content_type=content_type)
            case [language, name] if name in states:
                route.fulfill(body=html(states[name], language), content_type="text/html; charset=utf-8")
            case _:
                route.fulfill(status=404, body="")

    context.route(f"{SITE}/**", fulfil)


def place(name: str, language: str) -> str:
    """Where that state is seen."""
    return f"{SITE}/hub/{language}/{name}"
