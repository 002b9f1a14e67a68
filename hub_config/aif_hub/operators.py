"""Operators: what they may see and do, as a role of JupyterHub's with those rights and no others.

Nobody is JupyterHub's administrator, who may do anything as anybody: an operator opens no session of others, starts
none, makes no token for them, and changes no person and no group.
"""

from __future__ import annotations

from typing import Any

from jupyterhub.roles import get_roles_for

from aif.core.site import Site
from aif_hub.ledger.scopes import READ_ALL

ROLE = "aif-operator"
SCOPES = [
    READ_ALL,
    "admin-ui",
    "list:users",
    "read:users",
    "read:roles:users",
    "read:servers",
    "delete:servers",
    "list:groups",
    "read:groups",
    "read:hub",
    "read:metrics",
]


def grant(c: Any, site: Site) -> None:
    """The site file's `admins` and `admin_groups` are operators; whom an earlier release made administrator is none."""
    role = {"name": ROLE, "description": "See everybody's sessions and budgets, and stop sessions", "scopes": SCOPES}
    c.JupyterHub.load_roles.append({**role, "users": list(site.hub.admins), "groups": list(site.login.admin_groups)})
    c.JupyterHub.load_roles.append({"name": "admin", "users": []})


def is_operator(user: Any) -> bool:
    """Whether `user` (JupyterHub's) has that role, or one that may do everything."""
    return any(role.name in (ROLE, "admin") for role in get_roles_for(user.orm_user))
