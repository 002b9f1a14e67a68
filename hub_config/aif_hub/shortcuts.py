"""What JupyterHub does anew at each start of a server and need not: two thirds of a start's time on the event loop.

Importing this module puts functions in JupyterHub's place. None changes what is checked: the servers' certificates
against the hub's internal authorities, secrets against their hashes.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from functools import cache
from typing import Any

import jupyterhub.oauth.provider
import jupyterhub.orm
import jupyterhub.user
from jupyterhub.utils import hash_token

#: A text of this length is not a password that somebody thought of; JupyterHub's own tokens have 32 hex digits.
_RANDOM_LENGTH = 32


@cache
def context_towards_servers(key: str, cert: str, cafile: str) -> ssl.SSLContext | None:
    """The hub's TLS context for asking servers, made once; None where the hub runs without TLS.

    JupyterHub makes two for each start and loads the machine's public authorities into them, which none of our servers
    can have a certificate of: 2 × 70 ms. A new pair of certificates needs a restart of the hub, as it did before.
    """
    if not key or not cert:
        return None
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=cafile)
    context.load_cert_chain(cert, key)
    return context


def hash_secret(secret: str) -> str:
    """The hash of a server's secret, as JupyterHub keeps it; 16,384 rounds (10 ms) only for what could be guessed.

    JupyterHub keeps its random tokens after one round, but hashes the same token again as the OAuth client's secret.
    """
    return str(hash_token(secret, rounds=1) if len(secret) >= _RANDOM_LENGTH else hash_token(secret))


def keep_pinging(engine: Any) -> None:
    """JupyterHub's test query before each transaction, where a database server could have gone; a file has not."""
    if engine.dialect.name != "sqlite":
        _register_ping(engine)


_register_ping = jupyterhub.orm.register_ping_connection
jupyterhub.orm.register_ping_connection = keep_pinging
jupyterhub.user.make_ssl_context = context_towards_servers
jupyterhub.oauth.provider.hash_token = hash_secret
if sys.version_info < (3, 12):  # from then on Python's own default

    class NoThreads(asyncio.PidfdChildWatcher):
        """Learns from the kernel that a launcher or squeue has ended, where 3.11 starts a thread for each to wait."""

        def is_active(self) -> bool:
            """Always, on the loop that asks."""
            if not super().is_active():
                self.attach_loop(asyncio.get_running_loop())
            return True

    asyncio.set_child_watcher(NoThreads())
