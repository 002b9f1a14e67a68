"""An operator's command in the audit log of the hub that it was about."""

from __future__ import annotations

import os
import pwd
import sys
from pathlib import Path

from aif.core.site import Site
from aif_hub.audit.entry import Entry
from aif_hub.audit.log import append, folder_of


def command(site: Site, name: str, **more: str | int | bool) -> None:
    """Writes that `aif NAME` did its work. A log that cannot be written is said, and undoes nothing."""
    folder = folder_of(site)
    if not Path(site.state_dir).is_dir():
        return  # no hub has ever run from it
    try:
        append(folder, Entry("command", who=_who(), kind="command", on=name, more=more))
    except OSError as error:
        print(f"aif: the audit log in {folder} has no line of this: {error.strerror or error}.", file=sys.stderr)


def _who() -> str:
    """The person behind `sudo`, or who we are."""
    if behind := os.environ.get("SUDO_USER"):
        return behind
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
