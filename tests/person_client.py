"""One of the demo's people at the instance's own hub, without a browser: signs in, gets a token, starts and stops."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode


class Person:
    """Signed in when made."""

    def __init__(self, instance: Mapping[str, Any], short: str) -> None:
        self.url = f"http://127.0.0.1:{instance['ports']['public']}/"
        people = json.loads((Path(instance["prefix"]) / "etc/people.json").read_text())["people"]
        entry = next(person for person in people if person["short"] == short)
        self.login: str = entry["name"]
        self._jar = CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar))
        self._opener.open(f"{self.url}hub/login", timeout=30).read()
        form = {"username": entry["name"], "password": entry["password"], "_xsrf": self._xsrf()}
        self._opener.open(f"{self.url}hub/login", urlencode(form).encode(), timeout=30).read()
        self._token = ""

    def token(self) -> str:
        """A token of their own, as the page *Access tokens* gives one."""
        if not self._token:
            page = f"{self.url}hub/api/users/{self.login}/tokens?_xsrf={self._xsrf()}"
            request = urllib.request.Request(page, b'{"note": "of a test"}', {"Content-Type": "application/json"})  # noqa: S310
            request.add_header("X-XSRFToken", self._xsrf())
            request.add_header("Referer", f"{self.url}hub/token")
            self._token = json.loads(self._opener.open(request, timeout=30).read())["token"]
        return self._token

    def api(self, method: str, path: str, body: Any = None) -> Any:
        """What the hub, or below ``user/…`` the person's server, answers to that token."""
        text = self.page(path, method, None if body is None else json.dumps(body).encode())
        return json.loads(text) if text else None

    def page(self, path: str, method: str = "GET", data: bytes | None = None) -> bytes:
        """The same, as it comes."""
        request = urllib.request.Request(f"{self.url}{path}", data, method=method)  # noqa: S310 - our own address
        request.add_header("Authorization", f"token {self.token()}")
        text: bytes = urllib.request.urlopen(request, timeout=60).read()  # noqa: S310
        return text

    def start(self, options: Mapping[str, str]) -> None:
        """A session with these options, ready to be used."""
        self.api("POST", f"hub/api/users/{self.login}/server", options)
        self._until(lambda servers: servers.get("", {}).get("ready"), "their session is ready")

    def stop_all(self) -> None:
        """Nothing of theirs runs any more."""
        for name in self.servers():
            self.api("DELETE", f"hub/api/users/{self.login}/{f'servers/{name}' if name else 'server'}")
        self._until(lambda servers: not servers, "nothing of theirs runs")

    def servers(self) -> dict[str, Any]:
        found: dict[str, Any] = self.api("GET", f"hub/api/users/{self.login}")["servers"]
        return found

    def _until(self, fits: Any, what: str) -> None:
        deadline = time.monotonic() + 120
        while not fits(servers := self.servers()):
            assert time.monotonic() < deadline, f"after two minutes it is not true that {what}: {servers}"
            time.sleep(0.5)

    def _xsrf(self) -> str:
        return next(cookie.value or "" for cookie in self._jar if cookie.name == "_xsrf" and cookie.path == "/hub/")
