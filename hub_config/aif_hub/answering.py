"""Whether a session's server answers the hub, over TLS and under the certificate of its session."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub.objects import Server
from sqlalchemy.orm import object_session

from aif_hub.book import Session, SessionEnded
from aif_hub.sessions import Sessions
from aif_hub.shortcuts import context_towards_servers

ASK_SECONDS = 15


async def until_it_answers(server: Server, session: Session, sessions: Sessions, settings: Mapping[str, Any]) -> None:
    """Returns when the server answers at the session's address; raises SessionEnded when its job ends instead.

    `server` is the hub's record of it, `settings` the hub's tornado settings.
    """
    context = context_towards_servers(
        settings.get("internal_ssl_key"), settings.get("internal_ssl_cert"), settings.get("internal_ssl_ca")
    )
    server.ip, server.port = session.host, session.port
    server.proto = "https" if settings["internal_ssl"] else "http"
    if (database := object_session(server.orm_server)) is not None:
        database.commit()  # another request that ends while we wait rolls back what is not committed
    while True:
        try:
            answer = await server.wait_up(http=True, timeout=ASK_SECONDS, ssl_context=context, extra_path="api")
            break
        except TimeoutError:
            if not (session := await sessions.settled(session)).open:
                raise SessionEnded(session) from None

    async def same_answer(**_: Any) -> Any:
        del server.wait_up
        return answer

    server.wait_up = same_answer  # JupyterHub asks once more right after this, which is another TLS handshake
