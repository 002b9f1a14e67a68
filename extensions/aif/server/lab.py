"""JupyterLab as JupyterHub's single-user server, on a socket that is already bound. Imported after `shortcuts`."""

import asyncio
import json
import os
import socket
import ssl
import sys
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpecManager
from jupyter_server.serverapp import ServerApp
from jupyterhub.singleuser.extension import JupyterHubSingleUser
from tornado.httpserver import HTTPServer
from traitlets.config import Config

from aif.core.clusters import CLUSTERS
from aif.core.errors import AifError
from aif.server import (
    again,
    api,
    clusters,
    commands,
    dashboard,
    environment,
    hub,
    jobs,
    language,
    ready,
    report,
    site_pages,
    tutorials,
    uploads,
)
from aif.server.files import SessionFiles
from aif.server.folder import SessionFolder
from aif.server.kernels import WatchedKernels
from aif.server.relay import Relay

DEFAULT_KERNEL = "aif-python"
TUTORIALS, TUTORIALS_SECONDS = "tutorials", 10
# jupyter_lsp: no language server is installed. jupytext: it would replace the contents manager, and tutorials come as
# .ipynb. Together 0.15 s.
LEFT_OUT = {"jupyter_lsp": False, "jupyterlab_jupytext": False, "jupytext": False}


class SiteKernels(KernelSpecManager):
    """The site's kernels and the person's own, without the bare one that JupyterLab itself runs in."""

    def find_kernel_specs(self) -> dict[str, str]:
        found: dict[str, str] = super().find_kernel_specs()
        if DEFAULT_KERNEL not in found:
            return found  # better a bare Python than no kernel at all
        return {name: place for name, place in found.items() if not Path(place).is_relative_to(sys.prefix)}


class SessionServer(ServerApp):
    """Jupyter Server that serves a socket it was given, over TLS, and then calls `once_serving`."""

    listener: socket.socket
    folder: SessionFolder
    serving: ssl.SSLContext
    calling: ssl.SSLContext
    ask: hub.HubApi
    allocations: Relay
    desk: api.Desk
    fault: AifError | None = None
    asking: asyncio.Task[None] | None = None
    reporting: asyncio.Task[None] | None = None
    bringing: asyncio.Task[None] | None = None
    telling: asyncio.Task[None] | None = None
    noting: asyncio.Task[None] | None = None
    no_browser_open_file = True

    def init_httpserver(self) -> None:
        """Instead of looking for a free port by binding and closing: ours has been bound since the first line."""
        self._http_server = HTTPServer(
            self.web_app,
            ssl_options=self.serving,
            xheaders=self.trust_xheaders,
            max_body_size=self.max_body_size,
            max_buffer_size=self.max_buffer_size,
        )
        self.io_loop.add_callback(self._serve_and_announce)

    async def _serve_and_announce(self) -> None:
        self.http_server.add_socket(self.listener)
        await self._bring_tutorials()
        host, port = self.listener.getsockname()[:2]
        try:
            tries = await ready.announce(ready.poster(self.folder, self.calling), self.folder.session, host, port)
        except AifError as fault:
            self.fault = fault
            self.stop()
        else:
            self.log.info("The hub knows this session now (%s:%s, try %s)", host, port, tries)
            # only now: nobody has a kernel yet, and nothing stood in the way of being ready
            from aif.server import own_data, progress

            self.asking = asyncio.create_task(self.allocations.run())
            send = report.sender(self.desk.ask, self.folder.session)
            self.bringing = asyncio.create_task(jobs.bring(self.desk.ask, self.folder.session, Path.home() / CLUSTERS))
            self.reporting = asyncio.create_task(report.report(self, self.desk.gauge, send))
            self.telling = asyncio.create_task(
                progress.tell(self.desk.ask, self.desk.tutorials, Path.home() / TUTORIALS)
            )
            self.noting = asyncio.create_task(own_data.tell(self.desk.ask))

    async def _bring_tutorials(self) -> None:
        """Before the hub opens the page, since a link on Home may lead straight to one; never a reason to fail."""
        source, target = self.desk.tutorials, Path.home() / TUTORIALS
        try:
            async with asyncio.timeout(TUTORIALS_SECONDS):
                names = await asyncio.to_thread(tutorials.bring, source, target, self.folder.language)
        except Exception as fault:  # a full quota, a slow disk, a folder of that name: the session is worth more
            self.log.warning("Tutorials were not brought to %s: %r", target, fault)
        else:
            if names:
                self.log.info("Tutorials brought to %s: %s", target, ", ".join(names))

    def write_server_info_file(self) -> None:
        """Nobody looks for this server by file, and the file would hold the session's token."""


class SessionExtension(JupyterHubSingleUser):
    """JupyterHub's own sign-in for servers: the owner gets in, everyone else gets 403."""

    serverapp_class = SessionServer

    @classmethod
    def get_extension_package(cls) -> str:
        return __name__

    @classmethod
    def make_serverapp(cls, **kwargs: Any) -> ServerApp:
        """The server with the extensions that the site installed, save the few that cost time and give nothing here."""
        kwargs["jpserver_extensions"] = {**kwargs.get("jpserver_extensions", {}), **LEFT_OUT}
        server: ServerApp = super().make_serverapp(**kwargs)
        return server

    async def stop_extension(self) -> None:
        """Ends what runs beside the requests."""
        await super().stop_extension()
        if isinstance(self.serverapp, SessionServer):
            server = self.serverapp
            beside = (server.asking, server.reporting, server.bringing, server.telling, server.noting)
            for one in filter(None, beside):
                one.cancel()
            await server.ask.close()

    async def check_hub_version(self) -> None:
        """Left to the call-back: asked here, a hub that is just restarting would end the session after 46 s."""


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": __name__, "app": SessionExtension}]


def settings(folder: SessionFolder) -> Config:
    """Everything we set on Jupyter; what is not here is Jupyter's own default."""
    c = Config()
    c.ServerApp.root_dir = os.path.expanduser("~")
    c.ServerApp.cookie_secret = os.urandom(32)  # sessions of one server only; saves a file
    c.ServerApp.log_level = "INFO"
    # Who may run is the launcher's decision, and it refuses root; the tests of a container are root
    c.ServerApp.allow_root = True
    c.ServerApp.kernel_spec_manager_class = SiteKernels
    c.ServerApp.kernel_manager_class = WatchedKernels
    c.ServerApp.contents_manager_class = SessionFiles
    # Kernels on unix sockets in a directory of ours: on loopback TCP anyone on the node could listen in
    c.KernelManager.transport = "ipc"
    c.ConnectionFileMixin.transport = "ipc"
    c.MultiKernelManager.default_kernel_name = DEFAULT_KERNEL
    c.KernelSpecManager.ensure_native_kernel = not _has_kernel(folder, DEFAULT_KERNEL)
    if c.KernelSpecManager.ensure_native_kernel:
        c.MultiKernelManager.default_kernel_name = "python3"
    if shell := commands.shell_command(os.environ, os.environ["JUPYTER_RUNTIME_DIR"]):
        c.ServerApp.terminado_settings = {"shell_command": shell}
    # No request leaves the node on its own: no news, no look for releases, no extension catalogue
    c.LabApp.news_url = None
    c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"
    c.LabApp.extension_manager = "readonly"
    c.ServerApp.tornado_settings = {"page_config_data": {"buildCheck": False, "buildAvailable": False}}
    return c


def run(folder: SessionFolder, listener: socket.socket, serving: ssl.SSLContext, calling: ssl.SSLContext) -> int:
    """Serves until stopped; 0, or the fault that ended it raised for `main` to say in one line."""
    SessionServer.listener, SessionServer.folder = listener, folder
    SessionServer.serving, SessionServer.calling = serving, calling
    site_pages.take()
    ask = SessionServer.ask = hub.HubApi(folder, calling)
    SessionServer.allocations = Relay(ask, "aif/v1/allocations", folder.path / "allocations.json")
    with language.spoken(folder.language, Path(os.environ["JUPYTER_RUNTIME_DIR"])):
        server = SessionExtension.initialize_server(argv=[], config=settings(folder))
    SessionServer.desk = SessionFiles.desk = _desk(folder, ask)
    SessionFiles.specs = server.kernel_spec_manager
    for part in (again, api, clusters, dashboard, uploads):
        server.web_app.add_handlers(".*$", part.handlers(server.base_url, SessionServer.desk))
    _forget_secrets(server)
    server.start()
    if server.fault is not None:
        raise server.fault
    return 0


def _desk(folder: SessionFolder, ask: hub.Ask) -> api.Desk:
    facts = json.loads((folder.path / "public.json").read_text(encoding="utf-8"))  # written by this process
    return api.Desk(
        owner=folder.env["JUPYTERHUB_USER"],
        facts=facts,
        gauge=api.gauge(facts, len(os.sched_getaffinity(0))),
        ask=ask,
        allocations=SessionServer.allocations,
        sessions=Relay(ask, "aif/v1/sessions"),
        events=Relay(ask, "aif/v1/events"),
        learning=Relay(ask, "aif/v1/tutorials"),
        tutorials=tutorials.source_dir(folder.tutorials_dir),
    )


def _has_kernel(folder: SessionFolder, name: str) -> bool:
    return any(Path(place, "kernels", name, "kernel.json").is_file() for place in folder.kernel_dirs)


def _forget_secrets(server: ServerApp) -> None:
    """Takes the token and Slurm's variables out of the environment, once all who need them have read them."""
    for point in server.extension_manager.extension_points.values():
        if isinstance(point.app, SessionExtension):
            _read_all_traits(point.app)
            _read_all_traits(point.app.hub_auth)
    _read_all_traits(getattr(server.identity_provider, "hub_auth"))  # noqa: B009 - JupyterHub's own provider has it
    gone = environment.scrub(os.environ)
    terminals = server.web_app.settings.get("terminal_manager")
    if terminals is not None and "SLURM_CONF" in gone:
        # in a terminal people type squeue; it says which Slurm, nothing about this job
        terminals.extra_env["SLURM_CONF"] = gone["SLURM_CONF"]


def _read_all_traits(configurable: Any) -> None:
    """Traits read the environment when they are first looked at, so each is looked at now."""
    for name in configurable.trait_names():
        getattr(configurable, name)
