"""What people bring of their own, ``/hub/api/aif/v1/own-data``: told by their session, written in the audit log.

It is the person's own word: what a notebook noted, sent by the server of their session. No name of a file, no answer
and no content is taken.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from jupyterhub import handlers
from tornado import web

from aif_hub.audit.asker import asker_of
from aif_hub.audit.entry import Entry
from aif_hub.book import Session
from aif_hub.handlers_sessions import OwnSessions

#: What somebody's answers led to, and the folders that a file may go to; as `aif.data` calls them.
VERDICTS = ("allowed", "ask", "stop", "open")
PLACES = ("home", "project")
MOST_BYTES = 1000
#: The same note told twice, as by two sessions of one person, is one line.
AGAIN_SECONDS = 86_400.0
#: Of one person so many lines are written in an hour; the others wait in their home, so that nobody fills the log.
MOST_AN_HOUR, HOUR_SECONDS = 120, 3600.0
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Brought:
    """One file that came, or was refused: its `verdict`, where it lies and until which day; no more is known of it."""

    id: str
    when: datetime
    verdict: str
    place: str
    until: date | None

    @classmethod
    def parse(cls, body: bytes) -> Brought:
        """From the JSON of exactly these fields. Raises ValueError for anything else."""
        if len(body) > MOST_BYTES:
            raise ValueError(f"a note has at most {MOST_BYTES} bytes")
        told = json.loads(body)
        fields = set(cls.__dataclass_fields__)
        if not isinstance(told, dict) or set(told) != fields or not all(isinstance(one, str) for one in told.values()):
            raise ValueError(f"a note tells {', '.join(sorted(fields))} as texts, and nothing else")
        for name, known in (("verdict", VERDICTS), ("place", PLACES)):
            if told[name] not in known:
                raise ValueError(f"{name} must be one of {', '.join(known)}")
        if not _ID.fullmatch(told["id"]):
            raise ValueError("id must be 32 hexadecimal digits")
        when = datetime.fromisoformat(told["when"])
        if when.tzinfo is None:
            raise ValueError("when must have its zone")
        until = date.fromisoformat(told["until"]) if told["until"] else None
        return cls(told["id"], when.astimezone(UTC), told["verdict"], told["place"], until)

    def entry(self, session: Session, address: str) -> Entry:
        """Its line of the audit log; `on` is whose folder it is, a person's or a project's."""
        allowed = self.verdict == "allowed"
        when = self.when.isoformat(timespec="seconds").replace("+00:00", "Z")
        more = {"place": self.place, "when": when}
        return Entry(
            "data.bring",
            who=session.login,
            kind="person",
            on=session.login if self.place == "home" else session.request.account,
            address=address,
            result="ok" if allowed else "refused",
            code="" if allowed else self.verdict,
            session=session.session,
            account=session.request.account,
            job_id=session.job_id,
            more=more | ({"until": self.until.isoformat()} if self.until else {}),
        )


def write(audit: Any, told: Brought, session: Session, address: str) -> bool:
    """Writes the line of a note that is new; False, and nothing, where its person has had their lines of this hour."""
    slots = ((session.login, "data.bring", slot) for slot in range(MOST_AN_HOUR))
    if not any(audit.seldom.now(slot, HOUR_SECONDS) for slot in slots):
        return False
    if audit.seldom.now((session.login, "data.bring", told.id), AGAIN_SECONDS):
        audit.write(told.entry(session, address))
    return True


class OwnDataHandler(OwnSessions):
    """Takes notes, and gives nothing back."""

    _accept_cookie_auth = False

    async def post(self) -> None:
        """One note of `Brought`, with the token of a session's server and no other.

        204; 400 not a note, 403 not the token of an open session, 429 too many in an hour: it is to be told later.
        """
        session = self.own_session()
        try:
            told = Brought.parse(self.request.body)
        except (ValueError, OverflowError, RecursionError) as error:
            raise web.HTTPError(400, str(error)) from error
        if not write(self.settings["aif"].audit, told, session, asker_of(self).address):
            raise web.HTTPError(429, f"{MOST_AN_HOUR} notes an hour are taken of one person; tell this one later")
        self.set_status(204)


OURS = [("/api/aif/v1/own-data", OwnDataHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
