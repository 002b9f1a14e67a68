"""Sign-in at an OpenID Connect provider: oauthenticator's code flow with PKCE, and our rules for whose login it is.

Nothing of the person is kept but the login: no token, no claim. Their groups are kept as far as the site names them,
and the address of their mail where the site sends any.
"""

from __future__ import annotations

import base64
import hashlib
import logging
import pwd
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from oauthenticator.generic import GenericOAuthenticator
from oauthenticator.oauth2 import OAuthCallbackHandler, OAuthLoginHandler
from tornado import web
from tornado.httpclient import HTTPClientError
from traitlets import Callable, Instance, Integer, Set

from aif.core.login import Login
from aif_hub.audit.asker import remarks
from aif_hub.metrics import REFUSALS
from aif_hub.sign_in.identity import Identity, check_groups, login_of
from aif_hub.sign_in.provider import Provider
from aif_hub.sign_in.refusals import SignInRefused

log = logging.getLogger("aif.sign_in")
SECONDS = 20.0  # for each question to the provider
PROVEN = "aif-proven"  # the ID token's claims, beside the provider's answer


class ToProviderHandler(OAuthLoginHandler):
    """Sends the browser to the provider."""

    async def get(self) -> None:
        """As oauthenticator does, once the provider's addresses are known."""
        try:
            await self.authenticator.find_provider()
        except SignInRefused as refused:
            await _say(self, refused)
        else:
            super().get()

    def authorize_redirect(self, **kwargs: Any) -> None:
        """As tornado does, with the nonce of the state that this browser keeps."""
        kwargs["extra_params"] = {**kwargs["extra_params"], "nonce": nonce_of(self._state)}
        super().authorize_redirect(**kwargs)

    def set_state_cookie(self, state_cookie_value: str) -> None:
        """As oauthenticator does, just before it leads on."""
        self._state = state_cookie_value
        super().set_state_cookie(state_cookie_value)


class FromProviderHandler(OAuthCallbackHandler):
    """Takes the browser back from the provider. Whoever may not sign in gets a page that says why."""

    def check_error(self) -> None:
        """Raises SignInRefused with the provider's own words, when it sends an error."""
        if error := self.get_argument("error", ""):
            said = self.get_argument("error_description", error)[:300]
            raise SignInRefused("provider-said", service=self.authenticator.site_login.service, said=said)

    async def get(self) -> None:
        """Signs in and leads on."""
        try:
            await super().get()
        except SignInRefused as refused:
            await _say(self, refused)
        except web.HTTPError as error:
            if error.status_code != 400:
                raise
            # no code, no cookie, or a state that does not fit it: a page that was kept, or a second window
            log.info("sign-in: %s", error.log_message)
            await _say(self, SignInRefused("stale"))


class OidcAuthenticator(GenericOAuthenticator):
    """One provider, one rule from its claims to a login that exists here."""

    login_handler = ToProviderHandler
    callback_handler = FromProviderHandler
    site_login = Instance(Login, help="The site file's [login].").tag(config=True)
    tell_address = Callable(lambda login, address: None, help="Takes each person's address.").tag(config=True)
    operators = Set(help="Logins that sign in whatever their groups.").tag(config=True)
    min_uid = Integer(1000, help="Logins with a lower number are the system's and never sign in.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._provider = Provider(self.site_login, self._json)

    async def find_provider(self) -> None:
        """The addresses that oauthenticator works with, as the provider has them now. Raises SignInRefused."""
        endpoints = await self._provider.endpoints()
        self.authorize_url, self.token_url = endpoints.authorize, endpoints.token
        self.userdata_url = endpoints.userinfo

    async def get_token_info(self, handler: Any, params: dict[str, Any]) -> dict[str, Any]:
        """The provider's answer to the code, with what its ID token proves. Raises SignInRefused."""
        await self.find_provider()
        try:
            answer: dict[str, Any] = await super().get_token_info(handler, params)
        except (HTTPClientError, OSError, ValueError, web.HTTPError) as error:
            raise self._refused(error) from error
        # here, for this is where the browser that brought the code is known
        proven = await self._provider.proven(answer.get("id_token"), nonce_of(handler.get_state_cookie()))
        return {**answer, PROVEN: proven}

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The claims: the ID token's, proven, under those of userinfo. Raises SignInRefused."""
        proven: dict[str, Any] = token_info[PROVEN]
        try:
            told = await super().token_to_user(token_info)
        except (HTTPClientError, OSError, ValueError, KeyError) as error:
            raise self._refused(error) from error
        # Both must be of one person: https://openid.net/specs/openid-connect-core-1_0.html#UserInfoResponse
        if not isinstance(told, Mapping) or (proven and told.get("sub") != proven["sub"]):
            raise SignInRefused("provider-wrong", service=self.site_login.service, why="userinfo is of somebody else")
        return {**proven, **told}

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The login. Raises SignInRefused, which says what is missing without writing the claims to the log."""
        login = self.site_login
        identity = Identity.read(user_info, login)
        name = login_of(identity, login, connected(login.identities_file), uid_of, self.min_uid)
        if name not in self.operators:
            check_groups(identity, login)
        if identity.address:
            self.tell_address(name, identity.address)
        return name

    def normalize_username(self, username: str) -> str:
        """As it is: it names a login of this system already."""
        return username

    async def get_user_groups(self, auth_state: dict[str, Any]) -> set[str]:
        """Those groups of the person that the site names; others are nobody's business here."""
        identity = Identity.read(auth_state[self.user_auth_state_key], self.site_login)
        return set(identity.in_any((*self.site_login.allowed_groups, *self.site_login.admin_groups)))

    async def _json(self, url: str) -> Any:
        try:
            return await self.httpfetch(url, "asking the provider", request_timeout=SECONDS)
        except (HTTPClientError, ValueError) as error:
            raise OSError(str(error)) from error

    def _refused(self, error: Exception) -> SignInRefused:
        away = isinstance(error, OSError) or (isinstance(error, HTTPClientError) and error.code >= 500)
        code = "provider-away" if away else "provider-wrong"
        return SignInRefused(code, service=self.site_login.service, why=f"{type(error).__name__}: {error}")


def nonce_of(state: str) -> str:
    """What binds an ID token to the browser that asked for it: a hash of the state that its cookie alone holds.

    See https://openid.net/specs/openid-connect-core-1_0.html#NonceNotes.
    """
    digest = hashlib.sha256(f"nonce {state}".encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def uid_of(login: str) -> int | None:
    """The number of that login on this system; None when there is none."""
    try:
        return pwd.getpwnam(login).pw_uid
    except (KeyError, ValueError):
        return None


def connected(identities_file: str) -> dict[str, str]:
    """The identities file, read anew at each sign-in so that a change needs no restart. Empty without one."""
    if not identities_file:
        return {}
    try:
        rows = tomllib.loads(Path(identities_file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        log.error("the identities file %s cannot be used: %s", identities_file, error)
        return {}
    return {key: name for key, name in rows.items() if isinstance(name, str)}


async def _say(handler: Any, refused: SignInRefused) -> None:
    """Ends the request with the page of that refusal."""
    log.warning("sign-in refused: %s", refused)
    REFUSALS.labels("sign-in", refused.code).inc()
    noted = remarks(handler)
    noted.code = refused.code
    if refused.identity:
        noted.more["identity"] = refused.identity
    away = refused.code == "provider-away"
    handler.set_status(503 if away else 400 if refused.code == "stale" else 403)
    handler.finish(await handler.render_template("sign_in_refused.html", refused=refused, away=away))
