"""JupyterHub's look-ups of users, roles and tokens, as statements that are made once.

JupyterHub puts each of these queries together anew, which takes longer than the database takes to answer it; a start
needs a dozen. With each person it also asks for their roles, groups and shares, and throws the answers away where it
knows them already: it does from the person's second request on. Importing this module puts the same questions in their
place; what is not known is asked for when it is needed.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.handlers.base import BaseHandler
from jupyterhub.orm import APIToken, Role, User
from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session as Database
from sqlalchemy.orm import lazyload

_WITH_COOKIE = select(User.id).where(User.cookie_id == bindparam("cookie_id"))
_LATER = map(lazyload, (User.roles, User.groups, User.shared_with_me))
_NAMED: Any = {
    User: select(User).where(User.name == bindparam("name")).limit(1).options(*_LATER),
    Role: select(Role).where(Role.name == bindparam("name")).limit(1),
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


def user_for_cookie(self: BaseHandler, cookie_name: str, cookie_value: str | None = None) -> Any:
    """JupyterHub's own, line by line, but for how the person is looked up."""
    cookie_id = self.get_secure_cookie(cookie_name, cookie_value, max_age_days=self.cookie_max_age_days)
    if cookie_id is None and not self.get_cookie(cookie_name):
        return None
    user = None
    if cookie_id is not None:
        asked = {"cookie_id": cookie_id.decode("utf8", "replace")}
        known = self.db.scalar(_WITH_COOKIE, asked)
        user = None if known is None else self.users[known]
    if user is None:
        self.log.warning("Invalid or expired cookie token" if cookie_id is None else "Invalid cookie token")
        self.clear_cookie(cookie_name, path=self.hub.base_url)
        return None
    if self._record_activity(user):
        self.db.commit()
    return user


User.find = classmethod(find_named)
Role.find = classmethod(find_named)
APIToken.find = classmethod(find_token)
BaseHandler._user_for_cookie = user_for_cookie
