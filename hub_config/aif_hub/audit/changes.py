"""What the book of sessions and the looks at workers tell the audit log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aif.core.states import EndCause
from aif_hub.audit.asker import Asker, asker
from aif_hub.audit.entry import Entry
from aif_hub.book import Session

#: Ends that are nobody's wish.
_FAILED = frozenset({EndCause.FAILED, EndCause.OUT_OF_MEMORY, EndCause.NODE_FAILED, EndCause.NEVER_STARTED})
#: Ends that somebody asks for; others are the hub's own.
_ASKED = (None, EndCause.STOPPED)


class Changes:
    """Writes a line for each step of a session, and for workers that come and go."""

    def __init__(self, write: Callable[[Entry], None]) -> None:
        self._write = write
        #: Who asked for a session that has no job yet, by session: its job comes when the request may be over.
        self._asked: dict[str, Asker] = {}

    def session(self, old: Session | None, new: Session) -> None:
        """A line of the book was written in place of `old`."""
        if old is None:
            who = self._asked[new.session] = asker()
            self._write(_entry("session.ask", new, who, more=_size(new)))
        elif new.job_id is not None and old.job_id is None:
            who = self._asked.pop(new.session, Asker(new.login, "person"))  # a hub that began meanwhile knows the login
            self._write(_entry("session.start", new, who, more=_size(new)))
        if old is not None and new.stop_asked and not old.stop_asked:
            who = asker() if new.end_cause in _ASKED else Asker(kind="hub")
            code = new.end_cause.value if new.end_cause not in _ASKED and new.end_cause else ""
            self._write(_entry("session.stop", new, who, code=code))
        if old is not None and old.open and not new.open:
            self._asked.pop(new.session, None)
            cause = new.end_cause or EndCause.NOT_RECORDED
            result = "failed" if cause in _FAILED else "ok"
            more = {"node": new.node} if new.node else {}
            self._write(_entry("session.end", new, Asker(kind="hub"), result, cause.value, more))

    def workers(self, action: str, session: Session, array: int, account: str) -> None:
        """``cluster.start`` or ``cluster.end``: an array of that session's workers, and Slurm's account for it.

        It is asked for with the session's, which stands in for one that Slurm does not name; its person may change it.
        """
        who = Asker(session.login, "person") if action == "cluster.start" else Asker(kind="hub")
        self._write(
            Entry(
                action,
                who=who.who,
                kind=who.kind,
                on=session.login,
                session=session.session,
                account=account or session.request.account,
                job_id=array,
                more={"cluster": session.cluster},
            )
        )


def _entry(
    action: str,
    session: Session,
    who: Asker,
    result: str = "ok",
    code: str = "",
    more: dict[str, Any] | None = None,
) -> Entry:
    return Entry(
        action,
        who=who.who,
        kind=who.kind,
        on="/".join(filter(None, (session.login, session.server_name))),
        address=who.address,
        result=result,
        code=code,
        session=session.session,
        account=session.request.account,
        job_id=session.job_id,
        more={**({"by": who.by} if who.by else {}), **(more or {})},
    )


def _size(session: Session) -> dict[str, str | int]:
    request = session.request
    size: dict[str, str | int] = {"profile": request.profile, "minutes": request.minutes, "gpus": request.gpus}
    return {**size, **({"qos": request.qos} if request.qos else {}), "cluster": request.cluster}
