"""``/hub/aif/events``: tells an open page that there is something new for it, and never what.

One stream a page (https://html.spec.whatwg.org/multipage/server-sent-events.html). It wakes on the look at Slurm that
the hub shares, on the book of sessions and on the hub's own starts, asks Slurm nothing, and speaks only when something
that the person sees has changed: the page then fetches itself, so that one template serves both ways.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web
from tornado.iostream import StreamClosedError

from aif_hub.pages import running, version_of
from aif_hub.speech import _
from aif_hub.workbench import Workbench

#: A comment after this long, so that no proxy on the way takes a quiet stream for a dead one.
HEARTBEAT_SECONDS = 15.0
#: A stream ends after this long and the browser asks again, with its sign-in: one that is gone hears nothing more.
LONGEST_SECONDS = 600.0
MOST_STREAMS = 8


class EventsHandler(BaseHandler):
    """The stream of one page: of the signed-in person's own, or of anybody's for an administrator."""

    _open: ClassVar[Counter[str]] = Counter()

    @web.authenticated
    async def get(self) -> None:
        """``seen`` is the version that the page shows; after a reconnection the browser names the last it was told."""
        person = self.current_user
        of = self.get_query_argument("of", person.name)
        user = person if of == person.name else self.find_user(of) if person.admin else None
        if user is None:
            raise web.HTTPError(404, _("There is no such person."))
        if self._open[person.name] >= MOST_STREAMS:
            raise web.HTTPError(429, _("There are many pages open already; this one looks by itself now and then."))
        self.set_header("Content-Type", "text/event-stream")
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-Accel-Buffering", "no")
        self._gone = asyncio.Event()
        self._open[person.name] += 1
        try:
            seen = self.request.headers.get("Last-Event-ID") or self.get_query_argument("seen", "")
            await self._tell(running(user), user, seen)
        except StreamClosedError:
            pass  # the page is gone
        finally:
            self._open[person.name] -= 1
            if not self._open[person.name]:
                del self._open[person.name]

    def on_connection_close(self) -> None:
        """The page was left or closed."""
        super().on_connection_close()
        if hasattr(self, "_gone"):
            self._gone.set()

    async def _tell(self, workbench: Workbench, user: Any, seen: str) -> None:
        loop = asyncio.get_running_loop()
        until = loop.time() + LONGEST_SECONDS
        self.write(": hello\n\n")
        await self.flush()
        while loop.time() < until and not self._gone.is_set():
            waits = _anything_new(workbench, user)
            waits.add(asyncio.ensure_future(self._gone.wait()))
            await asyncio.sleep(0)  # from here on each of them hears what happens
            try:
                if (now := version_of(workbench, user)) != seen:
                    seen = now
                    self.write(f"id: {now}\ndata: changed\n\n")
                    await self.flush()
                done, _pending = await asyncio.wait(
                    waits, timeout=HEARTBEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED
                )
            finally:
                for wait in waits:
                    wait.cancel()
            if not done:
                self.write(": still here\n\n")
                await self.flush()


def _anything_new(workbench: Workbench, user: Any) -> set[asyncio.Future[Any]]:
    """Ends with the next look at a cluster where the person has a session, their next line in the book, or a start."""
    book = workbench.sessions.book
    clusters = {session.cluster for session in book.open_sessions() if session.login == user.name}
    waits: set[asyncio.Future[Any]] = {asyncio.ensure_future(book.news.about(user.name).wait())}
    waits |= {asyncio.ensure_future(workbench.queues[name].news()) for name in clusters}
    for spawner in user.spawners.values():
        start = spawner._spawn_future
        if start is not None and not start.done():
            waits.add(asyncio.ensure_future(_end_of(start)))
    return waits


async def _end_of(start: asyncio.Future[Any]) -> None:
    """Returns when that start is over, however it went; being cancelled leaves it alone."""
    await asyncio.wait({start})


OURS = [(r"/aif/events", EventsHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
