"""What people may bring of their own, and whom they ask: the site file's ``[data]``."""

from __future__ import annotations

import string
from dataclasses import dataclass

from aif.core.errors import SiteError
from aif.core.text import Text

#: Where data may be from: made here, given by a partner, published for everybody, or from a secure environment.
ORIGINS = ("ours", "partner", "public", "secure")
#: What becomes of data that need an approval: people are sent to the contact, or its reference is enough.
RULES = ("contact", "approved")


@dataclass(frozen=True)
class OwnData:
    """What people may bring of their own, and whom they ask; the defaults accept nobody's personal data."""

    contact: Text = Text("")  # noqa: RUF009  # a text never changes; empty: the site's own
    personal: str = "contact"
    secret: str = "approved"  # noqa: S105  # a rule for secrets
    blocked: tuple[str, ...] = ("secure",)
    blocked_sources: tuple[str, ...] = ()
    project_dir: str = ""  # of each project, for all its members; empty: there is none


def check(data: OwnData) -> None:
    """Raises SiteError naming the key that cannot be used."""
    for key in ("personal", "secret"):
        if getattr(data, key) not in RULES:
            raise SiteError(f"data.{key}", f"must be one of {', '.join(RULES)}, got {getattr(data, key)!r}")
    for origin in data.blocked:
        if origin not in ORIGINS:
            raise SiteError("data.blocked", f"must be among {', '.join(ORIGINS)}, got {origin!r}")
    if not all(name.strip() for name in data.blocked_sources):
        raise SiteError("data.blocked_sources", "must be names, and one of them is empty")
    try:
        gaps = {name for _, name, _, _ in string.Formatter().parse(data.project_dir) if name is not None}
    except ValueError as error:
        raise SiteError("data.project_dir", f"cannot be read: {error}") from error
    if data.project_dir and (not data.project_dir.startswith("/") or gaps != {"account"}):
        raise SiteError("data.project_dir", 'must be an absolute path with {account} in it, as "/projects/{account}"')
