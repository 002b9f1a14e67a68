"""Who a cookie is of: found with one question, and by every rule of JupyterHub's own way."""

from __future__ import annotations

import hashlib
import inspect
import logging
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from jupyterhub import orm, roles
from jupyterhub.handlers import base
from jupyterhub.user import UserDict
from jupyterhub.utils import utcnow
from sqlalchemy import event
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine
from tornado.web import Application, create_signed_value

from aif_hub import lookups
from aif_hub.configure import ACTIVITY_SECONDS

SECRET = b"s" * 32
NAME = "jupyterhub-hub-login"
#: JupyterHub's own way, which ours follows line by line, as it was when they were last compared.
_TEXT = inspect.getsource(base).split("    def _user_for_cookie")[1].split("    def _user_from_orm")[0]
READ = "7178e32d8244ef10"


def stock() -> Callable[..., Any]:
    """JupyterHub's own, whose place ours has taken."""
    found: dict[str, Any] = {}
    exec(textwrap.dedent(f"    def _user_for_cookie{_TEXT}"), vars(base), found)  # noqa: S102  # JupyterHub's source
    way: Callable[..., Any] = found["_user_for_cookie"]
    return way


@pytest.fixture
def db() -> Iterator[Any]:
    """JupyterHub's own database with two people, in a file's place in memory."""
    made = orm.new_session_factory("sqlite:///:memory:")()
    for role in roles.get_default_roles():
        roles.create_role(made, role)
    made.add_all([orm.User(name="marieke", cookie_id="of-marieke"), orm.User(name="joost", cookie_id="of-joost")])
    made.commit()
    roles.grant_role(made, orm.User.find(made, "marieke"), "user")
    yield made
    made.close()


@pytest.fixture
def users(db: Any) -> UserDict:
    return UserDict(lambda: db, {})


def handler(db: Any, users: UserDict, cookie: str | None) -> base.BaseHandler:
    """JupyterHub's handler of a request with that cookie."""
    settings: dict[str, Any] = {"db": db, "users": users, "cookie_secret": SECRET, "cookie_max_age_days": 14}
    settings |= {"hub": SimpleNamespace(base_url="/hub/", cookie_name=NAME), "activity_resolution": ACTIVITY_SECONDS}
    settings |= {"log": logging.getLogger("aif.test")}
    connection = SimpleNamespace(context=None, set_close_callback=lambda _: None, no_keep_alive=False)
    line = RequestStartLine("GET", "/hub/home", "HTTP/1.1")
    request = HTTPServerRequest(connection=connection, headers=HTTPHeaders(Host="hub"), start_line=line)  # type: ignore[arg-type]
    if cookie is not None:
        request.headers["Cookie"] = f"{NAME}={cookie}"
    return base.BaseHandler(Application([], **settings), request)


def signed(value: str, secret: bytes = SECRET, name: str = NAME, days: float = 0) -> str:
    """A cookie that was made `days` ago."""
    clock = base.time.time() - days * 86400
    return create_signed_value(secret, name, value, clock=lambda: clock).decode()


@contextmanager
def questions(db: Any) -> Iterator[list[str]]:
    """What the database is asked meanwhile."""
    asked: list[str] = []
    note = lambda *told: asked.append(told[2])  # noqa: E731
    event.listen(db.get_bind(), "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(db.get_bind(), "before_cursor_execute", note)


COOKIES = {
    "none": None,
    "empty": "",
    "somebody's": signed("of-marieke"),
    "another's": signed("of-joost"),
    "of nobody": signed("of-nobody"),
    "unsigned": "of-marieke",
    "of another secret": signed("of-marieke", b"x" * 32),
    "for another name": signed("of-marieke", name="other"),
    "too old": signed("of-marieke", days=15),
    "an apostrophe": signed("of-marieke' or '1'='1"),
    "no text": signed("\udce9".encode("utf8", "surrogateescape").decode("latin-1")),
}


def test_ours_stands_in_the_place_of_jupyterhubs_which_was_read() -> None:
    assert base.BaseHandler._user_for_cookie is lookups.user_for_cookie
    assert hashlib.sha256(_TEXT.encode()).hexdigest()[:16] == READ, "JupyterHub's own has changed: compare ours with it"


@pytest.mark.parametrize("kind", COOKIES)
def test_a_cookie_is_taken_or_refused_as_jupyterhub_does(
    db: Any, users: UserDict, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    outcomes = []
    for way in (stock(), lookups.user_for_cookie):
        asked = handler(db, users, COOKIES[kind])
        caplog.clear()
        user = way(asked, NAME)
        cleared = sorted(asked._new_cookie) if hasattr(asked, "_new_cookie") else []
        outcomes.append((user and user.name, cleared, [one.getMessage() for one in caplog.records]))
    assert outcomes[0] == outcomes[1]
    assert outcomes[1][0] == {"somebody's": "marieke", "another's": "joost"}.get(kind)


def test_when_somebody_was_there_is_written_down_but_not_with_each_request(db: Any, users: UserDict) -> None:
    marieke = orm.User.find(db, "marieke")
    for before, writes in ((None, True), (ACTIVITY_SECONDS - 9, False), (ACTIVITY_SECONDS + 9, True)):
        marieke.last_activity = utcnow(with_tz=False) - timedelta(seconds=before) if before else None
        db.commit()
        with questions(db) as asked:
            assert lookups.user_for_cookie(handler(db, users, COOKIES["somebody's"]), NAME).orm_user is marieke
        assert any("UPDATE users" in one for one in asked) is writes
        assert not db.dirty


def test_a_person_who_is_known_costs_one_question_and_keeps_their_rights(db: Any, users: UserDict) -> None:
    def rights() -> list[str]:
        user = lookups.user_for_cookie(handler(db, users, COOKIES["somebody's"]), NAME)
        return [role.name for role in user.roles] + [group.name for group in user.groups]

    assert rights() == ["user"]
    with questions(db) as asked:
        assert rights() == ["user"]
    assert len([one for one in asked if one != "SELECT 1"]) == 1  # that is whether the database is there
    roles.grant_role(db, orm.User.find(db, "marieke"), "admin")
    db.add(orm.Group(name="ops", users=[orm.User.find(db, "marieke")]))
    db.commit()
    assert sorted(rights()) == ["admin", "ops", "user"]
    roles.strip_role(db, orm.User.find(db, "marieke"), "admin")
    db.commit()
    assert rights() == ["user", "ops"]
    db.expire_all()  # as after an error of the database
    assert rights() == ["user", "ops"]
