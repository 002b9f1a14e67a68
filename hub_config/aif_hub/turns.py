"""One person's requests wait for each other, so that a loop of somebody's does not make everybody else wait.

The hub answers one request after the other. Who asks more than the site's `requests_a_second` gets the answers at that
rate, and 429 once the line of their own is too long; nobody else notices. Importing this module puts it in the hub.
"""

from __future__ import annotations

import asyncio
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from tornado import web
from tornado.httpserver import HTTPServer

from aif.core.site import SessionRules
from aif_hub import metrics
from aif_hub.pace import Pace
from aif_hub.speech import _

#: A page with all that it asks for, some times over, comes at once.
BURST_SECONDS = 5.0
#: How long a request may wait for its turn. A refusal comes no sooner, or a loop would only go faster.
PATIENCE_SECONDS = 5.0
#: The longest body that is read at all, in bytes; longer ones are cut off by tornado with 400.
LONGEST_BODY = 1 << 20
#: The longest that a person may send, in bytes: a form or a question is a hundredth of it.
LONGEST_OF_A_PERSON = 128 << 10
#: A body of so many bytes takes as long as one more request.
BYTES_A_TURN = 8 << 10

_prepare = BaseHandler.prepare


async def prepare(self: BaseHandler) -> None:
    """JupyterHub's own, which recognises the person; then the person's turn, also where the request was refused."""
    try:
        await _prepare(self)
    finally:
        await _in_turn(self)


async def _in_turn(handler: BaseHandler) -> None:
    """Returns when it is the person's turn. 413 and 429 with words; services and strangers pass."""
    user = getattr(handler, "_jupyterhub_user", None)
    pace: Pace | None = handler.settings.get("aif_pace")
    if pace is None or user is None or user.kind != "user":
        return
    size = len(handler.request.body)
    wait = pace.turn(user.name, 1 + size / BYTES_A_TURN)
    await asyncio.sleep(PATIENCE_SECONDS if wait is None else wait)
    if wait is None:
        metrics.REFUSALS.labels("request", "pace").inc()
        said = _("You or a program of yours asks the hub too often. Wait a minute and try again, less often.")
        raise _refused(429, said, {"Retry-After": "60"})
    if size > LONGEST_OF_A_PERSON:
        metrics.REFUSALS.labels("request", "size").inc()
        said = _("What was sent is {size} kB long, and {most} kB is the most. Send less at once.")
        raise _refused(413, said.format(size=size >> 10, most=LONGEST_OF_A_PERSON >> 10), {})


def pace_of(requests_a_second: float) -> Pace:
    """That of a hub's requests."""
    return Pace(requests_a_second, requests_a_second * BURST_SECONDS, PATIENCE_SECONDS)


def starts_of(rules: SessionRules) -> Pace:
    """That of starts: as many at once as in a minute, and then none that would have to wait."""
    return Pace(rules.starts_a_minute / 60, rules.starts_a_minute, patience_seconds=0)


def limit_bodies() -> None:
    """What is longer is not read. Before the hub makes its server, which has no trait for it."""
    HTTPServer.configure(None, max_body_size=LONGEST_BODY)


def _refused(status: int, message: str, headers: dict[str, str]) -> web.HTTPError:
    error: Any = web.HTTPError(status, message)
    error.jupyterhub_message, error.headers = message, headers  # the names that JupyterHub looks for
    return error  # type: ignore[no-any-return]


BaseHandler.prepare = prepare
