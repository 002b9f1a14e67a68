"""Brings events to people by mail: one at a time, never more than is bearable, and again while the server is away."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from urllib.parse import quote

from aif.core.site import Site
from aif_hub.book import SessionBook
from aif_hub.paths import Paths
from aif_hub.people import People
from aif_hub.speech import LANGUAGES, speak
from aif_hub.views import server_name_for
from aif_hub.warnings.event import Event, Kind
from aif_hub.warnings.letter import letter
from aif_hub.warnings.outbox import Correspondents, Outbox, Waiting
from aif_hub.warnings.record import EventRecord
from aif_hub.warnings.rounds import rounds
from aif_hub.warnings.send import NotSent, send
from aif_hub.warnings.told import told

log = logging.getLogger("aif.mail")

#: Most mails to one person in an hour, and to all in a minute; what is above waits.
MOST_OF_ONE, MOST_OF_ALL = 6, 60
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
#: A mail that is about no moment of its own is given up after this.
LONGEST = timedelta(hours=24)
AT_ONCE, ROUND_SECONDS = 20, 5.0
#: A person who looks at the workbench sees it there first, and may put it away before a mail goes.
PATIENCE = timedelta(seconds=20)


class Postman:
    """`take` puts an event in the outbox, `run` empties it for ever; `round` is one turn."""

    def __init__(
        self,
        site: Site,
        record: EventRecord,
        outbox: Outbox,
        people: Correspondents,
        book: SessionBook,
        names: People,
        password: str = "",
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._site = site
        self._said = {language: site.said_in(language) for language in LANGUAGES}
        self._record = record
        self._outbox = outbox
        self._people = people
        self._book = book
        self._names = names
        self._password = password
        self._now = now
        self._sent: dict[str, deque[datetime]] = {}  # by login; all of them under the empty one

    def take(self, event: Event) -> None:
        """Puts the mail about it in the outbox, where the site sends any, and this is worth one."""
        notice = event.notice
        if not self._site.mail.host or not self._people.address(notice.login, self._site.mail.domain):
            return
        if notice.kind is Kind.SESSION_ENDS and self._told_before(event):
            return
        until = notice.data.get("ends") or notice.data.get("stops")
        self._outbox.put(
            event.id,
            notice.login,
            event.at + PATIENCE,
            datetime.fromisoformat(until) if until else event.at + LONGEST,
        )

    async def run(self) -> None:
        """Sends what is due, for ever."""
        await rounds(self.round, ROUND_SECONDS, self._record, log, "sending mail failed")

    async def round(self) -> None:
        """Sends what is due now. A server that is away is tried with one mail, and the rest waits with it."""
        for mail in self._outbox.due(self._now(), AT_ONCE):
            if not await self._deliver(mail):
                return

    async def _deliver(self, mail: Waiting) -> bool:
        """Whether the next may be tried."""
        now = self._now()
        event = self._record.get(mail.event)
        if event is None or not event.shown or now >= mail.until:
            self._outbox.done(mail)
            return True
        for whose, most, span in (("", MOST_OF_ALL, MINUTE), (mail.login, MOST_OF_ONE, HOUR)):
            if wait := self._wait(whose, most, span, now):
                self._outbox.again(mail, now, wait)
                return True
        try:
            await asyncio.to_thread(send, self._letter(event, now), self._site.mail, self._password)
        except NotSent as error:
            if error.for_good:
                log.error("mail to %s about event %s is refused: %s", mail.login, event.id, error)
                self._outbox.done(mail)
            else:
                log.warning("mail to %s about event %s did not go, trying again: %s", mail.login, event.id, error)
                self._outbox.again(mail, now)
            return error.for_good
        log.info("mail to %s about event %s (%s) went", mail.login, event.id, event.kind.value)
        self._outbox.done(mail)
        for whose in ("", mail.login):
            self._sent.setdefault(whose, deque()).append(now)
        return True

    def _letter(self, event: Event, now: datetime) -> EmailMessage:
        login = event.notice.login
        language = self._people.language(login)
        speak(language)  # this task's own: nobody else hears it
        site, here = self._said[language], now.astimezone()
        session = self._book.get(event.notice.session) if event.notice.session else None
        paths = Paths(f"{site.hub.base_url}hub/", site.hub.base_url, quote(login, safe="@~"))
        open_now = [one for one in self._book.open_sessions() if one.login == login]
        said = told(event, session, here, site, paths, server_name_for(open_now))
        address = self._people.address(login, site.mail.domain)
        return letter(event, said, address, self._names.of(login).name, site, here)

    def _told_before(self, event: Event) -> bool:
        """Whether its session's end was announced already: that is one thing, and one mail."""
        return any(
            one.id < event.id and one.kind is event.kind and one.notice.session == event.notice.session
            for one in self._record.of(event.notice.login)
        )

    def _wait(self, whose: str, most: int, span: timedelta, now: datetime) -> timedelta | None:
        """How long until there is room for one more; None where there is."""
        sent = self._sent.setdefault(whose, deque())
        while sent and now - sent[0] >= span:
            sent.popleft()
        return span - (now - sent[0]) if len(sent) >= most else None
