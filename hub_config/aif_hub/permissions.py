"""What JupyterHub's scopes allow, in plain words: on the page of access tokens and where a program asks for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from aif_hub.speech import N_, _

#: One for each scope that JupyterHub knows (its `scope_definitions`); a test keeps it whole.
ALLOWED = {
    "(no_scope)": N_("Know who you are"),
    "self": N_("Everything with what is your own"),
    "inherit": N_("Everything that you may do"),
    "admin-ui": N_("Open the administration page"),
    "admin:users": N_("Everything with people: read, change, add, remove"),
    "admin:auth_state": N_("Read what signing in left behind about people"),
    "users": N_("Read and change people's entries"),
    "delete:users": N_("Remove people"),
    "list:users": N_("List people with their names"),
    "read:users": N_("Read people's entries"),
    "read:users:name": N_("Read people's names"),
    "read:users:groups": N_("Read which groups people are in"),
    "read:users:activity": N_("Read when people were last active"),
    "read:roles": N_("Read who has which role"),
    "read:roles:users": N_("Read which roles people have"),
    "read:roles:services": N_("Read which roles services have"),
    "read:roles:groups": N_("Read which roles groups have"),
    "users:activity": N_("Note when people were last active"),
    "admin:servers": N_("Everything with people's sessions: read, start, stop, remove"),
    "admin:server_state": N_("Read and change what the hub keeps about sessions"),
    "servers": N_("Start and stop sessions"),
    "read:servers": N_("Read which sessions there are"),
    "start:servers": N_("Start sessions"),
    "delete:servers": N_("Stop and remove sessions"),
    "tokens": N_("Read, make and withdraw tokens"),
    "read:tokens": N_("Read which tokens there are"),
    "admin:groups": N_("Everything with groups: read, change, add, remove"),
    "groups": N_("Read and change who is in which group"),
    "list:groups": N_("List groups with their names"),
    "read:groups": N_("Read groups' entries"),
    "read:groups:name": N_("Read groups' names"),
    "delete:groups": N_("Remove groups"),
    "admin:services": N_("Everything with services: read, change, add, remove"),
    "list:services": N_("List services with their names"),
    "read:services": N_("Read services' entries"),
    "read:services:name": N_("Read services' names"),
    "read:hub": N_("Read how the hub is doing in detail"),
    "access:servers": N_("Open sessions"),
    "access:services": N_("Open services"),
    "users:shares": N_("Read and withdraw people's access to shared sessions"),
    "read:users:shares": N_("Read which sessions are shared with people"),
    "groups:shares": N_("Read and withdraw groups' access to shared sessions"),
    "read:groups:shares": N_("Read which sessions are shared with groups"),
    "read:shares": N_("Read which sessions are shared"),
    "shares": N_("Share sessions, and withdraw that"),
    "proxy": N_("Read and set right where the proxy leads"),
    "shutdown": N_("Shut the hub down"),
    "read:metrics": N_("Read the hub's figures"),
    "custom:aif:read": N_("Read what your projects have left, and your own use of them"),
    "custom:aif:read:all": N_("Read what every project has left, and who used it"),
}


def permissions(scopes: Iterable[str]) -> list[str]:
    """A line for each scope as a token holds it: ``read:users!user=marieke``."""
    return [_line(*scope.partition("!")[::2]) for scope in scopes]


def described(scopes: Iterable[Mapping[str, str | None]]) -> list[str]:
    """The same from JupyterHub's descriptions, whose filter is in its words; a scope of a site's own keeps them."""
    lines = []
    for one in scopes:
        scope, limit = one["scope"] or "(no_scope)", one["filter"] or ""
        text = _(ALLOWED[scope]) if scope in ALLOWED else str(one["description"])
        lines.append(_limited(text, _("only yours") if limit == "only you" else limit))
    return lines


def _line(scope: str, limit: str) -> str:
    text = _(ALLOWED[scope]) if scope in ALLOWED else scope
    return _limited(text, limit.replace("=", " "))


def _limited(text: str, limit: str) -> str:
    return _("{permission} ({limit})").format(permission=text, limit=limit) if limit else text
