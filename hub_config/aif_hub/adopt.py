"""Takes up open sessions that have no server in the hub: after a restart at once, and every five minutes.

A service beside the hub (`python -m aif_hub.adopt`): it asks the hub which sessions are unclaimed and starts their
servers by the hub's own API. Starting an open session never makes a second job; it finds the one that exists.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import ssl
from typing import Any
from urllib.parse import quote

from jupyterhub import apihandlers
from jupyterhub.apihandlers import APIHandler
from tornado import web
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

log = logging.getLogger("aif.adopt")
NAME = "aif-adopt"
EVERY_SECONDS = 300.0
MOST_AT_ONCE = 16


class UnclaimedHandler(APIHandler):
    """GET, for the service alone: ``[{"login": …, "server_name": …}]`` of open sessions that no server stands for."""

    @web.authenticated
    async def get(self) -> None:
        """Finishes what was being stopped by itself, and names the rest."""
        caller = self.current_user
        if caller is None or caller.kind != "service" or caller.name != NAME:
            raise web.HTTPError(403)
        self.settings["aif"].attach(self.settings)
        sessions = self.settings["aif"].sessions
        unclaimed = []
        for session in sessions.book.open_sessions():
            user = self.find_user(session.login)
            spawner = user.spawners.get(session.server_name) if user else None
            if spawner is not None and (spawner.active or spawner.pending):
                continue
            if user is None or session.stop_asked:
                asyncio.ensure_future(sessions.stop(session))  # noqa: RUF006  # it closes the session in the book
            else:
                unclaimed.append({"login": session.login, "server_name": session.server_name})
        self.write(json.dumps(unclaimed))


apihandlers.default_handlers.append((r"/api/aif/v1/unclaimed", UnclaimedHandler))


async def adopt() -> int:
    """Starts the servers of all unclaimed sessions; how many there were."""
    found: list[dict[str, str]] = await _api("aif/v1/unclaimed")
    limit = asyncio.Semaphore(MOST_AT_ONCE)

    async def start(login: str, server_name: str) -> None:
        async with limit:
            name = f"servers/{quote(server_name)}" if server_name else "server"
            try:
                await _api(f"users/{quote(login)}/{name}", method="POST")
            except HTTPClientError as error:
                log.warning("%s %s: %s", login, server_name, error)

    await asyncio.gather(*(start(entry["login"], entry["server_name"]) for entry in found))
    return len(found)


async def _api(path: str, method: str = "GET") -> Any:
    environ = os.environ
    context = ssl.create_default_context(cafile=environ["JUPYTERHUB_SSL_CLIENT_CA"])
    context.load_cert_chain(environ["JUPYTERHUB_SSL_CERTFILE"], environ["JUPYTERHUB_SSL_KEYFILE"])
    answer = await AsyncHTTPClient().fetch(
        f"{environ['JUPYTERHUB_API_URL']}/{path}",
        method=method,
        headers={"Authorization": f"token {environ['JUPYTERHUB_API_TOKEN']}"},
        body="" if method == "POST" else None,
        ssl_options=context,
        request_timeout=60,
    )
    return json.loads(answer.body or b"null")


async def _run() -> None:
    pause = 1.0
    while True:
        try:
            if count := await adopt():
                log.info("took up %d sessions", count)
            pause = EVERY_SECONDS
        except OSError as error:  # the hub is not listening yet, or restarts and will start us anew
            log.warning("the hub does not answer: %s", error)
            pause = min(30.0, pause * 2)
        except HTTPClientError as error:
            log.warning("the hub refuses: %s", error)
            pause = min(60.0, pause * 2)
        await asyncio.sleep(pause)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_run())
