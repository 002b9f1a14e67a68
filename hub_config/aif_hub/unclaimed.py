"""Which open sessions have no server in the hub: the question of the service in `adopt`, and nobody else's."""

from __future__ import annotations

import asyncio
import json

from jupyterhub import apihandlers
from jupyterhub.apihandlers import APIHandler
from tornado import web

from aif_hub.adopt import NAME
from aif_hub.book import Session


def may_be_let_go(pending: str | None, session: Session, being_stopped: bool) -> bool:
    """Whether an open session may soon be without the server that the hub has for it now, and nobody tells.

    What the hub finds out about at its start (JupyterHub's `pending` is ``check``) it may let go of, without any end of
    the session (``stop``). Of one that is to end, it forgets the server while nobody goes on ending it.
    """
    let_go = pending == "stop" and not session.stop_asked
    return pending == "check" or let_go or (session.stop_asked and not being_stopped)


class UnclaimedHandler(APIHandler):
    """GET, for the service alone: which open sessions no server stands for.

    ``{"unclaimed": [{"login": …, "server_name": …}], "unsettled": …}``; `unsettled` while the hub may still let go of
    some, as it does after its start.
    """

    @web.authenticated
    async def get(self) -> None:
        """Finishes what was being stopped by itself, and names the rest."""
        caller = self.current_user
        if caller is None or caller.kind != "service" or caller.name != NAME:
            raise web.HTTPError(403)
        self.settings["aif"].attach(self.settings)
        sessions = self.settings["aif"].sessions
        unclaimed, unsettled = [], False
        for session in sessions.book.open_sessions():
            user = self.find_user(session.login)
            spawner = user.spawners.get(session.server_name) if user else None
            if spawner is not None and (spawner.active or spawner.pending):
                unsettled |= may_be_let_go(spawner.pending, session, session.session in sessions.stops)
                continue
            if session.stop_asked or (user is None and session.found_at is None):
                asyncio.ensure_future(sessions.stop(session))  # noqa: RUF006  # it closes the session in the book
            elif session.found_at is None:  # one without a record of its server is its person's to stop
                unclaimed.append({"login": session.login, "server_name": session.server_name})
        self.write(json.dumps({"unclaimed": unclaimed, "unsettled": unsettled}))


apihandlers.default_handlers.append((r"/api/aif/v1/unclaimed", UnclaimedHandler))
