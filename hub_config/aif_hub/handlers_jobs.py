"""The workers of a person's session over REST, ``/hub/api/aif/v1/jobs?session=…``: for the clusters in its kernels."""

from __future__ import annotations

import asyncio
import json

from jupyterhub import handlers
from tornado import web

from aif_hub.handlers_sessions import OwnSessions
from aif_hub.ledger import told
from aif_hub.ledger.api import preferred_wait
from aif_hub.pages import running
from aif_hub.speech import _


class JobsHandler(OwnSessions):
    """The workers that the caller's session has in Slurm's queue, or had a few minutes ago."""

    async def get(self) -> None:
        """``{"session": …, "as_of": …, "fresh": …, "trouble": …, "jobs": […], "to_end": […]}``.

        With ``Prefer: wait=N`` it answers when Slurm has been asked after this question, which one answer does for all
        who ask, or after N seconds; `fresh` says which. `to_end` names the clusters whose end their person asked for on
        Home. 404 where the caller has no such open session.
        """
        user = self.current_user
        if user is None or user.kind != "user":
            raise web.HTTPError(403, _("Only a person's own token may do this."))
        workbench = running(user)
        session = workbench.sessions.book.get(self.get_argument("session", ""))
        if session is None or session.login != user.name or not session.open:
            raise web.HTTPError(404, _("There is no such session."))
        self.check_may("read:servers", session.server_name)
        workers, fresh = workbench.workers[session.cluster], False
        if wait := preferred_wait(self.request.headers.get("Prefer", "")):
            try:
                async with asyncio.timeout(wait):
                    fresh = await workers.look_after_now()
            except TimeoutError:
                pass  # what was seen last, and as of when
        self.set_header("Content-Type", "application/json")
        self.finish(
            json.dumps(
                {
                    "session": session.session,
                    "as_of": told.moment(workers.as_of) if workers.as_of else None,
                    "fresh": fresh,
                    "trouble": workers.trouble,
                    "jobs": [job.to_json() for job in workers.of(session)],
                    "to_end": workers.to_end(session),
                }
            )
        )


OURS = [("/api/aif/v1/jobs", JobsHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
