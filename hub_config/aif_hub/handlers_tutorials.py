"""How far the caller is in the tutorials, ``/hub/api/aif/v1/tutorials``: told by their session, read by them."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub import handlers
from tornado import web

from aif_hub.handlers_sessions import OwnSessions, open_sessions
from aif_hub.offered import offered
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.progress import Standing, parse
from aif_hub.views_progress import in_a_session
from aif_hub.views_tutorials import lesson


class ProgressHandler(OwnSessions):
    """The caller's own progress; of nobody else is anything told, whatever rights the caller has."""

    _accept_cookie_auth = False

    async def get(self) -> None:
        """``{"tutorials": […], "lesson": {…}, "url": …}``: counts of exercises, what to go on with, the catalogue."""
        self.check_may("read:servers", "")
        user = self.current_user
        workbench = running(user)
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        standings = workbench.progress.of(user.name)
        site = workbench.spoken_site
        goes_on = lesson(offered(site), open_sessions(user), site, paths, standings)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "private, no-cache")
        answer = {"lesson": in_a_session(goes_on), "url": paths.tutorials()}
        self.finish(json.dumps({"tutorials": [_told(one) for one in standings.values()], **answer}))

    async def post(self) -> None:
        """What a session's server counted in its person's home, with the token of that server and no other.

        Each tutorial has `name`, `exercises`, `done`, `seen_at` and `newer`, and no other field; what is not told of
        any more is forgotten. 204; 400 not a report, 403 not the token of an open session.
        """
        session = self.own_session()
        try:
            running(self.current_user).progress.tell(session.login, parse(self.request.body))
        except (ValueError, RecursionError) as error:
            raise web.HTTPError(400, str(error)) from error
        self.set_status(204)


def _told(one: Standing) -> dict[str, Any]:
    return {**vars(one), "seen_at": one.seen_at.isoformat(), "state": one.state}


OURS = [("/api/aif/v1/tutorials", ProgressHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
