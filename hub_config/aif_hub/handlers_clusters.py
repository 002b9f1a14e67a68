"""``/hub/aif/cluster/stop``: ends a Dask cluster of a session from Home, whatever its notebook does."""

from __future__ import annotations

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

from aif_hub.pages import running
from aif_hub.speech import _


class ClusterStopHandler(BaseHandler):
    """Has a cluster of one of the signed-in person's own sessions end, and leads back to Home."""

    @web.authenticated
    async def post(self) -> None:
        """`server` names the session, `cluster` the cluster.

        It hears of it through its session's server and ends itself; one that does not is ended in Slurm a minute later.
        """
        user = self.current_user
        workbench = running(user)
        session = workbench.sessions.book.open_of(user.name, self.get_body_argument("server", ""))
        name = self.get_body_argument("cluster", "")[:40]
        if session is None or not workbench.workers[session.cluster].wish_end(session, name):
            raise web.HTTPError(404, _("There is no such cluster."))
        self.redirect(url_path_join(self.hub.base_url, "home"), status=303)


OURS = [(r"/aif/cluster/stop", ClusterStopHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
