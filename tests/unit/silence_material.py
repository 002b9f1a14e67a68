"""A book with servers that are up, for the tests of which of them answer."""

from __future__ import annotations

from typing import Any

from hub_material import request

from aif_hub.book import Session, SessionBook


def up(book: SessionBook, name: str = "", **changes: Any) -> str:
    session = book.write("marieke", name, request())
    book.update(session.session, **{"step": "ready", "host": "127.0.0.1", "port": 40001, **changes})
    return session.session


def now(book: SessionBook, session: str) -> Session:
    found = book.get(session)
    assert found is not None
    return found
