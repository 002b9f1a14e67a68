"""``/hub/aif/terms``: the terms of use in a few points, and the one button that accepts them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

from aif.core.terms import Terms
from aif_hub import words
from aif_hub.audit.asker import remarks
from aif_hub.pages import now, running
from aif_hub.paths import paths_of
from aif_hub.speech import _
from aif_hub.workbench import Workbench


@dataclass(frozen=True)
class TermsPage:
    """The terms in the language of the request; `accepted` says when, empty where the person still has to."""

    terms: Terms
    accepted: str
    before: tuple[str, ...]  # other versions, and when the person accepted each
    after: str  # where the person goes on to


def terms_page(terms: Terms, accepted: Mapping[str, datetime], after: str, now: datetime) -> TermsPage:
    """The page of who has `accepted` these versions at these times, the newest first."""
    times = {version: words.moment(at, now) for version, at in accepted.items()}
    said = _("You accepted version {version} on {moment}.")
    return TermsPage(
        terms=terms,
        accepted=said.format(version=terms.version, moment=times[terms.version]) if terms.version in times else "",
        before=tuple(said.format(version=one, moment=at) for one, at in times.items() if one != terms.version),
        after=after,
    )


class TermsHandler(BaseHandler):
    """Of who is signed in and nobody else: no token, and no role, accepts for others."""

    @web.authenticated
    async def get(self) -> None:
        """The page; `next` says where to go on to. 404 where the site states no terms."""
        workbench, login = self._stated(), self.current_user.name
        page = terms_page(workbench.spoken_site.terms, workbench.terms.of(login), self._after(), now())
        self.set_header("Cache-Control", "no-store")
        self.finish(await self.render_template("terms.html", page=page))

    @web.authenticated
    async def post(self) -> None:
        """Accepts `version`, once, and goes on to `next`; one that counts no more leads back to the page."""
        workbench, user = self._stated(), self.current_user
        version = self.get_body_argument("version", "")
        if version != workbench.terms.version:
            remarks(self).code = "version"
            self.redirect(paths_of(user, self.hub.base_url, self.base_url).terms(self._after()), status=303)
            return
        remarks(self).more["version"] = version
        workbench.terms.accept(user.name)
        self.redirect(self._after(), status=303)

    def _stated(self) -> Workbench:
        workbench = running(self.current_user)
        if not workbench.terms.version:
            raise web.HTTPError(404, _("This workbench has no terms of use to accept."))
        return workbench

    def _after(self) -> str:
        """Where the person was going, if that is here; else Home."""
        after: str = self.get_next_url(default=url_path_join(self.hub.base_url, "home"))
        return after


OURS = [(r"/aif/terms", TermsHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
