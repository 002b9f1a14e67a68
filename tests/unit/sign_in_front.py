"""A hub's own sign-in in this process: its handlers, pages, database, cookies; no proxy, Slurm or server behind it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
from hub_material import site_data
from jupyterhub import orm
from jupyterhub.app import JupyterHub
from oidc_provider import CLIENT, SECRET, OidcProvider
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from traitlets.config import Config
from yarl import URL

from aif.core import site as sites
from aif_hub.front_door import browser_settings
from aif_hub.pages import Pages
from aif_hub.shares import share
from aif_hub.shell import Shell
from aif_hub.sign_in.settings import set_login
from aif_hub.speech import Speech
from aif_hub.workbench import Workbench


class _Quiet(JupyterHub):
    """Leaves the loggers of the other tests as they are."""

    def init_logging(self) -> None:
        """Nothing."""


@dataclass(frozen=True)
class Arrival:
    """Where a browser stands after the provider: the status, where it is led, and what the page says."""

    status: int
    led_to: str
    text: str


@dataclass
class Front:
    """The hub's address, whom it knows, and a browser that signs in there."""

    url: str
    hub: Any
    browser: aiohttp.ClientSession

    @property
    def people(self) -> dict[str, list[str]]:
        """Who has ever signed in, and the groups that are kept of them."""
        self.hub.db.expire_all()
        return {user.name: sorted(group.name for group in user.groups) for user in self.hub.db.query(orm.User)}

    async def to_provider(self, path: str = "/hub/oauth_login") -> URL:
        """Where the hub leads whoever presses the button."""
        async with self.browser.get(self.url + path, allow_redirects=False) as answer:
            assert answer.status == 302, await answer.text()
            return URL(answer.headers["Location"], encoded=True)

    async def choose(self, address: URL, person: str) -> URL:
        """Where the provider leads once that person has been chosen there."""
        async with self.browser.post(address, data={"person": person}, allow_redirects=False) as answer:
            assert answer.status == 303
            return URL(answer.headers["Location"], encoded=True)

    async def come_back(self, address: URL, language: str = "en") -> Arrival:
        """The hub's answer to the browser that comes from the provider."""
        headers = {"Accept-Language": language}
        async with self.browser.get(address, allow_redirects=False, headers=headers) as answer:
            return Arrival(answer.status, answer.headers.get("Location", ""), await answer.text())

    async def sign_in(self, person: str, language: str = "en") -> Arrival:
        """The whole way: button, provider, and back."""
        return await self.come_back(await self.choose(await self.to_provider(), person), language)


@asynccontextmanager
async def front(folder: Path, login: Mapping[str, Any], provider: OidcProvider) -> AsyncIterator[Front]:
    """A hub of a site with that ``[login]``, whose provider is the test's own."""
    secret = folder / "oidc-secret"
    secret.write_text(SECRET + "\n")
    secret.chmod(0o600)
    (socket,) = bind_sockets(0, "127.0.0.1")
    url = f"http://127.0.0.1:{socket.getsockname()[1]}"
    ours = {"issuer": provider.issuer, "client_id": CLIENT, "client_secret_file": str(secret)}
    ours["callback_url"] = f"{url}/hub/oauth_callback"
    workbench = Workbench(sites.parse(site_data(login={**login, **ours}, state_dir=str(folder))))
    c = Config()
    c.JupyterHub.db_url = f"sqlite:///{folder}/hub.sqlite"
    c.JupyterHub.cookie_secret = b"x" * 32
    c.JupyterHub.tornado_settings = {"aif": workbench}
    c.JupyterHub.template_paths = [str(share("templates"))]
    c.JupyterHub.redirect_to_server = False
    c.JupyterHub.template_vars = {"aif": Pages(workbench)}
    c.JupyterHub.jinja_environment_options = {"extensions": [Speech, Shell]}
    c.ConfigurableHTTPProxy.auth_token = "of-this-test-alone"  # noqa: S105  # no secret of anybody's
    browser_settings(c, workbench.site.hub)
    set_login(c, workbench.site)
    hub = _Quiet(config=c)
    (folder / "config.py").touch()
    hub.config_file = str(folder / "config.py")  # and not one that may lie where the tests run
    await hub.initialize([])
    server = HTTPServer(hub.tornado_application)
    server.add_sockets([socket])
    jar = aiohttp.CookieJar(unsafe=True)  # which keeps cookies of an address, as browsers do
    try:
        async with aiohttp.ClientSession(cookie_jar=jar, requote_redirect_url=False) as browser:
            yield Front(url, hub, browser)
    finally:
        server.stop()
        await server.close_all_connections()
        hub.db.close()
