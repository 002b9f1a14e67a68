"""``/hub/aif/session/ID``: the receipt of a session, for the person it belongs to and for administrators."""

from __future__ import annotations

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif_hub.pages import now, running
from aif_hub.speech import _
from aif_hub.views import Paths
from aif_hub.views_receipt import facts, receipt


class ReceiptHandler(BaseHandler):
    """Read only. Somebody else's session is answered as one that does not exist."""

    @web.authenticated
    async def get(self, session_id: str) -> None:
        """The page, or with ``?as=json`` the facts alone."""
        user = self.current_user
        workbench = running(user)
        session = workbench.sessions.book.get(session_id)
        if session is None or not (user.admin or session.login == user.name):
            raise web.HTTPError(404, _("There is no such session."))
        self.set_header("Cache-Control", "no-store")
        if self.get_query_argument("as", "") == "json":
            self.finish(facts(session, now(), workbench.site))
            return
        paths = Paths(self.hub.base_url, self.settings["base_url"], user.escaped_name)
        page = receipt(session, now(), workbench.spoken_site, paths)
        self.finish(await self.render_template("receipt.html", receipt=page, own=session.login == user.name))


OURS = [(r"/aif/session/([0-9a-f]{32})", ReceiptHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
