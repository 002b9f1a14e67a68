"""The names and roles behind logins, where the site keeps them; the demo does, in its file of logins."""

from __future__ import annotations

import json
import pwd
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path


@dataclass(frozen=True)
class Person:
    """A login with the name to greet it by."""

    login: str
    name: str
    role: str = ""
    mail: str = ""  # where that is known and the page may show it


class People:
    """Person by login: from the file of logins if there is one, else from the system's user database."""

    def __init__(self, logins: str) -> None:
        self._path = logins
        self._found: dict[str, Person] = {}  # asking the system may go to a directory server each time

    @cached_property
    def _listed(self) -> dict[str, Person]:
        if not self._path or not Path(self._path).exists():
            return {}
        entries = json.loads(Path(self._path).read_text(encoding="utf-8"))["people"]
        return {entry["login"]: Person(entry["login"], entry["name"], entry.get("role", "")) for entry in entries}

    def of(self, login: str) -> Person:
        """The person; for a login nobody knows, one named like the login."""
        if login in self._listed:
            return self._listed[login]
        if login not in self._found:
            try:
                name = pwd.getpwnam(login).pw_gecos.split(",")[0]
            except KeyError:
                return Person(login, login)  # may have one tomorrow
            self._found[login] = Person(login, name or login)
        return self._found[login]
