"""The two forms of Home: keep a session though nothing runs in it, and put an event away."""

from __future__ import annotations

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

from aif_hub.pages import running
from aif_hub.speech import _


class KeepFormHandler(BaseHandler):
    """Keeps one of the signed-in person's own sessions though nothing runs in it, and leads back to Home."""

    @web.authenticated
    async def post(self) -> None:
        """`session` names it; one that is over meanwhile changes nothing, and Home says how it ended."""
        user = self.current_user
        workbench = running(user)
        session = workbench.sessions.book.get(self.get_body_argument("session", "")[:32])
        if session is None or session.login != user.name:
            raise web.HTTPError(404, _("There is no such session."))
        if session.open and not session.stop_asked:
            workbench.watch.keep(session)
        self.redirect(url_path_join(self.hub.base_url, "home"), status=303)


class SeenFormHandler(BaseHandler):
    """Puts one of the signed-in person's own events away, and leads back to Home."""

    @web.authenticated
    async def post(self) -> None:
        """`event` names it."""
        event = self.get_body_argument("event", "")
        known = event.isascii() and event.isdigit() and len(event) < 18
        if not known or not running(self.current_user).watch.see(self.current_user.name, int(event)):
            raise web.HTTPError(404, _("There is no such notice."))
        self.redirect(url_path_join(self.hub.base_url, "home"), status=303)


OURS = [(r"/aif/keep", KeepFormHandler), (r"/aif/seen", SeenFormHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
