"""The table of roles and addresses, `roles_table.txt`, read; and who asks what it says."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TABLE = Path(__file__).with_name("roles_table.txt")
ROLES = ("nobody", "learner", "researcher", "pi", "trainer", "operator", "ledger")
_ROW = re.compile(r"(?P<method>[A-Z]+)\s+(?P<path>/\S+)\s+(?P<statuses>[\d -]+?)(?:\s*\| (?P<body>{.*}))?")


@dataclass(frozen=True)
class Row:
    """A method and an address, with the status that each role gets; a role without one never asks."""

    method: str
    path: str
    statuses: Mapping[str, int]
    body: str = ""

    @property
    def is_page(self) -> bool:
        return not self.path.startswith("/hub/api/")


def rows() -> Iterator[Row]:
    """All of them, in their order."""
    for line in TABLE.read_text().splitlines():
        if not line or line.startswith("#"):
            continue
        found = _ROW.fullmatch(line)
        assert found, f"this is no row: {line}"
        statuses = found["statuses"].split()
        assert len(statuses) == len(ROLES), f"a status for each of {', '.join(ROLES)}: {line}"
        told = {role: int(status) for role, status in zip(ROLES, statuses, strict=True) if status != "-"}
        yield Row(found["method"], found["path"], told, found["body"] or "")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirection is an answer."""

    def redirect_request(self, *_: Any) -> None:
        return None


class Visitor:
    """Somebody with a token for the API and, where they signed in, a browser's cookies for the pages."""

    def __init__(self, url: str, login: str, token: str, password: str = "") -> None:
        self.login = login
        self._url = url
        self._token = token
        self._jar = CookieJar()
        self._open = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self._jar), _Stay()).open
        if password:
            self._ask("GET", "/hub/login")
            form = urlencode({"username": login, "password": password, "_xsrf": self._xsrf()}).encode()
            assert self._ask("POST", "/hub/login", form) == 302, f"{login} signs in"
            self._ask("GET", "/hub/home")  # which gives the safety token of who is signed in

    def asks(self, row: Row, names: Mapping[str, str]) -> int:
        """The status that they get."""
        filled = {**names, "me": self.login}
        path, body = _filled(row.path, filled), _filled(row.body, filled)
        if row.is_page:
            form = urlencode({**json.loads(body or "{}"), "_xsrf": self._xsrf()}).encode()
            return self._ask(row.method, path, None if row.method == "GET" else form)
        headers = {"Authorization": f"token {self._token}"} if self._token else {}
        return self._ask(row.method, path, body.encode() if body else None, headers)

    @property
    def cookies(self) -> CookieJar:
        """What the browser has kept."""
        return self._jar

    def leaves(self) -> None:
        """Signs out."""
        assert self._ask("GET", "/hub/logout") == 302

    def _ask(self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> int:
        # The API is asked without the cookies: it would take either.
        opened = urllib.request.build_opener(_Stay()).open if path.startswith("/hub/api/") else self._open
        request = urllib.request.Request(f"{self._url}{path}", body, dict(headers or {}), method=method)  # noqa: S310
        try:
            with opened(request, timeout=60) as answer:
                answer.read()  # all of it: a stream that is left is an error in the hub's log
                return int(answer.status)
        except urllib.error.HTTPError as error:
            error.close()
            return error.code

    def _xsrf(self) -> str:
        return next((one.value or "" for one in self._jar if one.name == "_xsrf" and one.path == "/hub/"), "")


def _filled(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda found: names[found[1]], text)
