"""The demo's sign-in: names and passwords that `aif up` made, on this machine only."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from traitlets import Unicode

from aif_hub.sign_in.names import PlainNames


class DemoAuthenticator(PlainNames, Authenticator):
    """Checks a password against the demo's scrypt hashes; takes a login in full or in its short form."""

    logins = Unicode(help="Path of the file of logins, salts and hashes that `aif up` wrote.").tag(config=True)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
        """The full login, or None."""
        name, password = self.normalize_username(data.get("username", "").strip()), data.get("password", "")
        # Off the event loop: a hash takes some tens of milliseconds, and a class signs in within a minute.
        return await asyncio.to_thread(_login, Path(self.logins), name, password)


def _login(path: Path, name: str, password: str) -> str | None:
    people = json.loads(path.read_text(encoding="utf-8"))["people"]
    found = next((person for person in people if name in (person["login"], person["short"])), None)
    # An unknown name takes as long as a wrong password.
    salt, expected = (found["salt"], found["hash"]) if found else ("00" * 16, "00" * 32)
    given = hashlib.scrypt(password.encode()[:1024], salt=bytes.fromhex(salt), n=2**14, r=8, p=1, dklen=32)
    if found and hmac.compare_digest(given, bytes.fromhex(expected)):
        return str(found["login"])
    return None
