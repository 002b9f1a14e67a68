"""Whether a token is really of the provider's making: signed by its key, for us, now; and a provider that is away."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from aif.core.login import Login
from aif_hub.sign_in.provider import Provider
from aif_hub.sign_in.refusals import SignInRefused

ISSUER = "https://idp.example.org"
LOGIN = Login(kind="oidc", issuer=ISSUER, client_id="workbench")
KEY = rsa.generate_private_key(65537, 2048)
NONCE = "of this sign-in"
OTHER = rsa.generate_private_key(65537, 2048)


def keys(key: rsa.RSAPrivateKey = KEY, kid: str = "k1") -> dict[str, Any]:
    told = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key()))
    return {"keys": [{**told, "kid": kid, "use": "sig", "alg": "RS256"}]}


class Scripted:
    """A provider's pages; `away` makes it answer nothing."""

    def __init__(self, **said: Any) -> None:
        self.away = False
        self.pages = {
            f"{ISSUER}/.well-known/openid-configuration": {
                "issuer": ISSUER,
                "authorization_endpoint": f"{ISSUER}/auth",
                "token_endpoint": f"{ISSUER}/token",
                "userinfo_endpoint": f"{ISSUER}/userinfo",
                "jwks_uri": f"{ISSUER}/keys",
                **said,
            },
            f"{ISSUER}/keys": keys(),
        }

    async def fetch(self, url: str) -> Any:
        if self.away:
            raise OSError("connection refused")
        return self.pages[url]


def token(key: Any = KEY, algorithm: str = "RS256", kid: str | None = "k1", **changed: Any) -> str:
    now = time.time()
    said = {"iss": ISSUER, "aud": "workbench", "sub": "s", "iat": now, "exp": now + 300, "nonce": NONCE, **changed}
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if kid else None)


async def test_a_token_that_the_provider_signed_for_us_is_proof() -> None:
    provider = Provider(LOGIN, Scripted().fetch)
    assert (await provider.proven(token(), NONCE))["sub"] == "s"
    assert (await provider.proven(token(kid=None), NONCE))["sub"] == "s"
    assert (await provider.proven(token(aud=["workbench", "another"]), NONCE))["sub"] == "s"


#: Each made when it is tried: one that was made when the tests were found may be refused for its age alone.
FORGED: dict[str, Callable[[], str | None]] = {
    "nothing": lambda: None,
    "not a token": lambda: "abc.def",
    "another key": lambda: token(OTHER),
    "a key that is not listed": lambda: token(OTHER, kid="k9"),
    "no signature": lambda: token(None, "none"),
    "the client's own secret": lambda: token("x" * 40, "HS256"),
    "for another client": lambda: token(aud="elsewhere"),
    "of another issuer": lambda: token(iss="https://evil.example.org"),
    "too old": lambda: token(iat=time.time() - 9000, exp=time.time() - 7000),
    "without an end": lambda: token(exp=None),
    "of nobody": lambda: token(sub=None),
    "to another client": lambda: token(aud=["workbench", "another"], azp="another"),
    "of another sign-in": lambda: token(nonce="of another"),
    "of no sign-in": lambda: token(nonce=None),
}


@pytest.mark.parametrize("forged", FORGED.values(), ids=FORGED)
async def test_any_other_token_proves_nothing(forged: Callable[[], str | None]) -> None:
    with pytest.raises(SignInRefused) as caught:
        await Provider(LOGIN, Scripted().fetch).proven(forged(), NONCE)
    assert caught.value.code == "provider-wrong"


async def test_a_provider_that_was_heard_once_may_be_away_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = Scripted()
    pages.away = True
    provider = Provider(LOGIN, pages.fetch)
    with pytest.raises(SignInRefused) as caught:
        await provider.endpoints()
    assert caught.value.code == "provider-away"
    pages.away = False
    assert (await provider.endpoints()).token == f"{ISSUER}/token"
    pages.away = True
    monkeypatch.setattr("aif_hub.sign_in.provider.KEPT_SECONDS", -1.0)
    assert (await provider.endpoints()).token == f"{ISSUER}/token"


@pytest.mark.parametrize("said", [{"issuer": "https://evil.example.org"}, {"token_endpoint": None}, {"jwks_uri": 3}])
async def test_a_description_that_does_not_fit_is_not_used(said: dict[str, Any]) -> None:
    with pytest.raises(SignInRefused) as caught:
        await Provider(LOGIN, Scripted(**said).fetch).endpoints()
    assert caught.value.code == "provider-wrong"


async def test_a_provider_of_three_addresses_is_believed_as_plain_oauth() -> None:
    login = Login(kind="oidc", authorize_url="https://a/a", token_url="https://a/t", userinfo_url="https://a/u")  # noqa: S106
    provider = Provider(login, Scripted().fetch)
    assert (await provider.endpoints()).userinfo == "https://a/u"
    assert await provider.proven(None, NONCE) == {}
