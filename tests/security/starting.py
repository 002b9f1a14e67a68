"""A session whose job runs and whose server is held back: a test speaks in its place, with the token that it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from own_hub import OwnHub

READY = "/hub/api/aif/v1/ready"
#: No test holds a server back for longer, however busy the machine.
HELD_SECONDS = 3000


@dataclass
class Starting:
    """The session, its token, and the node of its job."""

    hub: OwnHub
    login: str
    session: dict[str, Any]
    token: str
    node: str

    @property
    def address(self) -> str:
        return str(self.hub.instance["addresses"][self.node])

    def body(self, **changed: Any) -> dict[str, Any]:
        return {"session": self.session["session"], "host": self.address, "port": 40123, **changed}

    def says(self, body: Any, token: str | None = None) -> int:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.hub.get(READY, self.token if token is None else token, "POST", data).status

    def unchanged(self) -> bool:
        now = self.hub.session(self.login) or {}
        return (now["port"], now["host"], now["step"] in ("ready", "ended")) == (0, "", False)


@contextmanager
def starting_session(hub: OwnHub, short: str) -> Iterator[Starting]:
    """One of that person's; ended afterwards."""
    hub.start()
    login = hub.login(short)
    hub.use_standin(login)
    with hub.patient(HELD_SECONDS), hub.closed(f"server-{login}"):
        hub.ask_for(login)
        session = hub.await_job(login, "RUNNING")
        token = json.loads((hub.folder_of(session) / "session.json").read_text())["env"]["JUPYTERHUB_API_TOKEN"]
        yield Starting(hub, login, session, token, hub.node_of(session))
    hub.ask_to_stop(login)
    hub.await_ended(login)
