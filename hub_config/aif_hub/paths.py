"""Where one person's pages are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode


@dataclass(frozen=True)
class Paths:
    """Where one person's pages are: `hub` ends in /hub/, `prefix` is where users' servers hang."""

    hub: str
    prefix: str
    user: str  # as it stands in a path
    host: str = ""  # of the person's own servers, where the site gives everybody's a name of their own

    def server(self, name: str, page: str = "") -> str:
        """The person's server, or a page in it."""
        return f"{self.host}{self.prefix}user/{self.user}/{name + '/' if name else ''}{page}"

    def start(self, name: str = "") -> str:
        """The start page, and where its form is sent."""
        return f"{self.hub}spawn/{self.user}{'/' + name if name else ''}"

    def waiting(self, name: str = "") -> str:
        """The waiting page."""
        return f"{self.hub}spawn-pending/{self.user}{'/' + name if name else ''}"

    def sessions(self, page: int = 1) -> str:
        """All sessions, a page of them."""
        return f"{self.hub}aif/sessions{f'?page={page}' if page > 1 else ''}"

    def receipt(self, session: str) -> str:
        """The receipt of the session with that id."""
        return f"{self.hub}aif/session/{session}"

    def tutorial(self, name: str, again: bool = False) -> str:
        """What opens that tutorial (or starts it over) in a session of the person's, or by way of its start."""
        return f"{self.hub}aif/tutorial/{name}{'/again' if again else ''}"

    def tutorials(self) -> str:
        """The catalogue."""
        return f"{self.hub}aif/tutorials"

    def terms(self, after: str = "") -> str:
        """The terms of use; `after` is where to go on to."""
        return f"{self.hub}aif/terms{'?' + urlencode({'next': after}) if after else ''}"

    def project(self, account: str, page: str = "") -> str:
        """The budget of a project, or a page below it."""
        return f"{self.hub}aif/project/{quote(account)}{'/' + page if page else ''}"


def paths_of(user: Any, hub: str, prefix: str) -> Paths:
    """Those of `user` (JupyterHub's)."""
    return Paths(hub, prefix, user.escaped_name, user.host if user.settings.get("subdomain_host") else "")
