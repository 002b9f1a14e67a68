"""JupyterHub's settings as functions of the site file; the fragments in `jupyterhub_config.d` call one each."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from aif.core import site as sites
from aif.core.front import is_name
from aif_hub import adopt, database_away, logs, operators, proxy_page, rest_words  # noqa: F401  # two are put in the hub
from aif_hub.audit.asker import trusted
from aif_hub.audit.requests import log_function
from aif_hub.certs import renew_for
from aif_hub.database import database_url
from aif_hub.front_door import browser_names, browser_settings
from aif_hub.ledger import scopes
from aif_hub.sign_in.settings import secret, set_login
from aif_hub.turns import limit_bodies, pace_of
from aif_hub.workbench import Workbench

METRICS = "aif-metrics"
#: When people and tokens were last there is written down to so many seconds, as JupyterHub learns it of servers: each
#: session asks the hub once a minute, and pages show the day.
ACTIVITY_SECONDS = 300


@cache
def workbench() -> Workbench:
    """The one workbench of this hub."""
    return Workbench(sites.load())


def site_settings(c: Any) -> None:
    """Addresses, state and names."""
    logs.tell()
    site = workbench().site
    state = Path(site.state_dir)
    front = urlsplit(site.hub.bind_url)
    if site.mail.password_file:
        secret(site.mail.password_file, "mail.password_file")  # a mistake is said at the start, not with the first mail
    c.JupyterHub.bind_url = f"{front.scheme}://{front.netloc}{site.hub.base_url}"
    if site.hub.public_url:
        c.JupyterHub.public_url = f"{site.hub.public_url.rstrip('/')}{site.hub.base_url}"
    c.JupyterHub.hub_bind_url = f"https://{site.hub.api_host}:{site.hub.api_port}"
    c.JupyterHub.hub_connect_ip = site.hub.api_host
    names = browser_names(site.hub)
    c.JupyterHub.trusted_alt_names = [] if is_name(site.hub.api_host) else [f"IP:{site.hub.api_host}"]
    c.JupyterHub.trusted_alt_names += [f"DNS:{name}" for name in names]
    renew_for(state / "internal-ssl", names)
    proxy_page.write(site)
    c.ConfigurableHTTPProxy.api_url = f"https://127.0.0.1:{site.hub.proxy_api_port}"
    c.ConfigurableHTTPProxy.should_start = False  # it runs apart, so that a hub restart disturbs nobody
    c.JupyterHub.db_url = database_url(site)
    c.JupyterHub.activity_resolution = ACTIVITY_SECONDS
    c.JupyterHub.cookie_secret_file = str(state / "cookie_secret")
    c.JupyterHub.internal_certs_location = str(state / "internal-ssl")
    c.JupyterHub.tornado_settings = {
        "aif": workbench(),
        "aif_pace": pace_of(site.hub.requests_a_second),
        "log_function": log_function,
    }
    c.JupyterHub.trusted_downstream_ips = sorted(trusted(site.hub))
    browser_settings(c, site.hub)
    limit_bodies()


def login_settings(c: Any) -> None:
    """The authenticator that the site names."""
    set_login(c, workbench().site)
    if workbench().site.mail.host:
        c.OidcAuthenticator.tell_address = workbench().tell_address


def service_settings(c: Any) -> None:
    """The service that takes up sessions which a restart left without a server, with no more rights than that needs."""
    c.JupyterHub.services = [
        {"name": adopt.NAME, "command": [sys.executable, "-I", "-m", "aif_hub.adopt"], "url": "", "display": False}
    ]
    c.JupyterHub.load_roles = [{"name": adopt.NAME, "services": [adopt.NAME], "scopes": ["servers", "list:users"]}]
    scopes.grant(c)
    operators.grant(c, workbench().site)
    if path := workbench().site.hub.ledger_token_file:
        scopes.grant_service(c, secret(path, "hub.ledger_token_file"))
    if path := workbench().site.hub.metrics_token_file:
        c.JupyterHub.services.append({"name": METRICS, "api_token": secret(path, "hub.metrics_token_file")})
        c.JupyterHub.load_roles.append({"name": METRICS, "services": [METRICS], "scopes": ["read:metrics"]})
