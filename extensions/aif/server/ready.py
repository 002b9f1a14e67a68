"""Tells the hub where this server listens, and keeps trying while the hub is away."""

import asyncio
import json
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from aif.core.errors import AifError

if TYPE_CHECKING:
    import ssl

    from aif.server.folder import SessionFolder

FIRST_WAIT_SECONDS = 0.2
LONGEST_WAIT_SECONDS = 5.0
GIVE_UP_SECONDS = 1800.0
ANSWER_SECONDS = 15.0

ACCEPTED = 204
ALREADY_ACCEPTED = 409
RETRY = frozenset({408, 429})


class NotWelcome(AifError):
    """The hub refused this session, or could not be told about it in half an hour; the server ends."""


@dataclass(frozen=True)
class Answer:
    """What the hub said: its HTTP status and the reason in words; status 0 means that it could not be reached."""

    status: int
    words: str = ""


Post = Callable[[bytes], Awaitable[Answer]]
Sleep = Callable[[float], Awaitable[None]]


async def announce(
    post: Post, session: str, host: str, port: int, *, give_up: float = GIVE_UP_SECONDS, sleep: Sleep = asyncio.sleep
) -> int:
    """The number of tries it took until the hub had accepted; NotWelcome when it refused or never answered."""
    body = json.dumps({"session": session, "host": host, "port": port}).encode()
    loop = asyncio.get_running_loop()
    deadline = loop.time() + give_up
    wait, tries = FIRST_WAIT_SECONDS, 0
    while True:
        tries += 1
        answer = await post(body)
        if answer.status in (ACCEPTED, ALREADY_ACCEPTED):
            return tries
        if 400 <= answer.status < 500 and answer.status not in RETRY:
            raise NotWelcome(
                f"the hub refused this session ({answer.status} {answer.words or 'no reason given'}). "
                "It was probably stopped meanwhile; start a new one from the workbench."
            )
        if loop.time() >= deadline:
            raise NotWelcome(
                f"the hub did not accept this session within {give_up / 60:.0f} minutes "
                f"({answer.words or answer.status}). An operator should look at the hub; then start again."
            )
        # full jitter: after a restart of the hub, a room of servers must not come back in step
        await sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - not a secret
        wait = min(wait * 2, LONGEST_WAIT_SECONDS)


def poster(folder: "SessionFolder", context: "ssl.SSLContext") -> Post:
    """A `post` that sends to the session's ready URL, with its token and certificate."""
    from tornado.httpclient import AsyncHTTPClient, HTTPError, HTTPRequest

    token = folder.env["JUPYTERHUB_API_TOKEN"]

    async def post(body: bytes) -> Answer:
        request = HTTPRequest(
            folder.ready_url,
            method="POST",
            body=body,
            headers={"Authorization": f"token {token}", "Content-Type": "application/json"},
            ssl_options=context if folder.ready_url.startswith("https:") else None,
            connect_timeout=ANSWER_SECONDS,
            request_timeout=ANSWER_SECONDS,
            follow_redirects=False,
        )
        try:
            reply = await AsyncHTTPClient().fetch(request, raise_error=False)
        except (OSError, HTTPError) as fault:
            return Answer(0, str(fault) or type(fault).__name__)
        if reply.code == 599:  # tornado's own number for "no answer"
            return Answer(0, str(reply.error))
        return Answer(reply.code, _message(reply.body or b"") or reply.reason)

    return post


def _message(body: bytes) -> str:
    """JupyterHub's own words for a refusal, made one line."""
    try:
        said = json.loads(body)["message"]
    except (ValueError, KeyError, TypeError):
        return ""
    return " ".join(str(said).split())[:300]
