"""The call-back of a server that is up: which session it is and where it listens. Nothing else is taken from it.

Importing batchspawner registers a handler of its own; this module removes it and puts ours in the hub instead, before
the hub reads the list of handlers (the module is imported with the spawner class).
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import Any

import batchspawner.api
from jupyterhub import apihandlers
from jupyterhub.apihandlers import APIHandler
from tornado import web

from aif.core.states import Phase
from aif_hub.book import Session
from aif_hub.shortcuts import hash_secret

_SESSION = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Ready:
    """What a call-back says, checked for shape."""

    session: str
    host: str
    port: int

    @classmethod
    def parse(cls, body: bytes) -> Ready:
        """From exactly ``{"session": 32 hex digits, "host": IP address, "port": 1024..65535}``. Raises ValueError."""
        data = json.loads(body)
        if not isinstance(data, dict) or set(data) != {"session", "host", "port"}:
            raise ValueError("a call-back has the fields session, host and port, and no others")
        session, host, port = data["session"], data["host"], data["port"]
        if not isinstance(session, str) or not _SESSION.fullmatch(session):
            raise ValueError("session must be 32 hexadecimal digits")
        if type(port) is not int or not 1024 <= port <= 65535:
            raise ValueError("port must be a whole number from 1024 to 65535")
        if not isinstance(host, str) or str(ipaddress.ip_address(host)) != host:
            raise ValueError("host must be an IP address")
        return cls(session, host, port)


class ReadyHandler(APIHandler):
    """POST: accepts the address of a starting session's server, once, from the holder of that session's own token.

    204 accepted; 400 not a call-back; 403 not this token's session, not a node of its job, or a session that is over
    (its server has no reason to stay); 409 it was accepted before; 503 not known yet, ask again.
    """

    _accept_cookie_auth = False

    @web.authenticated
    async def post(self) -> None:
        """Checks shape, token, state and place, in this order; only then anything changes."""
        try:
            ready = Ready.parse(self.request.body)
        except (ValueError, RecursionError) as error:
            raise web.HTTPError(400, str(error)) from error
        sessions = self.settings["aif"].sessions
        session = sessions.book.get(ready.session)
        token = self.get_token()
        if session is None or token is None or token.id not in session.token_ids or session.login != self._login():
            raise web.HTTPError(403, "this token is not of that session")
        _check_awaited(session)
        spawner = self._starting(session)
        if session.job_id is None or spawner is None:
            raise self._later("the hub does not know the job yet")
        await self._check_place(session, ready.host)
        session = sessions.book.get(session.session)
        _check_awaited(session)  # Slurm was asked meanwhile, and another call-back may have been sooner
        spawner.api_token = self.get_auth_token()
        sessions.accept(session, ready.host, ready.port, token.id, hash_secret(spawner.api_token))
        self.set_status(204)

    async def _check_place(self, session: Session, host: str) -> None:
        """Raises unless Slurm shows the job running on the node of that address."""
        sessions = self.settings["aif"].sessions
        queue, nodes = sessions.queue_of(session), sessions.nodes[session.cluster]
        if queue.phase(session.job_id) is not Phase.RUNNING:
            await queue.look_after_now()
        if queue.phase(session.job_id) is not Phase.RUNNING:
            raise self._later("Slurm does not show the job running yet")
        address = await nodes.address_of(queue.sighting(session.job_id).node)
        if address is None:
            raise self._later("where that node is, is not known yet")
        if address != host:
            raise web.HTTPError(403, "that address is not of a node of this job")

    def _login(self) -> str:
        user = self.current_user
        return str(user.name) if user is not None and user.kind == "user" else ""

    def _starting(self, session: Session) -> Any:
        """The spawner that waits for this session, if the hub is starting it."""
        spawner = self.current_user.spawners.get(session.server_name)
        if spawner is None or spawner.session_id != session.session or not spawner._start_pending:
            return None
        return spawner

    def _later(self, why: str) -> web.HTTPError:
        return web.HTTPError(503, why)


def _check_awaited(session: Session) -> None:
    """Raises unless the session still waits for its server's word."""
    if not session.open or session.stop_asked:
        raise web.HTTPError(403, "this session is over")
    if session.port:
        raise web.HTTPError(409, "this session was accepted before")


def replace_stock_handler(handlers: list[Any]) -> None:
    """Takes batchspawner's handler out of the hub's list and puts ours in."""
    handlers[:] = [entry for entry in handlers if entry[1] is not batchspawner.api.BatchSpawnerAPIHandler]
    if not any(entry[1] is ReadyHandler for entry in handlers):
        handlers.append((r"/api/aif/v1/ready", ReadyHandler))


replace_stock_handler(apihandlers.default_handlers)
