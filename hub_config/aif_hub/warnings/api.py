"""Events over REST, below the hub's API: read, put away, keep a session; and what a session's own server reports."""

from __future__ import annotations

import json
from typing import Any

from jupyterhub import handlers
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.scopes import has_scope
from tornado import web

from aif_hub.book import Session
from aif_hub.ledger.scopes import READ, may_read
from aif_hub.pages import running
from aif_hub.paths import paths_of
from aif_hub.warnings.page import Row, rows
from aif_hub.warnings.watch import Watch

#: A report has five short fields.
MOST_BYTES = 1000
#: So many events are told at a time: the newest.
MOST_EVENTS = 50


class WarningsHandler(APIHandler):
    """What all of them do alike: only a person is answered, and only about what is theirs."""

    @property
    def person(self) -> Any:
        """Who asks (JupyterHub's). 403 for who is nobody, or a service."""
        user = self.current_user
        if user is None or user.kind != "user":
            raise web.HTTPError(403)
        return user

    @property
    def watch(self) -> Watch:
        """The hub's, for who asks."""
        return running(self.person).watch

    def own_session(self, session_id: str) -> Session:
        """The caller's open session; 404 for somebody else's as for one that does not exist."""
        workbench = running(self.person)
        session = workbench.sessions.book.get(session_id)
        if session is None or session.login != self.person.name:
            raise web.HTTPError(404, "there is no such session of yours")
        if not session.open or session.stop_asked:
            raise web.HTTPError(409, "this session is over")
        return session

    def check_may_use(self, session: Session) -> None:
        """403 where the token was narrowed to something that does not let its holder use that session."""
        needed = f"access:servers!server={session.login}/{session.server_name}"
        if not has_scope(needed, self.expanded_scopes, db=self.db):
            raise web.HTTPError(403, f"this needs a token with {needed}")


class EventsHandler(WarningsHandler):
    """GET: what you were told, oldest first; with ``since=ID`` only what came after; the newest 50. With an ETag.

    Each event has its sentences in your language, a `tone` (plain, warn, stop), what can be done about it (`actions`),
    and since when it is over or put away.
    """

    async def get(self) -> None:
        """400 where `since` is no number, 403 for a token that was narrowed to something else."""
        user = self.person
        if not may_read(self.expanded_scopes, user.name):
            raise web.HTTPError(403, f"this needs a token with {READ}")
        since = self.get_query_argument("since", "0")
        if not (since.isascii() and since.isdigit() and len(since) < 18):
            raise web.HTTPError(400, "since must be the id of an event")
        paths = paths_of(user, self.hub.base_url, self.settings["base_url"])
        found = rows(running(user), user.name, self.watch.record.of(user.name, int(since), MOST_EVENTS), paths)
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "private, no-cache")
        self.finish(json.dumps({"events": [_told(row, self.hub.base_url) for row in found]}))


class SeenHandler(WarningsHandler):
    """POST: you put the event away; it is not shown any more, here or anywhere. 404 where it is not yours."""

    async def post(self, event: str) -> None:
        """204, also the second time."""
        user = self.person
        if "access:servers" not in self.parsed_scopes:
            raise web.HTTPError(403, "this needs a token with access:servers")
        if len(event) > 17 or not self.watch.see(user.name, int(event)):
            raise web.HTTPError(404, "there is no such event of yours")
        self.set_status(204)


class KeepHandler(WarningsHandler):
    """POST: your session goes on although nothing runs in it; it begins to be idle anew. 409 once it is over."""

    async def post(self, session_id: str) -> None:
        """204."""
        session = self.own_session(session_id)
        self.check_may_use(session)
        self.watch.keep(session)
        self.set_status(204)


class ActivityHandler(WarningsHandler):
    """POST: what a session's own server says of it once a minute; with the token of that server and no other.

    It has the fields `busy`, `idle_seconds`, `gpu` (none, measured, unknown), `gpu_idle_seconds` and
    `saved_seconds_ago`, and no others. The answer says in how many seconds the next report is due.
    """

    _accept_cookie_auth = False

    async def post(self, session_id: str) -> None:
        """400 not a report, 403 not that session's token, 409 a session that is over."""
        user, token = self.person, self.get_token()
        session = running(user).sessions.book.get(session_id)
        if session is None or token is None or session.token_ids != (token.id,) or session.step != "ready":
            if session is not None and session.login == user.name and not session.open:
                raise web.HTTPError(409, "this session is over")
            raise web.HTTPError(403, "this token is not of that session")
        if len(self.request.body) > MOST_BYTES:
            raise web.HTTPError(400, "a report is shorter")
        try:
            again = self.watch.report(session, self.request.body)
        except (ValueError, RecursionError) as error:
            raise web.HTTPError(400, str(error)) from error
        self.set_header("Content-Type", "application/json")
        self.finish(json.dumps({"again_seconds": again}))


def _told(row: Row, hub: str) -> dict[str, Any]:
    event, said = row.event, row.told
    notice = event.notice
    actions = [vars(action) for action in said.actions]
    for action in actions:
        if action["name"] == "keep":
            action["url"] = f"{hub}api/aif/v1/sessions/{notice.session}/keep"
    return {
        "id": event.id,
        "kind": notice.kind.value,
        "at": event.at.astimezone().isoformat(timespec="seconds"),
        "session": notice.session or None,
        "allocation": notice.allocation or None,
        "data": dict(notice.data),
        "title": said.title,
        "text": said.text,
        "tone": said.tone,
        "actions": actions,
        "seen_at": event.seen_at.astimezone().isoformat(timespec="seconds") if event.seen_at else None,
        "over_at": event.over_at.astimezone().isoformat(timespec="seconds") if event.over_at else None,
    }


OURS = [
    (r"/api/aif/v1/events", EventsHandler),
    (r"/api/aif/v1/events/([0-9]+)/seen", SeenHandler),
    (r"/api/aif/v1/sessions/([0-9a-f]{32})/keep", KeepHandler),
    (r"/api/aif/v1/sessions/([0-9a-f]{32})/activity", ActivityHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
