"""Who sees what of a project's use: a member the totals and their own line, its PI and operators everybody's."""

from __future__ import annotations

from typing import Any

from aif.core.site import Site


def role(user: Any, account: str, site: Site) -> str:
    """``operator``, ``pi`` or ``member`` for `user` (JupyterHub's), who is in the project already or is an operator."""
    if user.admin:
        return "operator"
    named = next((project for project in site.projects if project.account == account), None)
    return "pi" if named is not None and user.name in named.pi else "member"
