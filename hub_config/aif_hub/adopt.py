"""Takes up open sessions that have no server in the hub: after a restart at once, and every five minutes.

A service beside the hub (`python -m aif_hub.adopt`): it asks the hub which sessions are unclaimed and starts their
servers by the hub's own API. Starting an open session never makes a second job; it finds the one that exists.
It imports nothing of the hub, so that it starts and stops at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import json
import logging
import os
import signal
import ssl
from typing import Any
from urllib.parse import quote

from tornado.httpclient import AsyncHTTPClient, HTTPClientError

log = logging.getLogger("aif.adopt")
NAME = "aif-adopt"
EVERY_SECONDS = 300.0
UNSETTLED_SECONDS = 3.0
MOST_SECONDS = 60.0  # between two attempts at what was refused
MOST_AT_ONCE = 16
SILENT_SECONDS = 1.0  # the hub starts this service a little before it listens itself


async def adopt() -> tuple[int, int, bool]:
    """Starts the servers of all unclaimed sessions: how many there were and were refused, and if more may come."""
    found = await _api("aif/v1/unclaimed")
    limit = asyncio.Semaphore(MOST_AT_ONCE)

    async def start(login: str, server_name: str) -> bool:
        async with limit:
            name = f"servers/{quote(server_name)}" if server_name else "server"
            try:
                await _api(f"users/{quote(login)}/{name}", method="POST")
            except HTTPClientError as error:
                log.warning("%s %s: %s", login, server_name, error)
                return False
            return True

    begun = await asyncio.gather(*(start(entry["login"], entry["server_name"]) for entry in found["unclaimed"]))
    return len(begun), begun.count(False), found["unsettled"]


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
    _die_with_the_hub()
    ours = asyncio.current_task()
    for sign in (signal.SIGINT, signal.SIGTERM):  # a hub started in the background hands down an ignored INT
        asyncio.get_running_loop().add_signal_handler(sign, lambda: ours and ours.cancel())
    pause = SILENT_SECONDS
    while True:
        try:
            count, refused, unsettled = await adopt()
            if count:
                log.info("took up %d sessions", count - refused)
            if refused:
                pause = min(MOST_SECONDS, max(UNSETTLED_SECONDS, pause * 2))
            else:
                pause = UNSETTLED_SECONDS if unsettled else EVERY_SECONDS
        except OSError as error:  # the hub is not listening yet, or restarts and will start us anew
            log.info("the hub does not answer yet: %s", error)
            pause = SILENT_SECONDS
        except HTTPClientError as error:
            log.warning("the hub refuses: %s", error)
            pause = min(MOST_SECONDS, pause * 2)
        await asyncio.sleep(pause)


def _die_with_the_hub() -> None:
    """Has the kernel end this process when the hub is gone, killed even: the next hub starts a service of its own."""
    hub = os.getppid()
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG
    if os.getppid() != hub:
        raise SystemExit


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_run())
