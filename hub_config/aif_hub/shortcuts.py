"""What JupyterHub does anew at each start of a server and need not: two thirds of a start's time on the event loop.

Importing this module puts functions in JupyterHub's place. None changes what is checked: the servers' certificates
against the hub's internal authorities, secrets against their hashes. One is no shortcut: from when on the hub's own
certificates hold.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from functools import cache
from typing import Any

import jupyterhub.app
import jupyterhub.oauth.provider
import jupyterhub.orm
import jupyterhub.user
from certipy import Certipy
from cryptography.hazmat.primitives.asymmetric import ec
from jupyterhub.utils import hash_token, make_ssl_context

import aif_hub.lookups  # noqa: F401  # puts look-ups in JupyterHub's place
from aif_hub.certs import CLOCKS_DIFFER

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


def context_of_the_hub(*args: Any, **named: Any) -> ssl.SSLContext | None:
    """JupyterHub's TLS context, without tickets to resume a connection with: they take a third of a handshake.

    The proxy keeps its connections open, and servers are new processes that have no ticket yet.
    """
    context = make_ssl_context(*args, **named)
    if context is not None and context.protocol is ssl.PROTOCOL_TLS_SERVER:
        context.num_tickets = 0
    return context


def elliptic_key(_certipy: Certipy, _kind: object, _bits: int) -> ec.EllipticCurvePrivateKey:
    """The key of an internal authority or of a part of the hub; JupyterHub's own kind signs 25 times slower.

    Pairs that were made before stay as they are.
    """
    return ec.generate_private_key(ec.SECP256R1())


def sign_for_clocks_that_differ(
    certipy: Certipy, request: object, issuer: object, validity_period: tuple[object, object], **named: Any
) -> Any:
    """A certificate that holds until when JupyterHub says, and from a day ago on as those of sessions do.

    A hub whose clock is put back would refuse its own services, which have theirs made at each of its starts.
    """
    began = -int(CLOCKS_DIFFER.total_seconds())
    return _sign(certipy, request, issuer, (began, validity_period[1]), **named)


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
jupyterhub.app.make_ssl_context = context_of_the_hub
Certipy.create_key_pair = elliptic_key
_sign = Certipy.sign
Certipy.sign = sign_for_clocks_that_differ
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
