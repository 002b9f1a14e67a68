"""A person's open sessions over REST, ``/hub/api/aif/v1/sessions``, and stopping one: for JupyterLab's side panel."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from jupyterhub import handlers
from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from aif_hub.book import Session
from aif_hub.handlers import Stopping, tell_faults
from aif_hub.held_up import held_up
from aif_hub.ledger import told
from aif_hub.looks import look_at
from aif_hub.pages import now, running
from aif_hub.paths import Paths, paths_of
from aif_hub.speech import _
from aif_hub.stopping import Trouble
from aif_hub.views import card, server_name_for


class OwnSessions(APIHandler):
    """What a session's own server may do for its person with its token, or anybody whose scopes allow it."""

    def own_session(self) -> Session:
        """The open session whose own token this is, and of no other; else 403."""
        user, token = self.current_user, self.get_token()
        if user is None or user.kind != "user" or token is None:
            raise web.HTTPError(403, _("Only a person's own token may do this."))
        found = next((one for one in open_sessions(user) if one.token_ids == (token.id,)), None)
        if found is None:
            raise web.HTTPError(403, "this token is not of an open session")
        return found

    def check_may(self, scope: str, server: str) -> None:
        """403 unless the token is one of the caller's open sessions', or has `scope` for the caller's `server`."""
        user = self.current_user
        if user is None or user.kind != "user":
            raise web.HTTPError(403, _("Only a person's own token may do this."))
        token = self.get_token()
        if token is not None and any(token.id in one.token_ids for one in open_sessions(user)):
            return
        if not self.get_scope_filter(scope)(user.spawners[server], kind="server"):
            raise web.HTTPError(403, _("This token has not the scope {scope}.").format(scope=scope))


class SessionsHandler(OwnSessions):
    """The caller's open sessions."""

    async def get(self) -> None:
        """``{"sessions": […], "start_url": …}``; newest first, times in ISO 8601, addresses as paths of this hub."""
        self.check_may("read:servers", "")
        user = self.current_user
        workbench = running(user)
        mine = open_sessions(user)
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        self.set_header("Content-Type", "application/json")
        self.finish(
            json.dumps(
                {
                    "sessions": [_told(workbench, one, paths) for one in mine],
                    "start_url": paths.start(server_name_for(mine)),
                }
            )
        )


class SessionHandler(OwnSessions, Stopping):
    """One open session of the caller's."""

    async def delete(self, session: str) -> None:
        """Stops it; 202, since it goes on counting until Slurm has ended it. 404 where the caller has none such."""
        user = self.current_user
        workbench = running(user) if user is not None and user.kind == "user" else None
        found = workbench.sessions.book.get(session) if workbench else None
        if workbench is None or found is None or found.login != user.name or not found.open:
            if user is None:
                raise web.HTTPError(403, _("Only a person's own token may do this."))
            raise web.HTTPError(404, _("There is no such session."))
        self.check_may("delete:servers", found.server_name)
        stopping = asyncio.ensure_future(self.stop_session(workbench, user, found.server_name))
        stopping.add_done_callback(tell_faults(self.log))
        self.set_status(202)
        self.finish(json.dumps({}))


def open_sessions(user: Any) -> list[Session]:
    """Those of `user` (JupyterHub's), newest first."""
    mine = [one for one in running(user).sessions.book.open_sessions() if one.login == user.name]
    return sorted(mine, key=lambda one: one.written_at, reverse=True)


def _told(workbench: Any, session: Session, paths: Paths) -> dict[str, Any]:
    look = look_at(workbench, session)
    shown = card(session, look, now(), workbench.spoken_site, paths)
    unknown = look.unknown or session.found_at
    held = "" if unknown else held_up(session).value
    state = "stopping" if session.stop_asked else "unknown" if unknown else held or session.step
    kept = held or session.found_at or (session.stop_asked and (look.unknown or look.stop is not Trouble.NONE))
    return {
        "session": session.session,
        "server": session.server_name,
        "called": shown.called,
        "title": shown.title,
        "project": session.request.account,
        "project_title": shown.project,
        "profile": session.request.profile,
        "minutes": session.request.minutes,
        "gpus": session.request.gpus,
        "state": state,
        "node": shown.node,
        "asked_at": told.moment(session.written_at),
        "ends_at": shown.ends.iso if shown.ends else None,
        "open_url": shown.open_url,
        "wait_url": shown.wait_url,
        "trouble": f"{shown.note.text} {shown.note.todo}".strip() if kept and shown.note else "",
    }


OURS = [
    ("/api/aif/v1/sessions", SessionsHandler),
    ("/api/aif/v1/sessions/([^/]+)", SessionHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
