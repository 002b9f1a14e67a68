"""The releases of a site's software, each whole in a folder of its own, and the one link that says which is used.

PREFIX/releases/0.2.0-1f2e3d4c/    env and share; sessions run from here, wherever the link leads meanwhile
PREFIX/current                     a link to one of them, switched by one rename
PREFIX/env, PREFIX/share           links through `current`: the names that units and the site file know
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from aif_hub.operate.errors import OperateError

#: Between the clocks of this host and of Slurm's.
_CLOCKS_SECONDS = 300


@dataclass(frozen=True)
class Book:
    """What was in use: in this order, until when, and the backup that was made before each came into use."""

    used: tuple[str, ...] = ()
    left: dict[str, float] = field(default_factory=dict)
    backups: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Releases:
    """Those below one prefix."""

    prefix: Path

    def place(self, name: str) -> Path:
        """The folder of one release."""
        return self.prefix / "releases" / name

    @property
    def names(self) -> list[str]:
        """Of all that are there, also those that were never in use."""
        return sorted(path.name for path in (self.prefix / "releases").glob("*/") if path.is_dir())

    @property
    def current(self) -> str:
        """The one in use; empty before the first."""
        link = self.prefix / "current"
        return link.readlink().name if link.is_symlink() else ""

    @property
    def previous(self) -> str:
        """The one that was in use before the current one; empty without one."""
        used = self.book.used
        before = used[: used.index(self.current)] if self.current in used else used
        return next((name for name in reversed(before) if self.place(name).exists()), "")

    @property
    def book(self) -> Book:
        path = self.prefix / "releases/book.json"
        if not path.exists():
            return Book()
        data: dict[str, Any] = json.loads(path.read_text())
        return Book(tuple(data["used"]), data["left"], data["backups"])

    def use(self, name: str, backup: str = "") -> None:
        """From now on that one, by one rename."""
        used = tuple(one for one in self.book.used if one != name)
        self._turn(name, (*used, name), {**self.book.backups, name: backup})

    def back(self) -> None:
        """From now on the previous one, as if the current one had never been in use."""
        name, used = self.previous, self.book.used
        backups = {one: path for one, path in self.book.backups.items() if one != self.current}
        self._turn(name, used[: used.index(name) + 1], backups)

    def unused(self, oldest_job: float, running: Collection[str]) -> list[str]:
        """Those that can go: not this one nor the one before, and no session can still run from them.

        A session runs from the release that was in use when its job was submitted.
        """
        book, kept = self.book, {self.current, self.previous, *running}
        gone = (name for name in self.names if name not in kept)
        return [name for name in gone if book.used and book.left.get(name, 0) + _CLOCKS_SECONDS < oldest_job]

    def remove(self, name: str) -> None:
        """Its folder, and what is known of it."""
        shutil.rmtree(self.place(name))
        book = self.book
        left = {one: until for one, until in book.left.items() if one != name}
        self._write(Book(tuple(one for one in book.used if one != name), left, book.backups))

    def _turn(self, name: str, used: tuple[str, ...], backups: dict[str, str]) -> None:
        left = {**self.book.left, **({self.current: time.time()} if self.current else {})}
        left.pop(name, None)
        self._write(Book(used, left, backups))
        for short in ("env", "share"):
            if not (self.prefix / short).is_symlink():
                _link(self.prefix / short, f"current/{short}")
        _link(self.prefix / "current", f"releases/{name}")

    def _write(self, book: Book) -> None:
        draft = self.prefix / "releases/book.json.new"
        draft.write_text(json.dumps(asdict(book), indent=1) + "\n")
        os.replace(draft, self.prefix / "releases/book.json")


def _link(place: Path, target: str) -> None:
    """A link to a place beside it, or the one that is there led elsewhere, without a moment between."""
    if place.exists() and not place.is_symlink():
        raise OperateError(f"{place} is there and no link of ours. Move it away, or build into another --prefix.")
    draft = place.with_name(f".{place.name}.new")
    draft.unlink(missing_ok=True)
    draft.symlink_to(target)
    os.replace(draft, place)
