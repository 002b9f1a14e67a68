"""What people hand to the site's contact when something went wrong: lines of text to copy, which hold no secret."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from functools import cache

from jupyterhub import __version__ as jupyterhub_version

from aif.core.jobs import JobSighting
from aif_hub.book import Session
from aif_hub.source import our_version

#: What stands for something that nobody else may see.
MASK = "…"
#: What is called a secret, in an address, a header or a log.
_NAMED = re.compile(
    r"""(?i)((?:\b\w*(?:token|secret|passw(?:or)?d|_xsrf|cookie|authorization|api_?key)["']?\s*[=:]\s*"""
    r"""|[?&](?:code|state)=)["']?(?:(?:token|bearer|basic)\s+)?)[^\s&"',;]+"""
)
#: What is as long as a token and has letters and digits as one has. A kernel's number, with its four lines, is none.
_LONG = re.compile(r"(?<![\w-])(?![0-9a-f]{8}-[0-9a-f]{4}-)(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{32,}")


def of_session(session: Session, sighting: JobSighting | None = None, trouble: str = "") -> str:
    """Of a session, open or ended. `sighting` is what Slurm last showed, `trouble` what keeps the hub from more."""
    request = session.request
    times = ((name, getattr(session, f"{name}_at")) for name in ("written", "submitted", "started", "ready", "ended"))
    seen = " ".join(filter(None, (sighting.state, sighting.node, sighting.reason))) if sighting else ""
    rows = [
        ("session", session.session),
        ("login", session.login),
        ("server", session.server_name or "(default)"),
        ("job", f"{session.job_id or 'none'} on {session.cluster}, {session.node or 'no node'}"),
        ("size", f"{request.profile}, {request.minutes} min, {request.account}, partition {request.partition}"),
        *((name, moment.isoformat(timespec="seconds")) for name, moment in times if moment),
        ("ended as", session.end_cause.value if session.end_cause else "still open"),
        ("note", masked(session.end_note)),
        ("Slurm shows", masked(seen)),
        ("trouble", masked(trouble)),
    ]
    return "\n".join([*_lines(rows), *(["log:", *map(masked, session.log_tail)] if session.log_tail else [])])


def of_page(asked: str, login: str, now: datetime, **told: object) -> str:
    """Of a page that says no: what was `asked` (method and path, never the query), by whom, and what else is `told`.

    An underscore in a name is said as a space.
    """
    rows = [
        ("asked", masked(asked)),
        ("login", login or "(not signed in)"),
        *((name.replace("_", " "), masked(" ".join(str(value or "").split()))) for name, value in told.items()),
        ("time", now.isoformat(timespec="seconds")),
        ("workbench", _software()),
    ]
    return "\n".join(_lines(rows))


def masked(text: str) -> str:
    """The text without what may be a token or a password.

    >>> masked("GET /lab?token=5f1d and {'Authorization': 'Bearer abc'}")
    "GET /lab?token=… and {'Authorization': 'Bearer …'}"
    >>> masked("no such code 0123456789abcdef0123456789abcdef; exit code: 1")
    'no such code …; exit code: 1'
    """
    return _LONG.sub(MASK, _NAMED.sub(rf"\1{MASK}", text))


@cache
def _software() -> str:
    return f"{our_version()}, JupyterHub {jupyterhub_version}"


def _lines(rows: Iterable[tuple[str, str]]) -> list[str]:
    return [f"{name}: {value}" for name, value in rows if value]
