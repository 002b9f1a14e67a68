"""What a login can be called, so that nothing else is signed in, added or handed to a program."""

from __future__ import annotations

#: As the launcher takes them. A regular expression, for JupyterHub's `username_pattern`.
LOGINS = r"[A-Za-z0-9_@][A-Za-z0-9_.@-]{0,63}\Z"


class PlainNames:
    """Stands before an authenticator of JupyterHub's: letters that only look like others do not become them."""

    def normalize_username(self, username: str) -> str:
        """In small letters; what is not ASCII stays as it is, and is refused."""
        if not username.isascii():
            return username
        return str(super().normalize_username(username))  # type: ignore[misc]  # the authenticator's
