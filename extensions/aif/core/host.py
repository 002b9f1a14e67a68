"""The hub's host as `aif install` sets it up: the site file's ``[host]``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aif.core.errors import SiteError


@dataclass(frozen=True)
class Host:
    """The hub's host as `aif install` sets it up: whose processes, which software, and what its units are called."""

    name: str = "aif"
    user: str = "aif-hub"
    people_group: str = "aif-people"
    min_uid: int = 1000
    prefix: str = "/opt/aif/site"


def check(host: Host) -> None:
    """These become file names, unit names and lines of sudoers, so they are plain words. Raises SiteError."""
    for key in ("name", "user", "people_group"):
        if not re.fullmatch(r"[a-z_][a-z0-9_-]{0,30}", getattr(host, key)):
            raise SiteError(f"host.{key}", "must be up to 31 of a-z, 0-9, _ and -, not starting with a digit or -")
    if not re.fullmatch(r"(/[A-Za-z0-9_.-]+)+", host.prefix):
        raise SiteError("host.prefix", "must be an absolute path of letters, digits, _, . and -")
    if host.min_uid < 500:
        raise SiteError("host.min_uid", f"must be 500 or more, got {host.min_uid}")
