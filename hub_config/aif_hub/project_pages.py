"""``/hub/aif/project/ACCOUNT``: a project's budgets in full, for its members and for operators."""

from __future__ import annotations

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif_hub.audit.requests import look
from aif_hub.funds import funds_of
from aif_hub.ledger.viewer import viewer_on_page
from aif_hub.pages import now, running
from aif_hub.paths import paths_of
from aif_hub.speech import _
from aif_hub.views_project import project_page

#: How long somebody who asks for this page waits for figures that were never read.
PATIENCE_SECONDS = 2.0
#: And for its project, where Slurm was never asked whose it is.
PROJECTS_SECONDS = 15.0


class ProjectHandler(BaseHandler):
    """Read only. A project that the person may not see is answered as one that does not exist."""

    @web.authenticated
    async def get(self, account: str) -> None:
        """A member sees totals and their own line, who leads the project and operators everybody's."""
        user = self.current_user
        workbench = running(user)
        seer = viewer_on_page(self)
        projects = await seer.projects(workbench, everybodys=True, patience=PROJECTS_SECONDS)
        project = next((one for one in projects if one.account == account), None)
        if project is None:
            raise web.HTTPError(404, _("There is no such project, or you are not in it."))
        (funds,) = await funds_of(workbench, [project], user.name, PATIENCE_SECONDS)
        role = seer.role(account, workbench.site)
        if role != "member":
            look(self, account, role)
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        page = project_page(
            funds, role, user.name, lambda login: workbench.people.of(login).name, now(), workbench.spoken_site, paths
        )
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template("project.html", page=page))


OURS = [(r"/aif/project/([^/]+)", ProjectHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
