"""Where a cluster's nodes can be reached: what certificates name and call-backs are checked against."""

from __future__ import annotations

import asyncio
import logging
import socket
import time

from aif.core.errors import SlurmError
from aif.core.jobs import node_addresses
from aif.core.site import Cluster
from aif.core.slurm import arun

log = logging.getLogger("aif.nodes")
REFRESH_SECONDS = 600.0


class Nodes:
    """Node name → IP address, from the site file or else from Slurm and DNS; asked again every ten minutes at most."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, str] = dict(cluster.addresses or {})
        self._asked = float("-inf")
        self._turn = asyncio.Lock()

    async def addresses(self) -> dict[str, str]:
        """All nodes' addresses. When Slurm cannot say, the last known."""
        if self._cluster.addresses:
            return self._known
        async with self._turn:
            if time.monotonic() - self._asked > REFRESH_SECONDS:
                try:
                    names = await arun(node_addresses(), self._cluster)
                except SlurmError as error:
                    log.warning("node addresses cannot be asked: %s", error)
                else:
                    self._known = await asyncio.to_thread(_resolve, names)
                    self._asked = time.monotonic()
        return self._known

    async def is_address_of(self, address: str, node: str) -> bool:
        """Whether that node answers at that address."""
        return bool(node) and (await self.addresses()).get(node) == address


def _resolve(names: dict[str, str]) -> dict[str, str]:
    """IP addresses of the nodes whose names DNS knows."""
    found = {}
    for node, name in names.items():
        try:
            found[node] = str(socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)[0][4][0])
        except OSError:
            log.warning("node %s: no address for %s", node, name)
    return found
