"""Choices of the start page that people keep under a name of their own, in the hub's database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import uuid4

from sqlalchemy import JSON, String, bindparam, delete, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm import Session as Database

from aif.core.request import KEYS
from aif_hub.book import Base
from aif_hub.speech import N_

LONGEST_TITLE = 40
LONGEST_OPTION = 80
MOST = 12

NO_TITLE = N_("A saved choice needs a name. Give it one.")
TOO_MANY = N_(
    "You have {most} saved choices, which is the most. Remove one under “Rename or remove”, or reuse its name."
)


@dataclass(frozen=True)
class SavedChoice:
    """A named choice; `options` are as untrusted as a form's, and are checked as such when it is started."""

    choice: str
    title: str
    options: Mapping[str, str]

    @property
    def query(self) -> str:
        """The choice as the query of a start link."""
        return urlencode(self.options)


class Row(Base):
    """A saved choice as a row."""

    __tablename__ = "aif_choices"

    choice: Mapped[str] = mapped_column(String(32), primary_key=True)
    login: Mapped[str] = mapped_column(String(255), index=True)
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    options: Mapped[dict[str, str]] = mapped_column(JSON)


_OF = select(Row.choice, Row.title, Row.options).where(Row.login == bindparam("login")).order_by(Row.title)


class SavedChoices:
    """Each person's own; nobody reads or changes another's."""

    def __init__(self, database: Callable[[], Database]) -> None:
        self._database = database
        Base.metadata.create_all(database().get_bind())

    def of(self, login: str) -> list[SavedChoice]:
        """The person's choices by name."""
        return [SavedChoice(*row) for row in self._database().execute(_OF, {"login": login})]

    def save(self, login: str, title: str, options: Mapping[str, str]) -> str:
        """Empty when it is kept, else why not. One of the same name is replaced; a person keeps at most 12."""
        title = plain_title(title)
        if not title:
            return NO_TITLE
        if sum(one.title != title for one in self.of(login)) >= MOST:
            return TOO_MANY
        database = self._database()
        database.execute(delete(Row).where(Row.login == login, Row.title == title))
        wanted = {key: options[key][:LONGEST_OPTION] for key in KEYS if options.get(key)}
        database.add(Row(choice=uuid4().hex, login=login, title=title, options=wanted))
        database.commit()
        return ""

    def change(self, login: str, titles: Mapping[str, str], gone: Iterable[str]) -> None:
        """Removes those `gone` and gives the others the `titles` they have here; what is not theirs stays as it is."""
        database, mine = self._database(), Row.login == login
        database.execute(delete(Row).where(mine, Row.choice.in_(list(gone)[:MOST])))
        for choice, title in list(titles.items())[:MOST]:
            if title := plain_title(title):
                database.execute(update(Row).where(mine, Row.choice == choice).values(title=title))
        database.commit()


def plain_title(text: str) -> str:
    """What a person calls something, on one short line.

    >>> plain_title("  Morning \\n run ")
    'Morning run'
    """
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())[:LONGEST_TITLE].strip()
