"""Questions to the hub's REST API from the session's own server, which alone holds its token and certificate."""

import ssl
from collections.abc import Awaitable
from dataclasses import dataclass
from typing import Protocol

from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest

from aif.server.folder import SessionFolder

ANSWER_SECONDS = 30.0
#: So long the hub may wait for a reading that is under way (RFC 7240): then what is kept for a minute is not older yet.
WAIT_SECONDS = 10
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


def asker(folder: SessionFolder, context: ssl.SSLContext) -> Ask:
    """Asks with the session's token, in the person's language; no redirect is followed, the token is for the hub."""
    token, api = folder.env["JUPYTERHUB_API_TOKEN"], folder.env["JUPYTERHUB_API_URL"].rstrip("/")

    async def ask(method: str, path: str, etag: str = "", body: bytes = b"") -> Answer:
        headers = {"Authorization": f"token {token}", "Accept-Language": folder.language or "en"}
        headers["Prefer"] = f"wait={WAIT_SECONDS}"
        if etag:
            headers["If-None-Match"] = etag
        request = HTTPRequest(
            f"{api}/{path}",
            method=method,
            body=body if method == "POST" else None,
            headers=headers,
            ssl_options=context if api.startswith("https:") else None,
            connect_timeout=ANSWER_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
        )
        try:
            reply = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPError):
            return Answer(0)
        if reply.code == 599 or len(reply.body or b"") > MOST_BYTES:  # 599: tornado's own number for "no answer"
            return Answer(0)
        return Answer(reply.code, reply.body or b"", reply.headers.get("ETag", ""))

    return ask
