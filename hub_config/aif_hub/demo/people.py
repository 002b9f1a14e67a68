"""Who the demo's people are, what they may use, and the passwords with which they sign in."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from aif.core.entries import build
from aif.core.text import Text
from aif_hub.demo import instance
from aif_hub.demo.grants import Grant
from aif_hub.demo.instance import Instance

_SYLLABLES = [consonant + vowel for consonant in "bdfghjklmnprstvz" for vowel in "aeiou"]


@dataclass(frozen=True)
class Project:
    """A Slurm account, and what was granted to it: its first grant is what pays where nobody says otherwise."""

    account: str
    title: Text
    kind: str
    priority: int
    grants: tuple[Grant, ...]
    pi: tuple[str, ...] = ()  # short names of people

    def qos(self, grant: Grant) -> str:
        """The QOS that carries the grant's budget."""
        return grant.named(f"{self.kind}-{self.account}")


@dataclass(frozen=True)
class Person:
    """One who signs in; `room` is set for the class accounts, which share a password."""

    short: str
    name: str
    role: str
    projects: tuple[str, ...]
    room: str = ""


@dataclass(frozen=True)
class Demo:
    """All of `people.toml`."""

    projects: tuple[Project, ...]
    people: tuple[Person, ...]


def read(path: Path) -> Demo:
    """The people and projects of a `people.toml`."""
    text = tomllib.loads(path.read_text())
    priority = text["priority"]
    projects = tuple(_project(entry, priority[entry["kind"]]) for entry in text["project"])
    people = [Person(**{**entry, "projects": tuple(entry["projects"])}) for entry in text["person"]]
    return Demo(projects, (*people, *_seats(text["class"])))


def _project(entry: dict[str, Any], priority: int) -> Project:
    at = f"project.{entry['account']}"
    return Project(
        account=entry["account"],
        title=Text.parse(entry["title"], f"{at}.title"),
        kind=entry["kind"],
        priority=priority,
        grants=tuple(build(Grant, grant, f"{at}.allocation[{i}]") for i, grant in enumerate(entry["allocation"])),
        pi=tuple(entry.get("pi", ())),
    )


def _seats(room: dict[str, Any]) -> list[Person]:
    return [
        Person(
            f"{room['short']}{seat:02d}",
            f"{room['name']} {seat:02d}",
            room["role"],
            tuple(room["projects"]),
            room["short"],
        )
        for seat in range(1, room["seats"] + 1)
    ]


def ensure_passwords(inst: Instance, demo: Demo) -> dict[str, str]:
    """The password of each short name; made once for each instance and kept in `etc/people.json`, for root alone."""
    path = inst.prefix / "etc/people.json"
    known = passwords(inst)
    rooms = {person.room: known[person.short] for person in demo.people if person.room and person.short in known}
    for person in demo.people:
        if person.short not in known:
            known[person.short] = rooms.get(person.room) or _new_password()
        if person.room:
            rooms[person.room] = known[person.short]
    entries = [
        {
            "name": inst.login(person.short),
            "short": person.short,
            "full_name": person.name,
            "role": person.role,
            "room": person.room,
            "projects": list(person.projects),
            "password": known[person.short],
        }
        for person in demo.people
    ]
    _write_private(path, {"people": entries}, 0o600)
    return known


def listed(inst: Instance) -> list[dict[str, Any]]:
    """The people as `etc/people.json` has them; empty before the first `up`."""
    try:
        entries: list[dict[str, Any]] = json.loads((inst.prefix / "etc/people.json").read_text())["people"]
    except FileNotFoundError:
        return []
    return entries


def passwords(inst: Instance) -> dict[str, str]:
    """The passwords made so far, by short name."""
    return {entry["short"]: entry["password"] for entry in listed(inst)}


def write_logins(inst: Instance, demo: Demo, words: dict[str, str]) -> None:
    """`etc/demo-logins.json` for the hub: names, roles and scrypt hashes, readable by the hub's group only."""
    path = inst.prefix / "etc/demo-logins.json"
    digest = hashlib.sha256(repr((demo, sorted(words.items()))).encode()).hexdigest()[:16]
    if path.exists() and instance.stamp(inst, "logins") == digest:
        return
    entries = []
    for person in demo.people:
        salt, digest = _hashed(words[person.short])
        entries.append(
            {
                "login": inst.login(person.short),
                "short": person.short,
                "name": person.name,
                "role": person.role,
                "salt": salt,
                "hash": digest,
            }
        )
    _write_private(path, {"people": entries}, 0o640, group=inst.hub_user)
    instance.set_stamp(inst, "logins", digest)


@cache
def _hashed(password: str) -> tuple[str, str]:
    """Salt and scrypt hash in hex; computed once for the room's shared password."""
    salt = secrets.token_bytes(16)
    digest = hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)
    return salt.hex(), digest.hex()


def _new_password() -> str:
    """Random and easy to copy by hand: ``"tavo-rimu-kesi-48"``; 45 bits."""
    words = ["".join(secrets.choice(_SYLLABLES) for _ in range(2)) for _ in range(3)]
    return "-".join([*words, f"{secrets.randbelow(90) + 10}"])


def _write_private(path: Path, content: object, mode: int, group: str | None = None) -> None:
    draft = path.with_name(path.name + ".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        json.dump(content, file, indent=1)
    if group:
        shutil.chown(draft, group=group)
    draft.chmod(mode)
    os.replace(draft, path)
