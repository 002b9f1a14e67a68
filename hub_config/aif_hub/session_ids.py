"""Ids of sessions, by which a hub knows its own again in Slurm, whatever became of its records."""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Callable

_DIGITS = 16
_ID = re.compile(rf"[0-9a-f]{{{2 * _DIGITS}}}")


class SessionIds:
    """32 hexadecimal digits each: 16 at random, and 16 that only this hub can have made of them for that login.

    `secret` survives a restart and a restore; `place` tells apart two hubs that have it in common.
    """

    def __init__(self, secret: Callable[[], bytes], place: str) -> None:
        self._secret = secret
        self._place = place

    def new(self, login: str) -> str:
        """An id that there was not before."""
        drawn = secrets.token_hex(_DIGITS // 2)
        return drawn + self._sealed(drawn, login)

    def is_ours(self, session: str, login: str) -> bool:
        """Whether this hub made it, for that person."""
        if not _ID.fullmatch(session):
            return False
        return hmac.compare_digest(session[_DIGITS:], self._sealed(session[:_DIGITS], login))

    def _sealed(self, drawn: str, login: str) -> str:
        text = f"aif-session\n{self._place}\n{login}\n{drawn}".encode()
        return hmac.digest(self._secret(), text, "sha256").hex()[:_DIGITS]
