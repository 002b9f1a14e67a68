"""What leaves a line in the audit log: requests by one table, sessions by their book; and whose line it is."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from audit_material import came
from hub_material import LOGIN, database, request, site
from jupyterhub import apihandlers, handlers

from aif.core.states import EndCause
from aif_hub.audit import asker as asking
from aif_hub.audit.asker import Asker, remarks
from aif_hub.audit.changes import Changes
from aif_hub.audit.entry import ACTIONS, Entry
from aif_hub.audit.requests import RULES, record
from aif_hub.audit.seldom import Seldom
from aif_hub.book import SessionBook
from aif_hub.refusal import refusal

SECRET = "5ecre7" * 6


class Hub:
    """Answers requests that are made up; `lines` are what the log then has."""

    def __init__(self) -> None:
        self.lines: list[Entry] = []
        self.settings = {
            "aif": SimpleNamespace(site=site(), audit=SimpleNamespace(write=self.lines.append, seldom=Seldom()))
        }

    def answered(
        self, handler: str, method: str, status: int, who: str = "ann", *args: str, body: Any = None, **facts: Any
    ) -> list[Entry]:
        """The lines of a request to the handler of that name."""
        made = self.handler(handler, who, *args, **facts)
        made.request.method, made.request.body = method, json.dumps(body).encode() if body is not None else b""
        made.get_status = lambda: status
        before = len(self.lines)
        record(made)
        return self.lines[before:]

    def handler(self, name: str, who: str = "ann", *args: str, **facts: Any) -> Any:
        roles = [SimpleNamespace(name="user")]
        user = SimpleNamespace(
            name=who, kind="person", groups=[], orm_user=SimpleNamespace(roles=roles, groups=[]), **facts
        )
        made = type(name, (), {})()
        made.__dict__.update(
            settings=self.settings,
            request=came("127.0.0.1", "10.0.0.7"),
            path_args=list(args),
            find_user=lambda _: None,
        )
        made._jupyterhub_user = user if who else None
        return made


@pytest.fixture
def hub() -> Hub:
    return Hub()


# Requests -------------------------------------------------------------------------------------------------------------


def test_each_rule_is_of_one_handler_of_the_hub_and_its_action_is_known() -> None:
    import aif_hub.handlers
    import aif_hub.handlers_sessions
    import aif_hub.sign_in.oidc as oidc
    import aif_hub.switching
    import aif_hub.terms_page
    import aif_hub.warnings.api
    import aif_hub.warnings.forms  # noqa: F401

    there = {entry[1] for entry in (*handlers.default_handlers, *apihandlers.default_handlers)}
    there |= {oidc.FromProviderHandler}
    kinds = {one for entry in there for one in entry.__mro__}
    for name, methods in RULES.items():
        found = [kind for kind in kinds if kind.__name__ == name]
        assert len(found) == 1, name
        for method, rule in methods.items():
            assert hasattr(found[0], method.lower()), (name, method)
            assert rule.action in ACTIONS


def test_whatever_changes_something_in_jupyterhub_has_a_rule() -> None:
    elsewhere = {  # the book has the line, or nothing is changed
        *("ActivityAPIHandler", "TokenAPIHandler", "OAuthTokenHandler", "UserAdminAccessAPIHandler"),
        *("CSPReportHandler", "UserUrlHandler"),
    }
    missing = [
        (entry[1].__name__, method)
        for entry in (*handlers.default_handlers, *apihandlers.default_handlers)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        if entry[1].__module__.startswith("jupyterhub.")
        and method.lower() in vars(entry[1])
        and method not in RULES.get(entry[1].__name__, {})
        and entry[1].__name__ not in elsewhere
    ]
    assert missing == []


def test_a_refused_start_says_why_and_a_granted_one_is_left_to_the_book(hub: Hub) -> None:
    assert hub.answered("UserServerAPIHandler", "POST", 201, "ann", "ann") == []
    (line,) = hub.answered("UserServerAPIHandler", "POST", 403, "ann", "bob", "two")
    assert (line.action, line.who, line.on, line.result, line.code) == (
        "session.ask",
        "ann",
        "bob/two",
        "refused",
        "403",
    )
    assert (line.address, line.kind, line.more) == ("10.0.0.7", "person", {"by": "page"})


def test_the_reason_of_a_refusal_goes_into_its_requests_line(hub: Hub) -> None:
    made = hub.handler("SpawnHandler")
    token = asking._asking.set(made)
    try:
        refusal("Too dear.", "budget")
    finally:
        asking._asking.reset(token)
    made.request.method, made.get_status = "POST", lambda: 200  # the form again, with the words
    record(made)
    assert [(one.action, one.result, one.code, one.on) for one in hub.lines] == [
        ("session.ask", "refused", "budget", "ann")
    ]


def test_a_password_in_the_place_of_a_name_is_not_written(hub: Hub) -> None:
    for typed, on in ((SECRET, ""), (LOGIN, LOGIN), ("a\0b", "")):
        made = hub.handler("LoginHandler", "")
        made.get_body_argument = lambda _name, _default="", typed=typed: typed
        made.request.method, made.get_status = "POST", lambda: 403
        record(made)
        assert (hub.lines[-1].on, hub.lines[-1].code, hub.lines[-1].kind) == (on, "password", "nobody")
    assert SECRET not in repr(hub.lines)


def test_who_signed_out_is_known_though_the_request_has_forgotten_them(hub: Hub) -> None:
    made = hub.handler("LogoutHandler", "")
    made.request.method, made.get_status = "GET", lambda: 302
    record(made)
    assert hub.lines == []
    remarks(made).left = "ann"
    record(made)
    assert [(one.action, one.who, one.kind) for one in hub.lines] == [("sign-out", "ann", "person")]


def test_a_look_at_ones_own_is_none_and_at_others_is_written_once_an_hour(hub: Hub) -> None:
    assert hub.answered("UserAPIHandler", "GET", 200, "olga", "olga") == []
    (line,) = hub.answered("UserAPIHandler", "GET", 200, "olga", "ann")
    assert (line.action, line.on) == ("look", "ann")
    assert hub.answered("UserAPIHandler", "GET", 200, "olga", "ann") == []
    assert len(hub.answered("UserAPIHandler", "GET", 200, "olga", "bob")) == 1
    assert len(hub.answered("UserAPIHandler", "GET", 200, "otto", "ann")) == 1


def test_who_is_sent_to_the_sign_in_has_not_looked(hub: Hub) -> None:
    assert hub.answered("SpawnPendingHandler", "GET", 302, "", "ann") == []
    assert hub.answered("AdminHandler", "GET", 302, "") == []
    (line,) = hub.answered("AdminHandler", "GET", 403, "ann")
    assert (line.action, line.who, line.on, line.result) == ("look", "ann", "everybody", "refused")


def test_what_was_shared_with_whom_is_told_and_nothing_else_of_a_body(hub: Hub) -> None:
    body = {"user": "bob", "scopes": [SECRET], "note": SECRET, "group": {"x": SECRET}}
    (line,) = hub.answered("ServerShareAPIHandler", "POST", 200, "ann", "ann", "", body=body)
    assert (line.action, line.more) == ("share.grant", {"by": "page", "user": "bob"})
    (line,) = hub.answered("GroupUsersAPIHandler", "POST", 200, "olga", "class", body={"users": ["ann", "bob"]})
    assert (line.action, line.on, line.more["users"]) == ("group.change", "class", "ann bob")
    (line,) = hub.answered("UserTokenListAPIHandler", "POST", 201, "ann", "ann", body={"note": SECRET})
    assert SECRET not in repr(line)


@pytest.mark.parametrize(
    ("handler", "method", "arguments"),
    [
        ("UserTokenAPIHandler", "DELETE", ("ann", SECRET)),
        ("TokenAPIHandler", "GET", (SECRET,)),
        ("CookieAPIHandler", "GET", ("name", SECRET)),
    ],
)
def test_a_secret_in_an_address_is_not_written(hub: Hub, handler: str, method: str, arguments: tuple[str, ...]) -> None:
    (line,) = hub.answered(handler, method, 403, "ann", *arguments)
    assert line.result == "refused"
    assert SECRET not in repr(line)


def test_any_other_refusal_is_written_by_its_address_once_a_minute(hub: Hub) -> None:
    assert hub.answered("MetricsHandler", "GET", 404) == []
    (line,) = hub.answered("MetricsHandler", "GET", 403)
    assert (line.action, line.code) == ("refused", "403")
    assert hub.answered("MetricsHandler", "GET", 403) == []


# Sessions -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> list[Entry]:
    monkeypatch.setattr("aif_hub.audit.changes.asker", lambda: Asker("olga", "person", "10.0.0.7", "token"))
    return []


@pytest.fixture
def book(tmp_path: Path, lines: list[Entry]) -> SessionBook:
    made = SessionBook(database(tmp_path / "db.sqlite"))
    made.changed = Changes(lines.append).session
    return made


def test_a_sessions_lines_have_who_asked_who_pays_and_its_job(book: SessionBook, lines: list[Entry]) -> None:
    session = book.write("ann", "two", request(project="trn0007"), "What I call it")
    book.update(session.session, step="submitted", job_id=7)
    book.update(session.session, step="ready", host="127.0.0.1", port=4000, token_ids=(3,))
    book.update(session.session, stop_asked=True, end_cause=EndCause.STOPPED)
    book.close(session.session, EndCause.STOPPED, "a note", ("a line of its log",))
    book.close(session.session, EndCause.STOPPED)
    assert [one.action for one in lines] == ["session.ask", "session.start", "session.stop", "session.end"]
    assert {(one.session, one.account, one.on) for one in lines} == {(session.session, "trn0007", "ann/two")}
    assert [one.job_id for one in lines] == [None, 7, 7, 7]
    assert [(one.who, one.address) for one in lines] == [("olga", "10.0.0.7")] * 3 + [("", "")]
    assert (lines[-1].kind, lines[-1].result, lines[-1].code) == ("hub", "ok", "stopped")
    assert (lines[1].more["profile"], lines[1].more["minutes"]) == ("slice", 120)
    for secret in ("What I call it", "a note", "a line of its log"):
        assert secret not in repr(lines)


def test_what_the_hub_stops_of_its_own_accord_is_nobodys_wish(book: SessionBook, lines: list[Entry]) -> None:
    session = book.write("ann", "", request())
    book.update(session.session, stop_asked=True, end_cause=EndCause.IDLE)
    book.close(session.session, EndCause.IDLE)
    assert [(one.who, one.kind, one.code) for one in lines[1:]] == [("", "hub", "idle")] * 2


def test_a_hub_that_began_meanwhile_writes_the_start_without_an_address(tmp_path: Path, lines: list[Entry]) -> None:
    opened = database(tmp_path / "db.sqlite")
    session = SessionBook(opened).write("ann", "", request())
    after = SessionBook(opened)
    after.changed = Changes(lines.append).session
    after.update(session.session, step="submitted", job_id=7)
    assert [(one.action, one.who, one.address, one.job_id) for one in lines] == [("session.start", "ann", "", 7)]


def test_a_session_that_never_started_failed(book: SessionBook, lines: list[Entry]) -> None:
    session = book.write("ann", "", request())
    book.close(session.session, EndCause.NEVER_STARTED, "Slurm's own words")
    assert (lines[-1].result, lines[-1].code, lines[-1].job_id) == ("failed", "never started", None)
