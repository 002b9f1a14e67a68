"""``/hub/aif/tutorials``: the catalogue; and ``/hub/aif/tutorial/NAME``, a link that opens one from anywhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif.core.site import Site
from aif.server.tutorials import source_dir
from aif.tutorials import catalogue
from aif.tutorials.catalogue import Catalogue, CatalogueError
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.speech import _
from aif_hub.views_tutorials import address, tutorials


def offered(site: Site) -> Catalogue:
    """The catalogue of the site's tutorials, read again when its file changes. Raises CatalogueError."""
    folder = source_dir(site.session.tutorials_dir)
    file = folder / catalogue.FILE
    return _read(folder, file.stat().st_mtime_ns if file.is_file() else 0)


@cache
def _read(folder: Path, changed: int) -> Catalogue:
    return catalogue.read(folder)


class _Tutorials(BaseHandler):
    """What both pages know of the person."""

    def known(self) -> Catalogue:
        """The catalogue; an empty one where it cannot be read, which the operator finds in the log."""
        try:
            return offered(running(self.current_user).site)
        except CatalogueError as fault:
            self.log.error("tutorials: %s", fault)
            return Catalogue()

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
        page = tutorials(self.known(), self.get_query_argument("sector", ""), **self.persons())
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template("tutorials.html", page=page))


class TutorialHandler(_Tutorials):
    """Leads on, and starts nothing: that takes the person's click on the start page, which it fills in."""

    @web.authenticated
    async def get(self, name: str) -> None:
        """To the notebook where a session of the person's is ready, else to its start."""
        entry = self.known().entry(name)
        if entry is None:
            raise web.HTTPError(404, _("There is no such tutorial. The page of tutorials lists those that there are."))
        self.redirect(address(entry, **self.persons()))


OURS = [(r"/aif/tutorials", TutorialsHandler), (r"/aif/tutorial/(\w+)", TutorialHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
