"""JupyterHub's settings for the site file's ``[login]``."""

from __future__ import annotations

import stat
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aif.core.errors import SiteError
from aif.core.site import Login, Site
from aif_hub.sign_in.names import LOGINS


def set_login(c: Any, site: Site) -> None:
    """The authenticator that the site names. Who operates is a role (`aif_hub.operators`). Raises SiteError."""
    login = site.login
    c.Authenticator.username_pattern = LOGINS
    {"demo": _demo, "oidc": _oidc, "pam": _pam}.get(login.kind, _by_class)(c, site, login)


def _demo(c: Any, site: Site, login: Login) -> None:
    host = urlsplit(site.hub.bind_url).hostname or ""
    if not is_loopback(host):
        raise SiteError(
            "login.kind", f"the demo's sign-in works only on this machine itself, and bind_url names {host!r}"
        )
    c.JupyterHub.authenticator_class = "aif_hub.demo_login.DemoAuthenticator"
    c.DemoAuthenticator.logins = login.logins
    c.DemoAuthenticator.allow_all = True  # whoever has a password there belongs here


def _oidc(c: Any, site: Site, login: Login) -> None:
    c.JupyterHub.authenticator_class = "aif_hub.sign_in.oidc.OidcAuthenticator"
    ours = c.OidcAuthenticator
    ours.site_login, ours.min_uid = login, site.host.min_uid
    ours.login_service = login.service
    ours.client_id, ours.client_secret = login.client_id, secret(login.client_secret_file, "login.client_secret_file")
    ours.scope = list(login.scopes)
    ours.enable_pkce = True
    if login.callback_url:
        ours.oauth_callback_url = login.callback_url
    ours.allow_all = True  # whoever is not refused by then has a login here and is in a group that may
    ours.manage_groups = bool(login.allowed_groups or login.admin_groups)
    ours.operators = set(site.hub.admins)


def _pam(c: Any, site: Site, login: Login) -> None:
    c.JupyterHub.authenticator_class = "aif_hub.sign_in.pam.PamAuthenticator"
    ours = c.PamAuthenticator
    ours.service = login.pam_service
    ours.min_uid = site.host.min_uid
    ours.open_sessions = False
    ours.allow_all = not login.allowed_groups  # then the service's own stacks decide
    ours.allowed_groups = set(login.allowed_groups)
    ours.operators = set(site.hub.admins)
    ours.operator_groups = set(login.admin_groups)
    ours.manage_groups = bool(login.admin_groups)


def _by_class(c: Any, site: Site, login: Login) -> None:
    c.JupyterHub.authenticator_class = login.kind
    c.Authenticator.allowed_users = set(site.hub.admins)  # who operates may sign in, whoever else the class lets in
    c.Authenticator.allow_existing_users = False  # which naming anybody would switch on


def secret(path: str, key: str) -> str:
    """What a file that only its owner reads holds, in one line. Raises SiteError naming the site file's `key`."""
    try:
        mode = Path(path).stat().st_mode
        text = Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SiteError(key, f"{path} cannot be read by the hub: {error.strerror}") from error
    if mode & (stat.S_IRWXO | stat.S_IWGRP):
        raise SiteError(key, f"others may read or change {path}; chmod 0600 it (or 0640 with the hub's own group)")
    if not text or "\n" in text:
        raise SiteError(key, f"{path} must hold the secret in one line")
    return text


def is_loopback(host: str) -> bool:
    """Whether `host` is an address that only this machine itself reaches."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
