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
#: After a question that was not answered for every node: a class that starts while Slurm is away does not ask one after
#: the other.
AGAIN_SECONDS = 15.0
#: Where nothing is known at all, since the hub began while Slurm was away: the first pause between two questions.
UNKNOWN_SECONDS = 2.0


class Nodes:
    """Node name → IP address, from the site file or else from Slurm and DNS; asked again every ten minutes at most.

    While Slurm or DNS cannot say, the last known are given, and they are asked again every 15 s at most; where none are
    known, each time.
    """

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._known: dict[str, str] = dict(cluster.addresses or {})
        self._said = bool(self._known)  # whether Slurm, or the site file, has ever named the nodes
        self._due = float("-inf")
        self._turn, self._waiting = asyncio.Lock(), asyncio.Lock()

    async def addresses(self) -> dict[str, str]:
        """All nodes' addresses. When Slurm cannot say, the last known."""
        if self._cluster.addresses:
            return self._known
        async with self._turn:
            if not self._known or time.monotonic() >= self._due:
                await self._ask()
        return self._known

    async def once_said(self) -> dict[str, str]:
        """The same, but not before Slurm has named its nodes: a server whose certificate has none is not reached.

        However many wait for that, one of them asks for all, and less and less often.
        """
        pause = UNKNOWN_SECONDS
        async with self._waiting:
            while not (found := await self.addresses()) and not self._said:
                await asyncio.sleep(pause)  # there is no event to wait for: a Slurm that is back tells nobody
                pause = min(AGAIN_SECONDS, 2 * pause)
        return found

    async def address_of(self, node: str) -> str | None:
        """That node's; None while nobody can say."""
        return (await self.addresses()).get(node)

    async def _ask(self) -> None:
        self._due = time.monotonic() + AGAIN_SECONDS
        try:
            names = await arun(node_addresses(), self._cluster)
        except SlurmError as error:
            log.warning("node addresses cannot be asked: %s", error)
            return
        found = await asyncio.to_thread(_resolve, names)
        self._known = {node: address for node in names if (address := found.get(node) or self._known.get(node))}
        self._said = True
        if len(found) == len(names):
            self._due = time.monotonic() + REFRESH_SECONDS


def _resolve(names: dict[str, str]) -> dict[str, str]:
    """IP addresses of the nodes whose names DNS knows."""
    found = {}
    for node, name in names.items():
        try:
            found[node] = str(socket.getaddrinfo(name, None, proto=socket.IPPROTO_TCP)[0][4][0])
        except OSError:
            log.warning("node %s: no address for %s", node, name)
    return found
