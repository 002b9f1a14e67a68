"""Sign-in with the system's own passwords, by PAM: JupyterHub's, and nobody enters as one of the system's logins."""

from __future__ import annotations

import pwd
from typing import Any

from jupyterhub.auth import PAMAuthenticator
from traitlets import Integer

from aif_hub.sign_in.names import PlainNames


class PamAuthenticator(PlainNames, PAMAuthenticator):
    """The service's auth and account stacks decide; no PAM session is opened, since the hub is nobody's shell."""

    min_uid = Integer(1000, help="Logins with a lower number are the system's and never sign in.").tag(config=True)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The login, or None. A name that none can have reaches neither PAM's modules nor the programs they start."""
        if not self.validate_username(data["username"]):
            return None
        login: str | None = await super().authenticate(handler, data)
        return login

    def check_blocked_users(self, username: str, authentication: Any = None) -> bool:
        """False for root, for the system's own logins, for a name that is no login, and for whom the site blocks."""
        try:
            uid = pwd.getpwnam(username).pw_uid
        except (KeyError, ValueError):
            return False
        if uid < self.min_uid:
            self.log.warning("sign-in refused: %s is one of the system's logins", username)
            return False
        return bool(super().check_blocked_users(username, authentication))
