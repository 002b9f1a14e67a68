"""The folders of a person's clusters, and the files in them by which their kernels and the session's server speak."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path

#: Below the person's home: workers on other nodes read the keys there.
CLUSTERS = ".aif/clusters"
#: Where a cluster's dashboard listens.
SOCKET = "dashboard.sock"
#: What it last told of itself, a wish of its owner's, and the file by whose being there they ask for its end.
TOLD, WISH, STOP = "told.json", "wish.json", "stop"
#: The number of a cluster's last question about its workers, and the answer to it.
WANTED, ANSWER = "jobs.wanted", "jobs.json"
#: Its time says when tasks were last seen on the cluster's workers; a kernel touches it about once a second. One that
#: calculates itself may be late with it.
BUSY, BUSY_SECONDS = "busy", 20.0


def label(folder: str | Path) -> str:
    """What all arrays of the cluster in that folder carry in their comments, before a slash and a number."""
    return f"aif-{Path(folder).name.lower()}"


@dataclass(frozen=True)
class Wanted:
    """The question number `number` of a cluster in `session`."""

    session: str
    number: int

    def text(self) -> str:
        """As it stands in the file."""
        return json.dumps([self.session, self.number])

    @classmethod
    def parse(cls, text: str | bytes) -> Wanted:
        """What `text` gave. Raises ValueError."""
        told = json.loads(text)
        if not (isinstance(told, list) and len(told) == 2 and isinstance(told[0], str) and type(told[1]) is int):
            raise ValueError("a session and a number")
        return cls(told[0], told[1])


def busy(above: Path, now: float | None = None) -> bool:
    """Whether a cluster with its folder in `above` has had tasks on its workers a moment ago.

    `now` is in seconds since 1970.
    """
    moment = time.time() if now is None else now
    for file in above.glob(f"*/{BUSY}"):
        try:
            if moment - file.stat().st_mtime < BUSY_SECONDS:
                return True
        except OSError:  # the cluster has closed meanwhile
            continue
    return False
