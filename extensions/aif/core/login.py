"""Who may sign in, and how: the site file's ``[login]``, with what is known of three identity federations filled in."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import urlsplit

from aif.core.errors import SiteError
from aif.core.text import Text

__all__ = ["PROVIDERS", "Login", "completed"]

#: Names that only one institution's own people have; two institutions may each have a "jdevries".
_LOCAL_NAMES = frozenset({"uids", "uid", "preferred_username", "email", "name", "nickname"})


@dataclass(frozen=True)
class Login:
    """The way in. Which keys count depends on `kind`: demo, pam, oidc, or the path of a JupyterHub authenticator."""

    kind: str = "demo"
    allowed_groups: tuple[str, ...] = ()  # oidc: values of groups_claim; pam: Unix groups; none means no such rule
    admin_groups: tuple[str, ...] = ()
    label: Text = Text("")  # noqa: RUF009  # the button's words; a text never changes
    # demo
    logins: str = ""  # the file of hashes that `aif up` wrote
    # pam
    pam_service: str = "login"  # a file in /etc/pam.d
    # oidc
    provider: str = ""
    issuer: str = ""
    authorize_url: str = ""
    token_url: str = ""
    userinfo_url: str = ""
    client_id: str = ""
    client_secret_file: str = ""
    callback_url: str = ""
    scopes: tuple[str, ...] = ()
    login_claim: str = ""
    login_domains: tuple[str, ...] = ()  # for a claim like name@domain: these domains, and the login is the name
    identities_file: str = ""  # TOML: "claim's value" = "login"
    organisation_claim: str = "schac_home_organization"
    home_organisations: tuple[str, ...] = ()
    groups_claim: str = ""
    assurance: tuple[str, ...] = ()  # every one of these must be in eduperson_assurance

    @property
    def service(self) -> str:
        """What the provider is called among people."""
        return _TITLES.get(self.provider) or urlsplit(self.issuer or self.authorize_url).hostname or ""


#: What each federation documents: issuer, what to ask for, and where names and groups stand.
PROVIDERS = {
    "surfconext": Login(
        kind="oidc",
        issuer="https://connect.surfconext.nl",
        scopes=("openid",),
        login_claim="eduperson_principal_name",
        groups_claim="edumember_is_member_of",
    ),
    "myaccessid": Login(
        kind="oidc",
        issuer="https://proxy.myaccessid.org",
        scopes=(
            *("openid", "profile", "email", "eduperson_assurance", "eduperson_entitlement"),
            *("schac_home_organization", "voperson_external_affiliation"),
        ),
        login_claim="sub",
        groups_claim="eduperson_entitlement",
    ),
    "sram": Login(
        kind="oidc",
        issuer="https://proxy.sram.surf.nl",
        scopes=("openid", "profile", "email", "uid", "eduperson_entitlement"),
        login_claim="uid",
        groups_claim="eduperson_entitlement",
    ),
}
_TITLES = {"surfconext": "SURFconext", "myaccessid": "MyAccessID", "sram": "SRAM"}


def completed(login: Login) -> Login:
    """`login` with what its provider is known for where the operator states nothing. Raises SiteError."""
    if login.kind != "oidc":
        return login
    if login.provider and login.provider not in PROVIDERS:
        raise SiteError("login.provider", f"must be one of {', '.join(PROVIDERS)} or left out, got {login.provider!r}")
    known = PROVIDERS.get(login.provider, _PLAIN)
    empty = [field.name for field in fields(Login) if getattr(login, field.name) in ("", ())]
    login = replace(login, **{name: getattr(known, name) for name in empty})
    _check_endpoints(login)
    _check_names(login)
    return login


_PLAIN = Login(
    kind="oidc", scopes=("openid", "profile", "email"), login_claim="preferred_username", groups_claim="groups"
)


def _check_endpoints(login: Login) -> None:
    urls = ("authorize_url", "token_url", "userinfo_url")
    if not login.issuer and not all(getattr(login, name) for name in urls):
        raise SiteError("login.issuer", f"is missing: name a provider, the issuer, or all of {', '.join(urls)}")
    for name in ("issuer", *urls, "callback_url"):
        parts = urlsplit(getattr(login, name))
        here = parts.hostname in ("127.0.0.1", "::1", "localhost")
        if getattr(login, name) and not (
            parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and here))
        ):
            raise SiteError(f"login.{name}", f"must be an https address, got {getattr(login, name)!r}")
    for name in ("client_id", "client_secret_file"):
        if not getattr(login, name):
            raise SiteError(f"login.{name}", "is missing; the provider hands it out when the workbench is registered")


def _check_names(login: Login) -> None:
    if login.identities_file:
        return
    claim = login.login_claim
    if login.provider == "myaccessid" and claim == "sub":
        raise SiteError(
            "login.identities_file",
            "is missing: MyAccessID's identifier is no login name, so a file must say whose it is",
        )
    if login.provider == "surfconext" and claim in _LOCAL_NAMES and len(login.home_organisations) != 1:
        raise SiteError(
            "login.home_organisations",
            f"must name the one institution whose people sign in, since {claim} is not unique between institutions",
        )
    if claim == "eduperson_principal_name" and not login.login_domains:
        raise SiteError(
            "login.login_domains",
            'must say of which domains the part before the @ is a login here, such as ["rug.nl"]; '
            "or name an identities_file",
        )
