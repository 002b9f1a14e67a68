"""A worker without a port for pages: it listens where keys are asked for, and nowhere else."""

from __future__ import annotations

from typing import Any

from distributed import Worker


class PrivateWorker(Worker):
    """Dask's own, which listens for its scheduler and other workers alone."""

    def start_http_server(
        self, routes: Any, dashboard_address: Any, default_port: int = 0, ssl_options: Any = None
    ) -> None:
        """Starts none, and shows no pages to those who ask for them with an option of their own."""
        self._dashboard = False
