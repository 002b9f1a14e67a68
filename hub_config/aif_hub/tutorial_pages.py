"""``/hub/aif/tutorials``: the catalogue; and ``/hub/aif/tutorial/NAME``, a link that opens one from anywhere."""

from __future__ import annotations

from typing import Any

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif.tutorials.catalogue import Catalogue
from aif_hub.offered import offered
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.speech import _
from aif_hub.views_tutorials import address, tutorials


class _Tutorials(BaseHandler):
    """What both pages know of the person."""

    def known(self) -> Catalogue:
        """The catalogue."""
        return offered(running(self.current_user).site)

    def persons(self) -> dict[str, Any]:
        """Sessions, site and paths of the signed-in person."""
        user = self.current_user
        workbench = running(user)
        return {
            "sessions": workbench.sessions.book.of(user.name),
            "site": workbench.spoken_site,
            "paths": paths_of(user, self.hub.base_url, self.settings["base_url"]),
        }


class TutorialsHandler(_Tutorials):
    """Read only."""

    @web.authenticated
    async def get(self) -> None:
        """All tutorials, or those of ``?sector=``."""
        standings = running(self.current_user).progress.of(self.current_user.name)
        sector = self.get_query_argument("sector", "")
        page = tutorials(self.known(), sector, **self.persons(), standings=standings)
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template("tutorials.html", page=page))


class TutorialHandler(_Tutorials):
    """Leads on, and starts nothing: that takes the person's click on the start page, which it fills in."""

    again = False

    @web.authenticated
    async def get(self, name: str) -> None:
        """To the notebook where a session of the person's is ready, else to its start."""
        entry = self.known().entry(name)
        if entry is None:
            raise web.HTTPError(404, _("There is no such tutorial. The page of tutorials lists those that there are."))
        begun = name in running(self.current_user).progress.of(self.current_user.name)
        self.redirect(address(entry, **self.persons(), begun=begun, again=self.again))


class AgainHandler(TutorialHandler):
    """Leads to the page on which the person's own copy is started over, and changes nothing by itself."""

    again = True


OURS = [
    (r"/aif/tutorials", TutorialsHandler),
    (r"/aif/tutorial/(\w+)", TutorialHandler),
    (r"/aif/tutorial/(\w+)/again", AgainHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
