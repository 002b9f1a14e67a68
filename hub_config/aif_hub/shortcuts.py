"""What JupyterHub does anew at each start of a server and need not: two thirds of a start's time on the event loop.

Importing this module puts two functions in JupyterHub's place. Neither changes what is checked: the servers'
certificates against the hub's internal authorities, secrets against their hashes.
"""

from __future__ import annotations

import ssl
from functools import cache

import jupyterhub.oauth.provider
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


jupyterhub.user.make_ssl_context = context_towards_servers
jupyterhub.oauth.provider.hash_token = hash_secret
