"""While the hub's database cannot be reached: who asks for a page is told so, and nothing is half done when it is back.

JupyterHub and our book share one SQLAlchemy session. A lost connection leaves it in a transaction that nothing can be
done with, so it is rolled back at the next turn of the event loop. Importing this module puts its functions in the hub.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any

from jupyterhub.handlers.base import BaseHandler
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.interfaces import ExceptionContext
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session as Database
from tornado import web

from aif_hub import metrics
from aif_hub.database import answers
from aif_hub.words import NO_DATABASE

log = logging.getLogger("aif.database")


class Connection:
    """How often the connection was lost or refused, and the session that is rolled back then."""

    def __init__(self) -> None:
        self.losses = 0
        self.session: Database | None = None

    def failed(self, context: ExceptionContext) -> None:
        """SQLAlchemy's hook for errors of the database."""
        if not (context.is_disconnect or context.connection is None):
            return
        self.losses += 1
        metrics.DATABASE_LOSSES.inc()
        log.warning("the database cannot be reached: %s", context.original_exception)
        with contextlib.suppress(RuntimeError):  # no loop runs yet: the hub ends with the error
            asyncio.get_running_loop().call_soon(self._settle)

    def _settle(self) -> None:
        if self.session is not None:
            self.session.rollback()


connection = Connection()
_prepare = BaseHandler.prepare
_send_error = BaseHandler.send_error


async def prepare(self: BaseHandler) -> None:
    """JupyterHub's own; a person whom the absent database kept from being recognised is told so."""
    connection.session = self.db
    before = connection.losses
    await _prepare(self)
    if connection.losses > before and not answers(self.db):
        raise web.HTTPError(503, NO_DATABASE)


def send_error(self: BaseHandler, status_code: int = 500, **told: Any) -> None:
    """JupyterHub's own, with 503 and words for a database that was lost on the way."""
    error = (told.get("exc_info") or (None, None))[1]
    if status_code == 500 and isinstance(error, SQLAlchemyError) and not answers(self.db):
        refusal = web.HTTPError(503, NO_DATABASE)
        status_code, told["exc_info"] = 503, (type(refusal), refusal, None)
    _send_error(self, status_code, **told)


event.listen(Engine, "handle_error", connection.failed)
BaseHandler.prepare = prepare
BaseHandler.send_error = send_error
