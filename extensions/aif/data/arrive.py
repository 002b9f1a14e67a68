"""A file that comes in pieces: under its name it is there whole, with its card beside it, or not at all."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import tempfile
import threading
import time
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aif.core.sentence import Sentence
from aif.data import card
from aif.data.card import Card
from aif.data.place import Place, group_number, made
from aif.refusals import Refusal

#: How the drafts begin that nobody else's file is called like.
DRAFT = ".aif-upload-"
#: Bytes of UTF-8 that a name may have, so that its card's fits in what file systems take.
LONGEST_NAME = 255 - len(card.SUFFIX)
#: After so many seconds without a piece, nobody is taken to send any more.
QUIET_SECONDS = 600.0
#: A draft that nobody holds goes once it is older than this.
STALE_SECONDS = 60.0
#: … and where the file system cannot say whether somebody does, than this.
SURELY_STALE_SECONDS = 86_400.0
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class BadName(Refusal):
    """A name that is a path, or that a file should not have."""


class NameTaken(Refusal):
    """A file of that name is there; nothing is written over."""


class NoRoom(Refusal):
    """The disk or the quota is full."""


class BrokenOff(Refusal):
    """Not all of a file came, or not in its order; nothing of it is kept."""


class Arrival:
    """One file on its way into `place`; `keep` puts it there, `drop` leaves nothing of it."""

    def __init__(self, place: Place, name: str, size: int) -> None:
        """Raises BadName, NameTaken, NoRoom or NoPlace, before anything is sent."""
        self.place = place
        self.name = plain_name(name)
        self.size = size
        self.came = 0
        self._draft: Path | None = None
        self.folder = made(place)
        self.file = self.folder / self.name
        self._mode, self._group = place.file_mode, group_number(place)
        self._sum = hashlib.sha256()
        sweep(self.folder)
        if os.path.lexists(self.file):
            raise _taken(self.name)
        free = os.statvfs(self.folder)
        if size > free.f_bavail * free.f_frsize:
            raise _full(self.name)
        with self._room():
            self._handle, draft = tempfile.mkstemp(prefix=DRAFT, dir=self.folder)  # 0600
        self._draft = Path(draft)
        self._lock, self._over, self._heard = threading.Lock(), threading.Event(), time.monotonic()
        with suppress(OSError):  # where the file system knows no locks, its age alone tells a draft that was left
            fcntl.flock(self._handle, fcntl.LOCK_EX)
        threading.Thread(target=self._watch, name="aif-upload", daemon=True).start()

    def piece(self, at: int, data: bytes | memoryview) -> int:
        """Takes the next piece, which begins at byte `at`; how many bytes came so far. Raises BrokenOff or NoRoom."""
        with self._lock, self._room():
            if self._draft is None or at != self.came or at + len(data) > self.size:
                raise _broken(self.name)
            self._heard = time.monotonic()
            view = memoryview(data)
            while view:
                view = view[os.write(self._handle, view) :]
            self._sum.update(data)
            self.came += len(data)
            return self.came

    def keep(self, card_of: Callable[[str, int, str], Card]) -> Path:
        """The whole file under its name, with the card that `card_of` makes of name, size and SHA-256 beside it.

        Raises BrokenOff, NoRoom or NameTaken, after which nothing of it is there.
        """
        with self._lock, self._room():
            if self._draft is None or self.came != self.size:
                raise _broken(self.name)
            about = card_of(self.name, self.size, self._sum.hexdigest()).written()
            handle, note = tempfile.mkstemp(prefix=DRAFT, dir=self.folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(about)
                    file.flush()
                    self._private(file.fileno())
                self._private(self._handle)
                _publish(self._draft, self.file, self.name)
                try:
                    os.replace(note, card.beside(self.file))
                except OSError:
                    self.file.unlink()
                    raise
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(note)
            self._end()
        return self.file

    def drop(self) -> None:
        """Nothing of it is left, unless it was kept before."""
        with self._lock:
            self._end()

    # Below: the parts -------------------------------------------------------------------------------------------------

    def _private(self, handle: int) -> None:
        """On the disk, and with the mode that was told: a file system that has no modes is told by name."""
        if os.fstat(handle).st_gid != self._group:
            os.fchown(handle, -1, self._group)
        os.fchmod(handle, self._mode)
        if os.fstat(handle).st_mode & 0o777 != self._mode:
            raise PermissionError(errno.EPERM, "it does not keep files private")
        os.fsync(handle)

    @contextmanager
    def _room(self) -> Iterator[None]:
        """Whatever goes wrong inside, nothing is left; a disk that is full is said in a sentence."""
        try:
            yield
        except OSError as fault:
            self._end()
            if fault.errno in _FULL:
                raise _full(self.name) from fault
            raise BrokenOff(
                Sentence("{name} could not be written: {why}.", name=self.name, why=fault.strerror),
                Sentence("Nothing of it was kept."),
            ) from fault
        except BaseException:
            self._end()
            raise

    def _end(self) -> None:
        draft, self._draft = self._draft, None
        if draft is not None:
            self._over.set()
            with suppress(FileNotFoundError):
                draft.unlink()
            os.close(self._handle)

    def _watch(self) -> None:
        """Drops it where nobody sends any more, as when a browser was closed."""
        left = QUIET_SECONDS
        while left > 0 and not self._over.wait(left):
            left = self._heard + QUIET_SECONDS - time.monotonic()
        self.drop()


def plain_name(name: str) -> str:
    """The name as it is written to disk. Raises BadName for what is a path, hidden, too long or not all letters to see.

    >>> plain_name("orders 2027.csv")
    'orders 2027.csv'
    """
    plain = unicodedata.normalize("NFC", name)
    if "/" in plain or "\\" in plain:
        raise BadName(Sentence("{name} is a path.", name=_short(name)), Sentence("Give the file's name alone."))
    odd = any(unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") for letter in plain)
    if not plain or odd or plain != plain.strip() or plain.startswith("."):
        raise BadName(
            Sentence("{name} is no name for a file here.", name=_short(name)),
            Sentence("It has letters to see, and begins with neither a dot nor a space. Rename it first."),
        )
    if plain.endswith(card.SUFFIX):
        raise BadName(
            Sentence("{name} is what the card of a file is called.", name=_short(name)), Sentence("Rename it first.")
        )
    if len(plain.encode()) > LONGEST_NAME:
        raise BadName(
            Sentence("{name} is too long a name.", name=_short(name)),
            Sentence("At most {most} bytes are allowed. Rename it first.", most=LONGEST_NAME),
        )
    return plain


def sweep(folder: Path) -> None:
    """Takes away what uploads left that ended without a word, as when a node went down."""
    for draft in folder.glob(f"{DRAFT}*"):
        with suppress(OSError):
            age = time.time() - draft.stat().st_mtime
            if age >= STALE_SECONDS and (age >= SURELY_STALE_SECONDS or not _held(draft)):
                draft.unlink()


def _held(draft: Path) -> bool:
    """Whether somebody still writes to it; where that cannot be told, they may."""
    handle = os.open(draft, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(handle)
    return False


def _publish(draft: Path, file: Path, name: str) -> None:
    """Gives the draft its name, unless something has that name meanwhile."""
    try:
        os.link(draft, file)
    except FileExistsError as fault:
        raise _taken(name) from fault
    except OSError:  # a file system without a second name for a file
        if os.path.lexists(file):
            raise _taken(name) from None
        os.rename(draft, file)


def _taken(name: str) -> NameTaken:
    return NameTaken(
        Sentence("There is a file {name} already, and nothing is written over.", name=name),
        Sentence("Rename yours, or delete the other with its card."),
    )


def _full(name: str) -> NoRoom:
    return NoRoom(
        Sentence("There is no room for {name}: the disk or your quota is full, and nothing was kept.", name=name)
    )


def _broken(name: str) -> BrokenOff:
    return BrokenOff(
        Sentence("{name} broke off on its way.", name=name), Sentence("Nothing of it was kept. Try again.")
    )


def _short(name: str) -> str:
    return repr(name if len(name) <= 60 else f"{name[:59]}…")
