"""Which requests leave a line in the audit log: one table of the hub's handlers, read once for each answer.

It stands in the place of JupyterHub's `log_function`, which the hub calls when a request has been answered.
"""

from __future__ import annotations

import json
import pwd
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jupyterhub import apihandlers, handlers, orm
from jupyterhub.handlers.login import LogoutHandler
from jupyterhub.log import log_request
from sqlalchemy.exc import SQLAlchemyError
from tornado import web

from aif_hub.audit.asker import asker_of, remarks
from aif_hub.audit.entry import Entry
from aif_hub.audit.log import log
from aif_hub.operators import is_operator

#: The same look, and the same refusal without a rule of its own, are written again after so long.
LOOK_SECONDS, REFUSED_SECONDS = 3600.0, 60.0
_TOKEN_ID = re.compile(r"[a-z]{1,2}\d{1,18}")

On = Callable[[Any], str]


def the_path(handler: Any) -> str:
    """What the address names: a person, their server, a group, a session."""
    return "/".join(filter(None, handler.path_args))


def a_token(handler: Any) -> str:
    """A token by its person and its id; never what somebody wrote there in its place."""
    login, token = handler.path_args
    return f"{login}/{token if _TOKEN_ID.fullmatch(token) else '?'}"


def themselves(handler: Any) -> str:
    """Who asks."""
    return asker_of(handler).who


def everybody(_handler: Any) -> str:
    """No one person."""
    return "everybody"


def the_route(handler: Any) -> str:
    """The address without what differs."""
    return route(type(handler))


def a_field(name: str) -> On:
    """A field of the form."""
    return lambda handler: str(handler.get_body_argument(name, ""))


def a_login(handler: Any) -> str:
    """The name that was typed at the sign-in, where there is such a login: people type passwords there, too."""
    name = str(handler.get_body_argument("username", ""))
    try:
        known = handler.find_user(name) is not None or bool(pwd.getpwnam(name))
    except (KeyError, ValueError):
        known = False
    return name if known else ""


@dataclass(frozen=True)
class Rule:
    """What a method of a handler is called, and on what it is done.

    `when` is always, refused (what succeeds is written where it happens, in the book of sessions), or others (only
    where it is not about who asks). `told` are the fields of a JSON body that are written too.
    """

    action: str
    on: On = the_path
    when: str = "always"
    told: tuple[str, ...] = ()


_LOOK = Rule("look", when="others")
_PEOPLE = Rule("person.change", told=("usernames", "name", "admin"))
_GROUP = Rule("group.change", told=("groups", "users"))
_SHARE = Rule("share.grant", told=("user", "group"))
_UNSHARE = Rule("share.withdraw", told=("user", "group"))
_ASK, _STOP = Rule("session.ask", when="refused"), Rule("session.stop", when="refused")
_SERVER = Rule("person.change")
_SERVICE, _HUB = Rule("service.change"), Rule("hub.change", the_route)

#: By the name of a handler and the method. A handler that inherits has its parent's.
RULES: Mapping[str, Mapping[str, Rule]] = {
    "LoginHandler": {"POST": Rule("sign-in", a_login)},
    "FromProviderHandler": {"GET": Rule("sign-in", lambda handler: "")},
    "LogoutHandler": {"GET": Rule("sign-out", lambda handler: "")},
    "TermsHandler": {"POST": Rule("terms", themselves)},
    "SpawnHandler": {"POST": Rule("session.ask", lambda handler: the_path(handler) or themselves(handler), "refused")},
    "SwitchHandler": {"POST": Rule("session.ask", themselves, "refused")},
    "StopHandler": {"POST": Rule("session.stop", themselves, "refused")},
    "SessionHandler": {"DELETE": _STOP},
    "UserServerAPIHandler": {"POST": _ASK, "DELETE": _STOP, "GET": _LOOK, "PUT": _SERVER, "PATCH": _SERVER},
    "KeepHandler": {"POST": Rule("session.keep")},
    "KeepFormHandler": {"POST": Rule("session.keep", a_field("session"))},
    "UserTokenListAPIHandler": {"POST": Rule("token.make"), "GET": _LOOK},
    "UserTokenAPIHandler": {"DELETE": Rule("token.withdraw", a_token), "GET": Rule("look", a_token, "others")},
    "ServerShareAPIHandler": {"POST": _SHARE, "PATCH": _UNSHARE, "DELETE": _UNSHARE, "GET": _LOOK},
    "ServerShareCodeAPIHandler": {"POST": _SHARE, "DELETE": _UNSHARE, "GET": _LOOK},
    "UserShareAPIHandler": {"DELETE": _UNSHARE, "GET": _LOOK},
    "UserShareListAPIHandler": {"GET": _LOOK},
    "GroupShareAPIHandler": {"DELETE": _UNSHARE, "GET": Rule("look")},
    "GroupShareListAPIHandler": {"GET": Rule("look")},
    "AcceptShareHandler": {"POST": Rule("share.accept", lambda handler: "")},
    "UserListAPIHandler": {"POST": _PEOPLE, "GET": Rule("look", everybody)},
    "UserAPIHandler": {"POST": _PEOPLE, "PATCH": _PEOPLE, "DELETE": _PEOPLE, "GET": _LOOK},
    "SpawnProgressAPIHandler": {"GET": _LOOK},
    "SpawnPendingHandler": {"GET": _LOOK},
    "AdminHandler": {"GET": Rule("look", everybody)},
    "GroupListAPIHandler": {"POST": _GROUP, "GET": Rule("look", everybody)},
    "GroupAPIHandler": {"POST": _GROUP, "DELETE": _GROUP, "GET": Rule("look")},
    "GroupUsersAPIHandler": {"POST": _GROUP, "DELETE": _GROUP},
    "GroupPropertiesAPIHandler": {"PUT": Rule("group.change")},
    "ServiceListAPIHandler": {"POST": _SERVICE},
    "ServiceAPIHandler": {"POST": _SERVICE, "DELETE": _SERVICE},
    "ShutdownAPIHandler": {"POST": _HUB},
    "ProxyAPIHandler": {"POST": _HUB, "PATCH": _HUB},
    "OAuthAuthorizeHandler": {
        method: Rule("session.open", lambda handler: _whose_server(handler), "others") for method in ("GET", "POST")
    },
}


def log_function(handler: Any) -> None:
    """JupyterHub's own, and the audit log's line."""
    log_request(handler)
    try:
        record(handler)
    except (SQLAlchemyError, web.HTTPError, ValueError) as error:  # an answer that was given stays given
        log.error("no line for %s %s: %s", handler.request.method, route(type(handler)), error)


def record(handler: Any) -> None:
    """Writes what the request did, if it is one of those that leave a line."""
    status, noted = handler.get_status(), remarks(handler)
    result = "failed" if status >= 500 else "refused" if status >= 400 or noted.code else "ok"
    rule = rules_of(type(handler)).get(handler.request.method)
    if rule is None:
        if status == 403:
            _refused(handler)
        return
    if rule.when == "refused" and result == "ok":
        return
    who = asker_of(handler)
    on = rule.on(handler)
    if rule.when == "others" and on.partition("/")[0] in (who.who, ""):
        return
    if rule.action in ("look", "session.open") and result == "ok" and not who.who:
        return  # was sent to the sign-in
    if rule.action == "sign-out":
        if not noted.left:
            return
        _write(handler, rule.action, "", result, who=noted.left, kind="person")
        return
    if rule.action == "look" and result == "ok":
        look(handler, on)
        return
    if rule.action == "session.open" and status == 200:
        return  # a page that asks whether to; the answer has a line
    more = _told(handler, rule.told) if rule.told else {}
    if rule.action == "sign-in" and result == "ok":
        more |= _rights(handler)
        on = ""
    code = noted.code or ("password" if rule.action == "sign-in" and status == 403 else str(status))
    _write(handler, rule.action, on, result, "" if result == "ok" else code, more)


def look(handler: Any, on: str, role: str = "") -> None:
    """Somebody looked at what belongs to others, as an operator or as who leads the project; once an hour each."""
    who = asker_of(handler)
    if handler.settings["aif"].audit.seldom.now((who.who, who.address, on, role), LOOK_SECONDS):
        _write(handler, "look", on, "ok", more={"role": role} if role else {})


@cache
def rules_of(kind: type[Any]) -> Mapping[str, Rule]:
    """The rules of a handler, by method."""
    return next((RULES[one.__name__] for one in kind.__mro__ if one.__name__ in RULES), {})


@cache
def route(kind: type[Any]) -> str:
    """A handler's address below the hub, with … for what differs."""
    for entry in (*handlers.default_handlers, *apihandlers.default_handlers):
        if entry[1] is kind:
            return re.sub(r"\(.*?\)(?=/|$|\.)", "…", entry[0].rstrip("$"))
    return kind.__name__


def _refused(handler: Any) -> None:
    """What has no rule of its own: by its route, as an address may hold what nobody should read."""
    who, on = asker_of(handler), f"{handler.request.method} {route(type(handler))}"
    if handler.settings["aif"].audit.seldom.now((who.who, who.address, on, "refused"), REFUSED_SECONDS):
        _write(handler, "refused", on, "refused", remarks(handler).code or "403")


def _write(
    handler: Any,
    action: str,
    on: str,
    result: str,
    code: str = "",
    more: Mapping[str, Any] | None = None,
    **instead: str,
) -> None:
    who = asker_of(handler)
    told = {**({"by": who.by} if who.by and action != "sign-in" else {}), **remarks(handler).more, **(more or {})}
    entry = Entry(
        action,
        who=instead.get("who", who.who),
        kind=instead.get("kind", who.kind),
        on=on,
        address=who.address,
        result=result,
        code=code,
        more=told,
    )
    handler.settings["aif"].audit.write(entry)


def _told(handler: Any, names: tuple[str, ...]) -> dict[str, str | int | bool]:
    """Those fields of a JSON body, lists as words; anything else of it stays out."""
    try:
        body = json.loads(handler.request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    found: dict[str, str | int | bool] = {}
    for name in names:
        value = body.get(name) if isinstance(body, dict) else None
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            found[name] = " ".join(value)
        elif isinstance(value, str | bool):
            found[name] = value
    return found


def _rights(handler: Any) -> dict[str, str | int | bool]:
    """With which groups and rights somebody signed in."""
    user = getattr(handler, "_jupyterhub_user", None)
    if user is None:
        return {}
    groups = " ".join(sorted(group.name for group in user.groups))
    return {**({"groups": groups} if groups else {}), **({"operator": True} if is_operator(user) else {})}


def _whose_server(handler: Any) -> str:
    """The server that is being opened, by the client that asks for its sign-in."""
    name = str(handler.get_argument("client_id", ""))
    client = handler.db.query(orm.OAuthClient).filter_by(identifier=name).first()
    spawner = client.spawner if client is not None else None
    return "/".join(filter(None, (spawner.user.name, spawner.name))) if spawner is not None else ""


_clean_up = LogoutHandler._backend_logout_cleanup


def clean_up(self: Any, name: str) -> None:
    """JupyterHub's own; it forgets who left before the request is over."""
    remarks(self).left = name
    _clean_up(self, name)


LogoutHandler._backend_logout_cleanup = clean_up
