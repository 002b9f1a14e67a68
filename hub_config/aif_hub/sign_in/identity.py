"""Whose login an identity is: claims of a provider in, a login of this system out, or a refusal in words. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aif.core.login import Login
from aif.core.mail import is_address
from aif_hub.sign_in.refusals import SignInRefused

_LOGIN = re.compile(r"[a-z_][a-z0-9_.-]{0,254}")
_LONGEST = 1000  # characters of a value that we look at


@dataclass(frozen=True)
class Identity:
    """What we take from the claims, and nothing more. Only the address is kept, and only where the site sends mail."""

    value: str  # of the claim that names the login, or of `sub`, for showing
    organisation: str
    groups: frozenset[str]
    assurance: frozenset[str]
    address: str = ""  # of their mail, unless the provider says that nobody has checked it

    @classmethod
    def read(cls, claims: Mapping[str, Any], login: Login) -> Identity:
        """From an ID token's and userinfo's claims. Raises SignInRefused when there is no name in them."""
        named = _texts(claims.get(login.login_claim))
        shown = next(iter(_texts(claims.get("email")) or _texts(claims.get("sub"))), "")
        if len(named) != 1:
            raise SignInRefused("no-claim", shown, service=login.service, claim=login.login_claim)
        return cls(
            value=named[0],
            organisation=next(iter(_texts(claims.get(login.organisation_claim))), ""),
            groups=frozenset(_texts(claims.get(login.groups_claim))),
            assurance=frozenset(_texts(claims.get("eduperson_assurance"))),
            address=_address(claims),
        )

    def in_any(self, groups: tuple[str, ...]) -> frozenset[str]:
        """Those of `groups` that it is in. An entitlement's ``#authority`` counts only where the operator wrote one.

        See AARC-G002, https://aarc-community.org/guidelines/aarc-g002/.
        """
        plain = {group.partition("#")[0] for group in self.groups}
        return frozenset(group for group in groups if group in self.groups or group in plain)


def login_of(
    identity: Identity,
    login: Login,
    connected: Mapping[str, str],
    uid_of: Callable[[str], int | None],
    min_uid: int,
) -> str:
    """The login of that identity on this system.

    `connected` is the identities file, `uid_of` the system's users, and those below `min_uid` are its own. Raises
    SignInRefused.
    """
    _check_where_from(identity, login)
    name = _name(identity, login, connected)
    uid = uid_of(name) if _LOGIN.fullmatch(name) else None
    if uid is None:
        raise SignInRefused("no-login", identity.value, login=name)
    if uid < min_uid:
        raise SignInRefused("system-login", identity.value, login=name)
    return name


def check_groups(identity: Identity, login: Login) -> None:
    """Raises SignInRefused unless it is in a group that may sign in, where the site names any."""
    allowed = (*login.allowed_groups, *login.admin_groups)
    if login.allowed_groups and not identity.in_any(allowed):
        raise SignInRefused("group", identity.value)


def _check_where_from(identity: Identity, login: Login) -> None:
    if login.home_organisations and identity.organisation.lower() not in _lower(login.home_organisations):
        raise SignInRefused("organisation", identity.value, organisation=identity.organisation or "?")
    missing = [level for level in login.assurance if level not in identity.assurance]
    if missing:
        raise SignInRefused("assurance", identity.value, service=login.service, assurance=missing[0])


def _name(identity: Identity, login: Login, connected: Mapping[str, str]) -> str:
    value = identity.value.lower()  # eduPerson compares its identifiers without case
    if login.identities_file:
        found = next((name for key, name in connected.items() if key.lower() == value), None)
        if found is None:
            raise SignInRefused("not-connected", identity.value, service=login.service)
        return found
    if login.login_domains:
        name, _at, domain = value.rpartition("@")
        if domain not in _lower(login.login_domains) or not name:
            raise SignInRefused("organisation", identity.value, organisation=domain or "?")
        return name
    return value


def _texts(value: Any) -> tuple[str, ...]:
    """A claim's values: providers send one text or a list of texts."""
    values = value if isinstance(value, list) else [value]
    return tuple(text[:_LONGEST] for text in values if isinstance(text, str) and text)


def _address(claims: Mapping[str, Any]) -> str:
    found = next((text for text in _texts(claims.get("email")) if is_address(text)), "")
    return "" if claims.get("email_verified") is False else found


def _lower(names: tuple[str, ...]) -> set[str]:
    return {name.lower() for name in names}
