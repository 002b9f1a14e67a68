"""Where a person's own data may lie, made as private as is said, and who really sees what lies there."""

from __future__ import annotations

import grp
import os
import pwd
from dataclasses import dataclass
from pathlib import Path

from aif.core.sentence import Sentence
from aif.refusals import Refusal

#: The folder that is made in a home, and in a project's folder.
NAME = "own_data"
READABLE_BY_GROUP, READABLE_BY_OTHERS = 0o040, 0o004


class NoPlace(Refusal):
    """A folder that is not there, or cannot be made as private as is said."""


@dataclass(frozen=True)
class Place:
    """One folder: ``home`` is the person's alone, ``project`` is for all who are in its group."""

    kind: str
    folder: Path

    @property
    def file_mode(self) -> int:
        """What a file there may be read and written by."""
        return 0o600 if self.kind == "home" else 0o640

    @property
    def shown(self) -> str:
        """The folder as people write it."""
        home = Path.home()
        below = f"/{self.folder.relative_to(home)}" if self.folder.is_relative_to(home) else ""
        return f"~{below.removesuffix('/.')}" if below else str(self.folder)


def places(project_dir: str) -> dict[str, Place]:
    """By kind, the person's own first; the project's where that folder is there and they may write in it."""
    found = {"home": Place("home", Path.home() / NAME)}
    base = Path(project_dir) if project_dir else None
    if base and base.is_dir() and os.access(base if not (base / NAME).exists() else base / NAME, os.W_OK | os.X_OK):
        found["project"] = Place("project", base / NAME)
    return found


def made(place: Place) -> Path:
    """The folder, there and as private as `place` says. Raises NoPlace."""
    folder = place.folder
    try:
        if place.kind == "home":
            folder.mkdir(mode=0o700, exist_ok=True)
            os.chmod(folder, 0o700)
        elif not folder.exists():
            _shared(folder)
        elif folder.is_symlink():
            raise PermissionError(0, "it leads elsewhere")
        if place.kind == "home" and folder.stat().st_mode & 0o077:
            raise PermissionError(0, "others may look into it")
    except OSError as fault:
        raise NoPlace(
            Sentence("The folder {folder} cannot be used: {why}.", folder=place.shown, why=fault.strerror),
            Sentence("Rename what is there, or ask the contact."),
        ) from fault
    return folder


def group_number(place: Place) -> int:
    """Of the group that a file there belongs to."""
    there = place.folder if place.folder.exists() else place.folder.parent
    return os.getegid() if place.kind == "home" else there.stat().st_gid


def expected(place: Place) -> tuple[str, str]:
    """Who will read what comes there, as `readers` says it of a file that is there."""
    if place.kind == "home":
        return "owner", ""
    there = place.folder if place.folder.exists() else place.folder.parent
    return ("list" if _listed(there, "default") else "group"), _group(group_number(place))


def readers(file: Path) -> tuple[str, str]:
    """Who reads a file that is there: ``owner``, ``group``, ``list`` or ``all``, and the group's name.

    ``list`` is the group and whom an access list names; where a group may not read, nobody on a list may either.
    """
    there = file.stat()
    group = _group(there.st_gid)
    if there.st_mode & READABLE_BY_OTHERS:
        return "all", group
    if not there.st_mode & READABLE_BY_GROUP:
        return "owner", group
    return ("list" if _listed(file, "access") else "group"), group


def person() -> str:
    """The login of whoever runs this."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _shared(folder: Path) -> None:
    """Makes it for the group of the folder above: its files are of that group, and only who brought one removes it."""
    folder.mkdir(mode=0o700)
    try:
        os.chown(folder, -1, folder.parent.stat().st_gid)
        os.chmod(folder, 0o3770)  # noqa: S103  # for its group; only who brought a file takes it away
    except OSError:
        folder.rmdir()
        raise


def _listed(path: Path, which: str) -> bool:
    """Whether an access list names people besides owner and group; what new files get is a folder's ``default`` one."""
    try:
        return bool(os.getxattr(path, f"system.posix_acl_{which}"))
    except OSError:
        return False
