"""JupyterHub's look-ups of users, roles and tokens, as statements that are made once.

JupyterHub puts each of these queries together anew, which takes longer than the database takes to answer it; a start
needs a dozen. Importing this module puts the same questions in their place.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.orm import APIToken, Role, User
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session as Database

_NAMED: Any = {
    kind: select(kind).where(kind.name == bindparam("name")).limit(1)  # type: ignore[attr-defined]  # untyped there
    for kind in (User, Role)
}
_TOKENS = select(APIToken).where(
    APIToken.prefix == bindparam("prefix"),
    or_(APIToken.expires_at.is_(None), APIToken.expires_at >= bindparam("now")),
)
_find_of_a_kind = APIToken.find


def find_named(cls: Any, db: Database, name: str) -> Any:
    """The user or role of that name, or None."""
    return db.scalars(_NAMED[cls], {"name": name}).first()


def find_token(cls: Any, db: Database, token: str, *, kind: str | None = None) -> Any:
    """The token of that text, if it is known and has not expired; what is rarely asked for, JupyterHub finds itself."""
    if kind is None:
        asked = {"prefix": token[: cls.prefix_length], "now": cls.now()}
        found = next((each for each in db.scalars(_TOKENS, asked).unique() if each.match(token)), None)
        if found is None or found.client_id:
            return found
    return _find_of_a_kind(db, token, kind=kind)


User.find = classmethod(find_named)
Role.find = classmethod(find_named)
APIToken.find = classmethod(find_token)
