"""Sign-in with the system's own passwords, by PAM: JupyterHub's, and nobody enters as one of the system's logins."""

from __future__ import annotations

import asyncio
import grp
import os
import pwd
from typing import Any

from jupyterhub.auth import PAMAuthenticator
from traitlets import Integer, Set

from aif_hub.audit.asker import remarks
from aif_hub.sign_in.names import PlainNames


class PamAuthenticator(PlainNames, PAMAuthenticator):
    """The service's auth and account stacks decide; no PAM session is opened, since the hub is nobody's shell."""

    min_uid = Integer(1000, help="Logins with a lower number are the system's and never sign in.").tag(config=True)
    operators = Set(help="Logins that sign in whatever their groups.").tag(config=True)
    operator_groups = Set(help="Unix groups whose members have the operators' role.").tag(config=True)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> Any:
        """The login, with those groups of the person that the site gives a role; None without the password.

        A name that none can have reaches neither PAM's modules nor the programs they start.
        """
        if not self.validate_username(data["username"]):
            return None
        name = await super().authenticate(handler, data)
        if not name or not self.manage_groups:
            return name
        return {"name": name, "groups": await asyncio.to_thread(self._roles_groups, self.normalize_username(name))}

    def check_allowed(self, username: str, authentication: Any = None) -> Any:
        """Operators always; others as JupyterHub decides."""
        return username in self.operators or super().check_allowed(username, authentication)

    def check_blocked_users(self, username: str, authentication: Any = None) -> bool:
        """False for root, for the system's own logins, for a name that is no login, and for whom the site blocks."""
        try:
            uid = pwd.getpwnam(username).pw_uid
        except (KeyError, ValueError):
            return False
        if uid < self.min_uid:
            self.log.warning("sign-in refused: %s is one of the system's logins", username)
            remarks().code = "system-login"
            return False
        return bool(super().check_blocked_users(username, authentication))

    def _roles_groups(self, login: str) -> list[str]:
        try:
            theirs = set(os.getgrouplist(login, pwd.getpwnam(login).pw_gid))
        except KeyError:
            return []
        found = []
        for name in sorted(self.operator_groups):
            try:
                if grp.getgrnam(name).gr_gid in theirs:
                    found.append(name)
            except KeyError:
                self.log.error("login.admin_groups names the group %s, which this host does not know", name)
        return found
