"""What our pages send and fetch: stopping a session with a plain form, and our static files."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from jupyterhub.utils import url_path_join
from tornado import web

from aif.core.states import EndCause
from aif_hub.front_door import no_page
from aif_hub.pages import running
from aif_hub.shares import share
from aif_hub.sheets import joined
from aif_hub.speech import _
from aif_hub.workbench import Workbench

#: How long a stop may keep the person waiting for the next page; it goes on after that.
PATIENCE_SECONDS = 2.0
#: How long a start that is broken off may take to let go of its server.
LET_GO_SECONDS = 10.0
MOST_JOINED = 8
#: What of our static files is handed out joined, and as what.
JOINED = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8"}
FOR_EVER = "public, max-age=31536000, immutable"


class Stopping(BaseHandler):
    """Ends a session at any stage: while it is asked for, waits, starts, or runs."""

    async def stop_session(self, workbench: Workbench, user: Any, server: str) -> None:
        """Returns when the session of `user`'s `server` has ended."""
        session = workbench.sessions.book.open_of(user.name, server)
        if session is not None and session.found_at:  # the hub has no server for it
            await workbench.sessions.stop(session)
            return
        spawner = user.spawners[server]
        if session is not None and not session.stop_asked:
            # Written down first: from now on Home says so, and a hub that dies here goes on stopping, and knows why.
            workbench.sessions.book.update(session.session, stop_asked=True, end_cause=EndCause.STOPPED)
        if session is None and spawner.ready:
            await spawner.poll_and_notify()  # it has ended by itself: what lets go of it is waited for, not doubled
            if not spawner.ready:
                return
        if spawner.pending == "stop":
            return
        if spawner.pending and spawner._spawn_future:
            spawner._spawn_future.cancel()
            for _ in range(int(LET_GO_SECONDS / 0.1)):  # JupyterHub clears `pending` in a callback nobody can await
                if not spawner.pending:
                    break
                await asyncio.sleep(0.1)
        if not spawner.pending:
            await self.stop_single_user(user, server)
        session = workbench.sessions.book.open_of(user.name, server)
        if session is not None and spawner.pending != "stop":
            # The hub has no server for it, or could not let go of one: the job is ended all the same.
            await workbench.sessions.stop(session)


class StopHandler(Stopping):
    """Stops or cancels one of the signed-in person's own sessions, at any stage, and leads on to a page."""

    @web.authenticated
    async def post(self) -> None:
        """`server` names the session; `then=start` leads to the start page, anything else to Home."""
        user = self.current_user
        server = self.get_body_argument("server", "")
        workbench = running(user)
        if server not in user.spawners and workbench.sessions.book.open_of(user.name, server) is None:
            raise web.HTTPError(404, _("There is no such session."))
        stopping = asyncio.ensure_future(self.stop_session(workbench, user, server))
        stopping.add_done_callback(tell_faults(self.log))
        await asyncio.wait({stopping}, timeout=PATIENCE_SECONDS)
        if self.get_body_argument("then", "") == "start":
            page = url_path_join(self.hub.base_url, "spawn", user.escaped_name, server) + self._where_it_leads()
        else:
            page = url_path_join(self.hub.base_url, "home")
        self.redirect(page, status=303)

    def _where_it_leads(self) -> str:
        """The page to open when it is ready, as the waiting page that this was sent from had it; only ever here."""
        asked = parse_qs(urlsplit(self.request.headers.get("Referer", "")).query).get("next", [""])[0]
        wanted = self._validate_next_url(asked) if asked else ""
        return f"?{urlencode({'next': wanted})}" if wanted else ""


class StaticHandler(web.StaticFileHandler):
    """Our style sheets and scripts. With the hash of their content they may be kept for a year."""

    def compute_etag(self) -> str | None:
        """None: the address names the content."""
        return None

    def set_extra_headers(self, path: str) -> None:
        """How long a browser may keep it."""
        self.set_header("Cache-Control", FOR_EVER if "v" in self.request.arguments else "no-cache")

    def set_default_headers(self) -> None:
        """It is no page, also where it is not there."""
        no_page(self)


class JoinedHandler(web.RequestHandler):
    """Several of our style sheets or scripts in one answer, as `Pages.sheets` and `Pages.scripts` ask for them."""

    def get(self, names: str, kind: str) -> None:
        """404 where one of the names is not one of ours."""
        try:
            content = joined(tuple(names.split("+")[:MOST_JOINED]), kind)
        except KeyError:
            raise web.HTTPError(404) from None
        self.set_header("Content-Type", JOINED[kind])
        self.set_header("Cache-Control", FOR_EVER if "v" in self.request.arguments else "no-cache")
        self.finish(content)

    def set_default_headers(self) -> None:
        """It is no page, also where it is not there."""
        no_page(self)


class DocsHandler(BaseHandler, web.StaticFileHandler):
    """The built documentation, for everybody who reaches the hub; an address that it lacks gets the hub's page."""

    def initialize(self) -> None:  # type: ignore[override]  # the folder is the site's, known when a request comes
        """The folder is the site file's `docs_dir`."""
        web.StaticFileHandler.initialize(self, self.settings["aif"].site.docs_dir, default_filename="index.html")

    async def prepare(self) -> None:
        """A site that names no folder has no such page."""
        await super().prepare()
        if not self.root:
            raise web.HTTPError(404)

    def get_content_type(self) -> str:
        """A file's own kind; a page's before the file is known, for an error."""
        known = getattr(self, "absolute_path", None)
        return web.StaticFileHandler.get_content_type(self) if known else super().get_content_type()

    def set_extra_headers(self, path: str) -> None:
        """A page is asked for again each time, since an upgrade keeps its name; what has its version in it is not."""
        self.set_header("Cache-Control", FOR_EVER if "v" in self.request.arguments else "no-cache")


def tell_faults(log: Any) -> Any:
    """Writes down what went wrong in a task that nobody waits for."""

    def tell(done: asyncio.Future[None]) -> None:
        if not done.cancelled() and (error := done.exception()):
            log.error("stopping a session: %s", error, exc_info=error)

    return tell


OURS = [
    (r"/aif/stop", StopHandler),
    (rf"/aif/joined/([a-z+-]+)\.({'|'.join(JOINED)})", JoinedHandler),
    (r"/aif/static/(.*)", StaticHandler, {"path": str(share("static"))}),
    (r"/aif/docs/(.*)", DocsHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
