"""The OpenID Connect provider as it describes itself, and whether a token is really of its making."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import jwt

from aif.core.login import Login
from aif_hub.sign_in.refusals import SignInRefused

#: How long a description is relied on; a provider changes its keys far more rarely and announces it.
KEPT_SECONDS = 3600.0
LEEWAY_SECONDS = 60.0  # between our clock and theirs
#: Signatures by the provider's private key; never "none", and never with the client's own secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")

Fetch = Callable[[str], Awaitable[Any]]


@dataclass(frozen=True)
class Endpoints:
    """Where a sign-in goes; `keys` is empty for a provider that was declared by its three addresses alone."""

    authorize: str
    token: str
    userinfo: str
    keys: str = ""


class Provider:
    """Asked for its description when first needed, so that a provider that is away never stops a hub from starting."""

    def __init__(self, login: Login, fetch: Fetch) -> None:
        self._login = login
        self._fetch = fetch  # JSON of an address; raises OSError or tornado's HTTPError
        self._known: Endpoints | None = None
        self._asked = float("-inf")

    async def endpoints(self) -> Endpoints:
        """Its addresses. Raises SignInRefused while it cannot be asked and was never heard."""
        login = self._login
        if not login.issuer:
            return Endpoints(login.authorize_url, login.token_url, login.userinfo_url)
        if self._known is None or time.monotonic() - self._asked > KEPT_SECONDS:
            try:
                self._known = _endpoints(await self._ask(f"{login.issuer}/.well-known/openid-configuration"), login)
                self._asked = time.monotonic()
            except SignInRefused:
                if self._known is None:
                    raise
        return self._known

    async def proven(self, id_token: str | None, nonce: str) -> dict[str, Any]:
        """The claims of an ID token that its provider signed for this very sign-in just now. Raises SignInRefused."""
        endpoints = await self.endpoints()
        if not endpoints.keys:
            return {}  # plain OAuth: what it says to our authenticated question is all there is
        try:
            header = jwt.get_unverified_header(id_token or "")
            if header.get("alg") not in ALGORITHMS:
                raise jwt.InvalidAlgorithmError(f"signed with {header.get('alg')}")
            keys = jwt.PyJWKSet.from_dict(await self._ask(endpoints.keys)).keys
            key = next((key for key in keys if header.get("kid") in (key.key_id, None)), None)
            if key is None:
                raise jwt.InvalidKeyError("signed with a key that the provider does not list")
            claims: dict[str, Any] = jwt.decode(
                id_token or "",
                key,
                algorithms=[header["alg"]],
                audience=self._login.client_id,
                issuer=self._login.issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iat", "iss", "aud", "sub", "nonce"]},
            )
            if claims["nonce"] != nonce:
                raise jwt.InvalidTokenError("an answer to another sign-in")
            if claims.get("azp", self._login.client_id) != self._login.client_id:
                raise jwt.InvalidAudienceError("issued to another client")
        except (jwt.PyJWTError, ValueError) as error:
            raise SignInRefused("provider-wrong", service=self._login.service, why=str(error)) from error
        return claims

    async def _ask(self, url: str) -> Any:
        try:
            return await self._fetch(url)
        except OSError as error:
            raise SignInRefused("provider-away", service=self._login.service) from error


def _endpoints(said: Mapping[str, Any], login: Login) -> Endpoints:
    """From a discovery document: https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderMetadata."""
    if not isinstance(said, Mapping) or str(said.get("issuer", "")).rstrip("/") != login.issuer.rstrip("/"):
        raise SignInRefused("provider-wrong", service=login.service, why="it names another issuer")
    names = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")
    if missing := [name for name in names if not isinstance(said.get(name), str)]:
        raise SignInRefused("provider-wrong", service=login.service, why=f"it names no {missing[0]}")
    return Endpoints(*(said[name] for name in names))
