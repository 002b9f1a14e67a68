"""Which language a request is answered in, and the way to change it."""

from __future__ import annotations

from typing import Any

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join

from aif_hub.speech import COOKIE, choose, speak

YEAR_DAYS = 365


class LanguageHandler(BaseHandler):
    """``/hub/aif/language?to=nl&next=/hub/home``: remembers the choice in a cookie and goes back. Needs no sign-in."""

    def get(self) -> None:
        """An unknown language falls back to what the browser asks for; `next` only ever leads to this hub."""
        self.set_cookie(
            COOKIE,
            choose(self.get_argument("to", ""), self.request.headers.get("Accept-Language", "")),
            expires_days=YEAR_DAYS,
            path=self.settings["base_url"],
            httponly=True,
            samesite="Lax",
            secure=self.request.protocol == "https",
        )
        self.redirect(self.get_next_url(default=url_path_join(self.hub.base_url, "home")))


_prepare = BaseHandler.prepare


async def prepare(self: BaseHandler) -> Any:
    """JupyterHub's own, after the request's language is set: it has no other place before every handler."""
    speak(choose(self.get_cookie(COOKIE), self.request.headers.get("Accept-Language", "")))
    self.set_header("Vary", "Cookie, Accept-Language")
    return await _prepare(self)


BaseHandler.prepare = prepare
OURS = [(r"/aif/language", LanguageHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
