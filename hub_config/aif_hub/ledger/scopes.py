"""The rights to read the ledger over REST: who is given them, and how a request's are read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from jupyterhub.roles import get_default_roles

#: The allocations of one's own projects, one's own use of them, one's own sessions.
READ = "custom:aif:read"
#: Every allocation with everybody's use of it: for operators, and for services such as a portal or a report.
READ_ALL = "custom:aif:read:all"

SCOPES: dict[str, dict[str, Any]] = {
    READ: {"description": "Read what your projects have left, and your own use of them"},
    READ_ALL: {"description": "Read what every project has left, and who used it", "subscopes": [READ]},
}
#: The service that comes with the token of the site file's `ledger_token_file`.
SERVICE = "aif-ledger"


def grant(c: Any) -> None:
    """Every person and the server of every session may read their own; a token can be narrowed to that alone."""
    server = next(role for role in get_default_roles() if role["name"] == "server")
    c.JupyterHub.custom_scopes = SCOPES
    c.JupyterHub.extra_user_scopes = [READ]
    c.JupyterHub.load_roles.append({"name": "server", "scopes": [*server["scopes"], READ]})


def grant_service(c: Any, token: str) -> None:
    """A service with `token` that reads every allocation and nothing else."""
    c.JupyterHub.services.append({"name": SERVICE, "api_token": token})
    c.JupyterHub.load_roles.append({"name": SERVICE, "services": [SERVICE], "scopes": [READ_ALL]})


def may_read(scopes: Iterable[str], login: str) -> bool:
    """Whether expanded `scopes` let their holder read their own; one that is limited to a person, that person."""
    return not {READ, f"{READ}!user={login}"}.isdisjoint(scopes)


def may_read_all(scopes: Iterable[str], admin: bool) -> bool:
    """Whether they let their holder read everybody's.

    JupyterHub's role of administrators, which a site may give somebody, takes no scope of ours: for a person of theirs
    ``admin:users`` stands for it, so that a token that was narrowed to `READ` shows an administrator's own and no more.
    """
    held = set(scopes)
    return READ_ALL in held or (admin and "admin:users" in held)
