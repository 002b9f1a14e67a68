"""One line of the audit log: its fields, the actions that there are, and how it is written and read.

Standard library alone: `aif audit` reads the log in a bare checkout, too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

VERSION = 1
#: No field is longer, in characters: what came from outside fills no disk.
LONGEST = 300
RESULTS = ("ok", "refused", "failed")
#: Who did it: somebody signed in, a program with a token, the hub of its own accord, a command on the hub's host, or
#: somebody whom the hub does not know.
KINDS = ("person", "service", "hub", "command", "nobody")
#: Every action, in plain words; the operators' page has a line for each.
ACTIONS = {
    "sign-in": "signed in, or tried to",
    "sign-out": "signed out",
    "terms": "accepted the terms of use, or tried to",
    "session.ask": "asked for a session, or was refused one",
    "session.start": "the session got its job",
    "session.stop": "asked for the session's end",
    "session.keep": "kept a session though nothing runs in it",
    "session.end": "the session ended",
    "session.open": "opened somebody else's session",
    "cluster.start": "workers of a session's cluster came into Slurm's queue",
    "cluster.end": "workers of a session's cluster were there no more",
    "data.bring": "brought a file of their own, or was refused, as their session's server says",
    "token.make": "made an access token",
    "token.withdraw": "withdrew an access token",
    "share.grant": "shared a session, or made a link that shares it",
    "share.withdraw": "withdrew access to a shared session",
    "share.accept": "accepted a shared session",
    "person.change": "added, changed or removed a person's entry",
    "group.change": "added, changed or removed a group or its members",
    "service.change": "added or removed a service",
    "hub.change": "told the hub to shut down, or the proxy to change",
    "hub.start": "the hub started, with these operators",
    "look": "looked at what belongs to others",
    "refused": "was refused something else",
    "command": "a command on the hub's host",
}
_OPTIONAL = ("code", "session", "account", "job_id", "more")


@dataclass(frozen=True)
class Entry:
    """Who did what to what, from where, with which result; `more` has what the action adds, in plain values."""

    action: str
    who: str = ""  # a login, or the name of a service; empty where nobody is known
    kind: str = "hub"
    on: str = ""
    address: str = ""  # an IP address; empty for what came from no connection
    result: str = "ok"
    code: str = ""  # why: short and stable
    session: str = ""
    account: str = ""  # who pays
    job_id: int | None = None
    more: Mapping[str, str | int | bool] = field(default_factory=dict)
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def line(self) -> bytes:
        """As it stands in the log, with its line end. Control characters stay escaped, so that it is one line."""
        told: dict[str, Any] = {
            "v": VERSION,
            "at": self.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "who": _short(self.who),
            "as": self.kind,
            "action": self.action,
            "on": _short(self.on),
            "from": self.address,
            "result": self.result,
        }
        more = {_short(name): _short(value) for name, value in self.more.items()}
        values = (_short(self.code), self.session, self.account, self.job_id, more)
        told |= {name: value for name, value in zip(_OPTIONAL, values, strict=True) if value not in ("", None, {})}
        return json.dumps(told, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Entry:
        """What `line` wrote; fields that a later version added stay out. Raises ValueError for anything else."""
        try:
            told = json.loads(line)
            if not isinstance(told, dict) or type(told["v"]) is not int or told["v"] < VERSION:
                raise ValueError("is no line of an audit log")
            texts = [told[name] for name in ("who", "as", "action", "on", "from", "result")]
            texts += [told.get(name, "") for name in ("code", "session", "account")]
            who, kind, action, on, address, result, code, session, account = texts
            job_id, more = told.get("job_id"), told.get("more", {})
            if not all(isinstance(text, str) for text in texts) or not isinstance(more, dict):
                raise ValueError("has a field of another kind")
            if not isinstance(job_id, int | None):
                raise ValueError("has a job id that is no number")
            at = datetime.fromisoformat(told["at"])
            if at.tzinfo is None:
                raise ValueError("has a time without its zone")
        except (KeyError, TypeError, RecursionError) as error:
            raise ValueError(f"lacks a field: {error}") from error
        return cls(action, who, kind, on, address, result, code, session, account, job_id, more, at)


def _short(value: Any) -> Any:
    return f"{value[: LONGEST - 1]}…" if isinstance(value, str) and len(value) > LONGEST else value
