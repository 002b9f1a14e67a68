"""``/hub/aif/switch``: another size for a session that still waits, in one step and with everything else kept."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import datetime
from typing import Any

from jupyterhub import handlers
from jupyterhub.utils import url_path_join
from tornado import web

from aif.core.errors import RequestError
from aif_hub import notes
from aif_hub.admission import admitted, projects_for
from aif_hub.book import Session
from aif_hub.handlers import StopHandler, tell_faults
from aif_hub.other_sizes import minutes_of
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.refusal import refusal
from aif_hub.speech import _
from aif_hub.workbench import Workbench

#: How long the person waits for the next page at most; the switch goes on after that.
PATIENCE_SECONDS = 15.0
#: JupyterHub tells nobody when a server is no longer pending; so often it is looked at.
SETTLED_SECONDS = 0.2

#: Steps at which nothing runs yet, so that a switch loses nothing but the place in line.
WAITS = ("written", "submitted", "waiting")


class SwitchHandler(StopHandler):
    """Cancels one of the signed-in person's waiting sessions and starts the same in another size."""

    @web.authenticated
    async def post(self) -> None:
        """`server` names the session, `profile` the other size. What began meanwhile is left as it is."""
        user = self.current_user
        server = self.get_body_argument("server", "")
        workbench = running(user)
        session = workbench.sessions.book.open_of(user.name, server)
        if session is None:
            raise web.HTTPError(404, _("There is no such session."))
        page = url_path_join(self.hub.base_url, "spawn-pending", user.escaped_name, server) + self._where_it_leads()
        if session.step in WAITS and not session.stop_asked:
            if workbench.terms.missing(user.name):
                self.redirect(paths_of(user, self.hub.base_url, self.base_url).terms(page), status=303)
                return
            options = await self._options(workbench, session, self.get_body_argument("profile", ""))
            switching = asyncio.ensure_future(self._switch(workbench, user, session, options))
            switching.add_done_callback(tell_faults(self.log))
            await asyncio.wait({switching}, timeout=PATIENCE_SECONDS)
        self.redirect(page, status=303)

    async def _options(self, workbench: Workbench, session: Session, profile: str) -> dict[str, str]:
        """What the other start asks for, checked before anything is cancelled."""
        wanted = workbench.site.profile(profile)
        request = session.request
        now = datetime.now().astimezone()
        minutes = await minutes_of(workbench, session, wanted, now) if wanted else request.minutes
        options = request.options | {"profile": profile, "minutes": str(minutes)}
        try:
            projects = await projects_for(workbench, session.login)
            await admitted(workbench, session.login, options, projects, now, session)
        except RequestError as error:
            raise refusal(notes.of_error(error), error.code) from error
        return options

    async def _switch(self, workbench: Workbench, user: Any, session: Session, options: dict[str, str]) -> None:
        server = session.server_name
        await self.stop_session(workbench, user, server)
        while workbench.sessions.book.open_of(user.name, server) or user.spawners[server].pending:
            news = workbench.sessions.book.news.about(user.name)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(SETTLED_SECONDS):
                    await news.wait()
        user.get_or_create_spawner(server, server, replace_failed=True)
        await self.spawn_single_user(user, server, server, options=options)


OURS = [(r"/aif/switch", SwitchHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
