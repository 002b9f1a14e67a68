"""The audit log's files: one for each day (UTC), appended to and never changed, readable by the hub's user alone.

Each line is one write at the end of a file that was opened for appending: writers of several processes never mix, and
no file is ever renamed under them. What was moved or packed away by somebody else is simply begun anew. Standard
library alone, as `entry`.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import stat
import time
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aif.core.site import Site
from aif_hub.audit.entry import Entry
from aif_hub.audit.seldom import Seldom

log = logging.getLogger("aif.audit")
FOLDER = "audit"
#: A log that cannot be written is told of so often, however many lines it loses.
TELL_SECONDS = 60.0
_NAME = re.compile(r"(\d{4}-\d\d-\d\d)\.jsonl")


class AuditLog:
    """Where the hub writes. `write` never raises and never waits; `lost` counts the lines that could not be written."""

    def __init__(self, folder: Path, keep_days: int = 365) -> None:
        self.folder = folder
        self.lost = 0
        self.written = 0
        self.seldom = Seldom()  # of what would otherwise be written again and again
        self._keep_days = keep_days
        self._told = float("-inf")

    def write(self, entry: Entry) -> None:
        """At the end of its day's file. A full disk stops nothing but this line, which is said and counted."""
        try:
            if append(self.folder, entry):
                forget(self.folder, self._keep_days, entry.at)
            self.written += 1
        except OSError as error:
            self.lost += 1
            if time.monotonic() - self._told >= TELL_SECONDS:
                self._told = time.monotonic()
                log.error("the audit log in %s cannot be written, %d lines are lost: %s", self.folder, self.lost, error)


def folder_of(site: Site) -> Path:
    """Where the site's audit log lies."""
    return Path(site.audit.folder or Path(site.state_dir) / FOLDER)


def append(folder: Path, entry: Entry) -> bool:
    """Writes one line, and says whether its file is a new one. Raises OSError.

    Safe as root in the folder of another user: it follows no link there, and what it makes is that user's.
    """
    line = entry.line()
    place = _opened(folder)
    try:
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        file = os.open(f"{entry.at.astimezone(UTC):%Y-%m-%d}.jsonl", flags, 0o600, dir_fd=place)
        try:
            about, owner = os.fstat(file), os.fstat(place)
            if not stat.S_ISREG(about.st_mode) or about.st_uid not in (owner.st_uid, os.geteuid()):
                raise OSError(errno.EPERM, "this is not a file of the hub's user", str(folder))
            if about.st_uid != owner.st_uid:
                os.fchown(file, owner.st_uid, owner.st_gid)
            if about.st_size and os.pread(file, 1, about.st_size - 1) != b"\n":
                line = b"\n" + line  # a disk that was full cut the last line off: this one stays whole
            if os.write(file, line) < len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(folder))
            return about.st_size == 0
        finally:
            os.close(file)
    finally:
        os.close(place)


def forget(folder: Path, keep_days: int, now: datetime) -> None:
    """Removes the files of days that are longer ago. Raises OSError."""
    if keep_days:
        oldest = now.astimezone(UTC).date() - timedelta(days=keep_days)
        for day, path in days(folder):
            if day < oldest:
                path.unlink(missing_ok=True)


def days(folder: Path) -> list[tuple[date, Path]]:
    """The log's files by their day, the oldest first; other files there are nobody's business. Raises OSError."""
    found = []
    for path in folder.iterdir():
        if name := _NAME.fullmatch(path.name):
            try:
                found.append((date.fromisoformat(name[1]), path))
            except ValueError:
                continue
    return sorted(found)


def read_whole(path: Path) -> bytes:
    """A day's file; raises OSError for what is a link or no file, as root may read more than it should show."""
    file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(file).st_mode):
        os.close(file)
        raise OSError(errno.EPERM, "this is no file", str(path))
    with os.fdopen(file, "rb") as content:
        return content.read()


def carry(old: Path, new: Path) -> int:
    """Puts the log of `old`, as it is now, in place of an earlier state of it in `new`; how many files. Raises OSError.

    Days that only `new` has stay.
    """
    found = days(old) if old.is_dir() and not old.is_symlink() else []
    if found:
        new.mkdir(mode=0o700, exist_ok=True)
    for _day, path in found:
        target = new / path.name
        target.unlink(missing_ok=True)
        with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(read_whole(path))
    return len(found)


def _opened(folder: Path) -> int:
    """The folder, made where it is missing; its place must be there."""
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        return os.open(folder, flags)
    except FileNotFoundError:
        with suppress(FileExistsError):  # another process was sooner
            os.mkdir(folder, 0o700)
    place = os.open(folder, flags)
    above = os.stat(folder.parent)
    if os.geteuid() == 0 and above.st_uid:
        os.fchown(place, above.st_uid, above.st_gid)
    return place
