"""``/hub/aif/session/ID``: the receipt of a session, for the person it belongs to and for operators.

``/hub/aif/sessions`` lists all of the signed-in person's own.
"""

from __future__ import annotations

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif_hub.audit.requests import look
from aif_hub.funds import paid_by
from aif_hub.ledger.viewer import viewer_on_page
from aif_hub.pages import now, running
from aif_hub.paths import paths_of
from aif_hub.recorded import as_recorded
from aif_hub.speech import _
from aif_hub.views_receipt import facts, receipt
from aif_hub.views_sessions import A_PAGE, page_number, sessions_page


class ReceiptHandler(BaseHandler):
    """Read only. Somebody else's session is answered as one that does not exist."""

    @web.authenticated
    async def get(self, session_id: str) -> None:
        """The page, or with ``?as=json`` the facts alone."""
        user = self.current_user
        workbench = running(user)
        session = workbench.sessions.book.get(session_id)
        own = session is not None and session.login == user.name
        if session is None or not (own or viewer_on_page(self).sees_all):
            raise web.HTTPError(404, _("There is no such session."))
        if not own:
            look(self, f"{session.login}/{session.session}", "operator")
        self.set_header("Cache-Control", "no-store")
        (timed,) = as_recorded(workbench, [session])
        paid = await paid_by(workbench, session)
        if self.get_query_argument("as", "") == "json":
            self.finish(facts(timed, now(), workbench.site, paid, recorded=timed is not session))
            return
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        page = receipt(timed, now(), workbench.spoken_site, paths, paid, recorded=timed is not session)
        self.finish(await self.render_template("receipt.html", receipt=page, own=own))


class SessionsHandler(BaseHandler):
    """The signed-in person's own; `page` says which part of them."""

    @web.authenticated
    async def get(self) -> None:
        """Read only."""
        user = self.current_user
        number = page_number(self.get_query_argument("page", ""))
        book = running(user).sessions.book
        ended = as_recorded(running(user), book.ended_of(user.name, A_PAGE + 1, (number - 1) * A_PAGE))
        open_now = [session for session in book.open_sessions() if session.login == user.name]
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        page = sessions_page(number, ended, open_now, now(), running(user).spoken_site, paths)
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template("sessions.html", page=page))


OURS = [(r"/aif/session/([0-9a-f]{32})", ReceiptHandler), (r"/aif/sessions", SessionsHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
