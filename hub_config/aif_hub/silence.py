"""Which open sessions' servers do not answer, though their jobs run: each is asked a small question now and then.

Why the hub asks, where much seems to be known already: a server's own report (`warnings.activity`) comes once a minute,
and from inside, so that it says nothing of the way to its port; the proxy knows what a server is asked and not whether
it answers; and to Slurm a program that stands still is one that runs. What is asked is what the hub asked it when it
opened: Jupyter neither logs it nor takes it for activity.

Why that is cheap: one question at a time a server, every ten seconds, over a connection that is kept: a quarter of a
millisecond of the hub's processor each, for two hundred servers 6 ms a second. Slurm is asked nothing. A question
without an answer stays open: that the server is back is heard by its answer, the moment it comes.

Nothing follows from silence but what is shown (`held_up`).
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from jupyterhub.utils import url_escape_path, url_path_join
from yarl import URL

from aif_hub.book import Session, SessionBook
from aif_hub.shortcuts import context_towards_servers

log = logging.getLogger("aif.silence")

#: Between an answer and the next question at most. With the seconds that follow, and those that a hub which is started
#: meanwhile asks once more, it is to stay below the half minute for which something untrue may be shown.
EVERY_SECONDS = 10.0
#: A question that has no answer for so long makes its server silent.
SILENT_SECONDS = 10.0
#: These seconds are counted so many at a time: while the hub itself stands still they do not pass.
COUNTED_SECONDS = 1.0
#: Before a server that refused the connection, or ended it, is asked again.
AGAIN_SECONDS = 1.0
#: After this an answer is not waited for any more but asked for anew: a connection can be lost without a word.
LONGEST_SECONDS = 60.0
#: Between two looks at which sessions there are.
TEND_SECONDS = 3.0

#: Whether there was an answer at that address, whatever it says.
Ask = Callable[[str], Awaitable[bool]]


class Silence:
    """Writes into the book since when a server has not answered, and takes it back with its next answer."""

    def __init__(
        self,
        book: SessionBook,
        address: Callable[[Session], str],
        ask: Ask,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._book = book
        self._address = address
        self._ask = ask
        self._now = now
        self._listening: dict[str, asyncio.Task[None]] = {}

    async def tend(self) -> None:  # async as all that is done in rounds
        """Begins to ask the servers that are new, and leaves those alone that are over."""
        wanted = {one.session: one for one in self._book.open_sessions() if _is_up(one)}
        for session, task in list(self._listening.items()):
            if session not in wanted or task.done():
                task.cancel()
                del self._listening[session]
        for session in wanted.keys() - self._listening.keys():
            self._listening[session] = asyncio.create_task(self._listen(wanted[session]))

    def missed(self, session: Session) -> None:
        """Says at once of a server that it is silent: the hub has asked it something else, in vain."""
        self._note(session, session.silent_since or self._now())

    async def _listen(self, session: Session) -> None:
        """Asks one server for as long as it is there."""
        address, heard = self._address(session), session.silent_since or self._now()
        await asyncio.sleep(EVERY_SECONDS * random.random())  # noqa: S311  # a hub that comes up does not ask all at once
        while True:
            answer = asyncio.create_task(self._answer(session, address))
            try:
                if not await _is_soon(answer):
                    self._note(session, heard)
                if not await answer:
                    return
            finally:
                answer.cancel()
            heard = self._now()
            self._note(session, None)
            await asyncio.sleep(EVERY_SECONDS * random.uniform(0.8, 1.0))  # noqa: S311  # that they do not keep step

    async def _answer(self, session: Session, address: str) -> bool:
        """True when the server has answered. False when it is over: its port may be somebody else's before `tend`."""
        while self._is_asked(session):
            if await self._ask(address):
                return True
            await asyncio.sleep(AGAIN_SECONDS)
        return False

    def _is_asked(self, session: Session) -> bool:
        now = self._as_it_is(session)
        return now is not None and _is_up(now)

    def _as_it_is(self, session: Session) -> Session | None:
        return next((one for one in self._book.open_sessions() if one.session == session.session), None)

    def _note(self, session: Session, since: datetime | None) -> None:
        now = self._as_it_is(session)
        if now is None or (now.silent_since is None) == (since is None):
            return
        if since is not None:
            log.warning("session %s of %s does not answer; its job is left alone", session.session, session.login)
        else:
            log.info("session %s of %s answers again", session.session, session.login)
        self._book.note(session.session, silent_since=since)


class Servers:
    """Asks servers as the hub does, under its certificate, over connections that are kept. Made once a hub."""

    def __init__(self, settings: Mapping[str, Any]) -> None:
        """`settings` are the hub's tornado settings."""
        self._settings = settings
        self._open: ClientSession | None = None

    def address(self, session: Session) -> str:
        """What is asked: the version of its API, which needs no token."""
        scheme = "https" if self._settings["internal_ssl"] else "http"
        names = (url_escape_path(session.login), url_escape_path(session.server_name))
        path = url_path_join(self._settings["base_url"], "user", *names, "api")
        return f"{scheme}://{session.host}:{session.port}{path}"

    async def ask(self, address: str) -> bool:
        """Whether it answers, whatever that is: nothing of it is read."""
        if self._open is None:
            self._open = self._connections()
        try:
            async with self._open.get(URL(address, encoded=True), allow_redirects=False):
                return True
        except (OSError, ClientError):  # a patience that has ended is an OSError, too
            return False

    async def close(self) -> None:
        """Ends its connections."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    def _connections(self) -> ClientSession:
        names = ("internal_ssl_key", "internal_ssl_cert", "internal_ssl_ca")
        context = context_towards_servers(*(self._settings.get(name, "") for name in names))
        return ClientSession(
            connector=TCPConnector(ssl=context or True, limit=0, keepalive_timeout=4 * EVERY_SECONDS),
            timeout=ClientTimeout(total=LONGEST_SECONDS),
            cookie_jar=DummyCookieJar(),
        )


def _is_up(session: Session) -> bool:
    return session.step == "ready" and session.port > 0 and not session.stop_asked


async def _is_soon(answer: asyncio.Task[bool]) -> bool:
    """Whether it comes before its server is silent."""
    for _second in range(round(SILENT_SECONDS / COUNTED_SECONDS)):
        done, _waiting = await asyncio.wait({answer}, timeout=COUNTED_SECONDS)
        if done:
            return True
    return False
