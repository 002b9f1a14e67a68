"""The scheduler, whose pages are on a socket that its owner alone can open; a port would be open to all on the node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from distributed import Scheduler
from distributed.http.routing import RoutingApplication
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_unix_socket


class PrivateScheduler(Scheduler):
    """Dask's own. `dashboard_address` is the path of the socket, in a folder that nobody else may enter."""

    def start_http_server(
        self, routes: Any, dashboard_address: str, default_port: int = 0, ssl_options: Any = None
    ) -> None:
        """In place of a TCP port, of which Dask opens one even for a scheduler without a dashboard."""
        self._socket = Path(dashboard_address)
        self.http_application = RoutingApplication(routes)
        self.http_server = server = HTTPServer(self.http_application)
        server.add_socket(bind_unix_socket(dashboard_address, mode=0o600))
        # Dask shows these two in links and logs; there is no port to show
        vars(server).update(address="localhost", port=0)
        self.services["dashboard"] = self.http_server

    async def close(self, *args: Any, **options: Any) -> None:
        """Closes it, and takes the socket's file away."""
        await super().close(*args, **options)
        self._socket.unlink(missing_ok=True)
