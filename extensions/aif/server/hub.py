"""Questions to the hub's REST API from the session's own server, which alone holds its token and certificate."""

import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from aiohttp import ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector, ThreadedResolver
from yarl import URL

from aif.server.folder import SessionFolder

ANSWER_SECONDS = 30.0
#: So long the hub may wait for a reading that is under way (RFC 7240): then what is kept for a minute is not older yet.
WAIT_SECONDS = 10
#: A connection is kept for the next question, which comes within a minute: to make one is half the work of both ends.
KEPT_SECONDS = 90.0
MOST_BYTES = 4 << 20


@dataclass(frozen=True)
class Answer:
    """What the hub said; status 0 means that it could not be reached."""

    status: int
    body: bytes = b""
    etag: str = ""


class Ask(Protocol):
    """Method, path below the hub's API, the ETag that is known already, and what is sent."""

    def __call__(self, method: str, path: str, etag: str = "", body: bytes = b"") -> Awaitable[Answer]: ...


class HubApi:
    """Asks with the session's token, in the person's language; no redirect is followed, the token is for the hub."""

    def __init__(self, folder: SessionFolder, context: ssl.SSLContext) -> None:
        self._url = folder.env["JUPYTERHUB_API_URL"].rstrip("/")
        self._headers = {
            "Authorization": f"token {folder.env['JUPYTERHUB_API_TOKEN']}",
            "Accept-Language": folder.language or "en",
            "Prefer": f"wait={WAIT_SECONDS}",
        }
        self._context = context
        self._open: ClientSession | None = None

    async def __call__(self, method: str, path: str, etag: str = "", body: bytes = b"") -> Answer:
        if self._open is None:
            self._open = self._connections()
        url = URL(f"{self._url}/{path}", encoded=True)
        headers = {"If-None-Match": etag} if etag else {}
        data = body if method == "POST" else None
        try:
            async with self._open.request(method, url, headers=headers, data=data, allow_redirects=False) as reply:
                said = await reply.read()
        except (OSError, ClientError):  # a patience that has ended is an OSError, too
            return Answer(0)
        return Answer(0) if len(said) > MOST_BYTES else Answer(reply.status, said, reply.headers.get("ETag", ""))

    async def close(self) -> None:
        """Ends its connections; the next question makes new ones."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    def _connections(self) -> ClientSession:
        return ClientSession(
            connector=TCPConnector(ssl=self._context, resolver=ThreadedResolver(), keepalive_timeout=KEPT_SECONDS),
            timeout=ClientTimeout(total=ANSWER_SECONDS),
            headers=self._headers,
            cookie_jar=DummyCookieJar(),
        )
