"""One connection to a hub that is kept, for hundreds of questions: as a program with a token, or as a browser."""

from __future__ import annotations

import http.client
import json
from typing import Any
from urllib.parse import urlencode, urlsplit

from own_hub import Answer, OwnHub


class KeptAlive:
    """Asks the hub as whoever has `token`; without one as nobody, until `sign_in`."""

    def __init__(self, hub: OwnHub, token: str = "") -> None:
        self._at = urlsplit(hub.url)
        self._token = token
        self._cookies: dict[str, str] = {}
        self._line = self._connected()

    def ask(self, method: str, path: str, body: Any = None, kind: str = "application/json") -> Answer:
        """The answer; a redirect is one and is not followed. `body` is bytes, or is sent as JSON."""
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        headers = {"Content-Type": kind} if data is not None else {}
        if self._token:
            headers["Authorization"] = f"token {self._token}"
        if self._cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            return self._asked(method, path, data, headers)
        except (ConnectionError, http.client.HTTPException):  # the proxy closes what it could not read
            self._line.close()
            self._line = self._connected()
            return self._asked(method, path, data, headers)

    @property
    def xsrf(self) -> str:
        """What proves that something is from a page of the hub that this browser has."""
        return self._cookies.get("_xsrf", "")

    def api(self, method: str, path: str, body: Any = None) -> Answer:
        """Of the REST API."""
        return self.ask(method, f"/hub/api/{path}", body)

    def form(self, path: str, fields: Any) -> Answer:
        """A form posted, with what proves that it is from a page of the hub."""
        pairs = [*(fields.items() if isinstance(fields, dict) else fields), ("_xsrf", self.xsrf)]
        return self.ask("POST", path, urlencode(pairs).encode(), "application/x-www-form-urlencoded")

    def sign_in(self, name: str, password: str) -> Answer:
        """What the sign-in form answers: 302 when it let somebody in."""
        if "_xsrf" not in self._cookies:
            self.ask("GET", "/hub/login")
        return self.form("/hub/login", {"username": name, "password": password})

    def close(self) -> None:
        self._line.close()

    def _connected(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self._at.hostname or "", self._at.port, timeout=30)

    def _asked(self, method: str, path: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        self._line.request(method, path, data, headers)
        reply = self._line.getresponse()
        for cookie in reply.msg.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            self._cookies[name] = value
        return Answer(reply.status, reply.read().decode(errors="replace"))
