"""Who sees what of a project's use: a member the totals and their own line, its PI and operators everybody's."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from aif.core.request import Project
from aif.core.site import Site
from aif_hub.ledger.scopes import may_read, may_read_all
from aif_hub.workbench import Workbench


@dataclass(frozen=True)
class Viewer:
    """Who asks: a person by their login, or a service, whose `login` is empty. `sees_all` is an operator's sight."""

    login: str
    sees_all: bool

    def role(self, account: str, site: Site) -> str:
        """``operator``, ``pi`` or ``member``, of a project that the viewer may see at all."""
        if self.sees_all:
            return "operator"
        named = next((project for project in site.projects if project.account == account), None)
        return "pi" if named is not None and self.login in named.pi else "member"

    async def projects(self, workbench: Workbench, *, everybodys: bool, patience: float) -> list[Project]:
        """The viewer's own; a service has none, so all; with `everybodys` all for whoever sees them."""
        if self.sees_all and (everybodys or not self.login):
            return await workbench.projects.everybodys(patience)
        return await workbench.projects.of(self.login, patience) if self.login else []


def viewer_of(user: Any, scopes: Collection[str]) -> Viewer | None:
    """The viewer that a request over REST comes from; None where its rights do not reach. `user` is JupyterHub's."""
    login = user.name if user.kind == "user" else ""
    sees_all = may_read_all(scopes, bool(login) and user.admin)
    return Viewer(login, sees_all) if sees_all or (login and may_read(scopes, login)) else None


def viewer_on_page(handler: Any) -> Viewer:
    """Who is signed in to the page that this handler makes."""
    user = handler.current_user
    return Viewer(user.name, may_read_all(handler.expanded_scopes, bool(user.admin)))
