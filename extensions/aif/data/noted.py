"""What is written down of a file that somebody brings: that it came, when, where to and until when; or that it did not.

A notebook has no way to the hub, so each is a small file in the person's home, which the session's own server tells the
hub and then removes (`aif.server.own_data`). No name of a file is in it, no answer, and nothing of what is in the file.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

from aif.server import private

#: How those files end that are whole.
SUFFIX = ".json"


def folder() -> Path:
    """Where they wait, of whoever runs this."""
    return private.data() / "own-data"


def note(verdict: str, place: str, until: date | None = None) -> None:
    """Of a file that was to go to `place`; `verdict` is ``allowed`` where it lies there now, `until` its last day.

    Nothing outside a session, where nobody would tell it. A disk that takes no more of these stops no file.
    """
    if not os.environ.get("AIF_SESSION_DIR"):
        return
    told = {
        "id": uuid4().hex,
        "when": datetime.now(UTC).isoformat(timespec="seconds"),
        "verdict": verdict,
        "place": place,
        "until": until.isoformat() if until else "",
    }
    with suppress(OSError):
        folder().mkdir(mode=0o700, parents=True, exist_ok=True)
        private.write(folder() / f"{told['id']}{SUFFIX}", json.dumps(told).encode())
