"""What an operator announces on every page: a text in each language, when it is about, and how grave it is.

It is one small file in the state folder, which `aif banner` writes and the hub reads when it has changed.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from aif.core.errors import AifError
from aif.core.text import Text

log = logging.getLogger("aif.banner")
LONGEST = 500
FILE = "banner.json"


class BannerError(AifError):
    """A banner that says nothing, too much, or of a time that cannot be."""


@dataclass(frozen=True)
class Banner:
    """What is announced. `starts` and `ends` are aware, and of what it is about; None where it has no such time."""

    text: Text
    level: str = "info"  # which who has read it may put away; "warn" stays
    starts: datetime | None = None
    ends: datetime | None = None

    def check(self, now: datetime) -> None:
        """Raises BannerError."""
        for said in (str(self.text), *self.text.others.values()):
            if not said.strip() or len(said) > LONGEST or not said.isprintable():
                raise BannerError(f"A banner has one line of at most {LONGEST} characters in each language.")
        if self.starts and self.ends and self.ends <= self.starts:
            raise BannerError("--until is not after --from. Say a later time, with its date.")
        if self.ends and self.ends <= now:
            raise BannerError("--until has passed, so nobody would see the banner. Say a time to come, with its date.")

    @property
    def key(self) -> str:
        """Names it for who has read it: another text or time is another banner."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:12]

    def to_json(self) -> str:
        """As it stands in its file."""
        said = {"en": str(self.text), **self.text.others}
        times = {"starts": self.starts and self.starts.isoformat(), "ends": self.ends and self.ends.isoformat()}
        return json.dumps({"text": said, "level": self.level, **times}, ensure_ascii=False, indent=1) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Banner:
        """From its file. Raises ValueError."""
        try:
            data = json.loads(text)
            starts, ends = (
                datetime.fromisoformat(at).astimezone() if at else None for at in (data["starts"], data["ends"])
            )
            return cls(Text.parse(data["text"], "text"), str(data["level"]), starts, ends)
        except (AifError, KeyError, TypeError) as error:
            raise ValueError(f"is no banner: {error}") from error


class BannerFile:
    """The banner as its file has it now; the file is looked at for each page and read when it has changed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = 0
        self._banner: Banner | None = None

    def now(self) -> Banner | None:
        """None without a file, or with one that is no banner."""
        try:
            changed = os.stat(self._path).st_mtime_ns
            if changed != self._read_at:
                self._read_at = changed
                self._banner = Banner.from_json(self._path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._read_at, self._banner = 0, None
        except (OSError, ValueError) as error:
            log.error("%s cannot be shown: %s", self._path, error)
            self._banner = None
        return self._banner


def write(state: Path, banner: Banner | None) -> None:
    """Puts the banner into the state folder of a hub, or takes it away. Safe where the folder is another user's."""
    path, draft = state / FILE, state / f"{FILE}.new"
    if banner is None:
        path.unlink(missing_ok=True)
        return
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o644), "w") as file:
        file.write(banner.to_json())
    os.replace(draft, path)
