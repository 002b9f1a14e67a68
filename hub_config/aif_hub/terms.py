"""Who accepted which version of the terms of use, and when, in the hub's database; and what still has to be."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from sqlalchemy import Column, String, Table, insert, select
from sqlalchemy.orm import Session as Database

from aif.core.errors import RequestError
from aif.core.sentence import Sentence
from aif_hub.book import Base

_TERMS = Table(
    "aif_terms",
    Base.metadata,
    Column("login", String(255), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("accepted_at", String(32), nullable=False),
)


class TermsRecord:
    """Everybody's own word. `version` is the one that counts now; where it is empty, nobody has to accept anything."""

    def __init__(
        self, database: Callable[[], Database], version: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self.version = version
        self._database = database
        self._now = now
        self._known: dict[str, Mapping[str, datetime]] = {}  # by login, so that a page costs no query
        Base.metadata.create_all(database().get_bind(), tables=[_TERMS])

    def of(self, login: str) -> Mapping[str, datetime]:
        """When the person accepted each version, the newest acceptance first."""
        if login not in self._known:
            rows = self._database().execute(select(_TERMS).where(_TERMS.c.login == login))
            found = {row.version: datetime.fromisoformat(row.accepted_at) for row in rows}
            self._known[login] = dict(sorted(found.items(), key=lambda one: one[1], reverse=True))
        return self._known[login]

    def missing(self, login: str) -> bool:
        """Whether the person still has to accept what counts now."""
        return bool(self.version) and self.version not in self.of(login)

    def accept(self, login: str) -> None:
        """Writes down that the person accepts what counts now; the first time stays."""
        if self.missing(login):
            at = self._now().isoformat(timespec="seconds")
            database = self._database()
            database.execute(insert(_TERMS), {"login": login, "version": self.version, "accepted_at": at})
            database.commit()
            del self._known[login]

    def check(self, login: str, address: str) -> None:
        """Raises RequestError where the person still has to accept, which they do at `address`."""
        if self.missing(login):
            raise RequestError(
                Sentence("A session of {login} was asked for.", login=login),
                Sentence(
                    "Nothing starts before {login} has accepted the terms of use, version {version}.",
                    login=login,
                    version=self.version,
                ),
                Sentence("They are at {address}; start again after that.", address=address),
                code="terms",
            )
