"""Which language a request is answered in, and the way to change it."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join
from tornado.web import RequestHandler

from aif_hub.front_door import remember
from aif_hub.speech import COOKIE, LANGUAGES, choose, speak, speaking

YEAR_DAYS = 365

#: The page that this very request is for, to come back to; empty where reading it again makes no sense.
_here: ContextVar[str] = ContextVar("here", default="")


@dataclass(frozen=True)
class Switch:
    """A link that changes the language: its code, its name in itself, and where it leads below the hub's address."""

    language: str
    name: str
    path: str


def switches() -> tuple[Switch, ...]:
    """A switch to each language but the one that this request is answered in."""
    others = {code: name for code, name in LANGUAGES.items() if code != speaking()}
    return tuple(
        Switch(code, name, f"aif/language?{urlencode({'to': code, 'next': _here.get()})}")
        for code, name in others.items()
    )


class LanguageHandler(BaseHandler):
    """``/hub/aif/language?to=nl&next=/hub/home``: remembers the choice in a cookie and goes back. Needs no sign-in."""

    def get(self) -> None:
        """An unknown language falls back to what the browser asks for; `next` only ever leads to this hub."""
        language = choose(self.get_argument("to", ""), self.request.headers.get("Accept-Language", ""))
        remember(self, COOKIE, language, YEAR_DAYS)
        home = url_path_join(self.hub.base_url, "home")
        self.redirect(self.get_next_url(default=home))


_set_default_headers = BaseHandler.set_default_headers


def set_default_headers(self: BaseHandler) -> None:
    """JupyterHub's own, after the request's language is set.

    It is the first that is called on every handler, before a form's safety token is looked at, and again when an error
    has cleared the headers: a refusal speaks the person's language too.
    """
    speak(choose(self.get_cookie(COOKIE), self.request.headers.get("Accept-Language", "")))
    _here.set(_address(self))
    _set_default_headers(self)
    self.set_header("Vary", "Cookie, Accept-Language")


def _address(handler: BaseHandler) -> str:
    """What the browser can read again: after a form was sent, only an address that is a page too (sign-in, start).

    Without a form's safety token, which may stand in it.
    """
    if isinstance(handler, LanguageHandler) or type(handler).get is RequestHandler.get:
        return ""
    wishes = [(name, value) for name, value in parse_qsl(handler.request.query) if name != "_xsrf"]
    return f"{handler.request.path}{'?' if wishes else ''}{urlencode(wishes)}"


BaseHandler.set_default_headers = set_default_headers
OURS = [(r"/aif/language", LanguageHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
