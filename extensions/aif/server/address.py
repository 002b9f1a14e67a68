"""This node's own address, and a socket bound to it before anything slow happens."""

import socket
from collections.abc import Mapping

from aif.core.errors import AifError

BACKLOG = 128


class AddressError(AifError):
    """The node's own address is not known or cannot be bound; the operator has to look."""


def bound_socket(addresses: Mapping[str, str], environ: Mapping[str, str]) -> socket.socket:
    """A listening socket on this node's own address, on a port that the kernel chose.

    Bound first, so that the port is ours from here on: nobody else on the node can take it while Jupyter is imported,
    and a probe that comes early waits in the backlog instead of being refused.
    """
    node = environ.get("SLURMD_NODENAME") or socket.gethostname()
    address = addresses.get(node) or _resolved(node)
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.bind((address, 0))
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError as fault:
        listener.close()
        raise AddressError(
            f"cannot bind {address}, the address of node {node} ({fault.strerror}). "
            "An operator has to correct the node addresses in the site file or in DNS."
        ) from fault
    return listener


def _resolved(node: str) -> str:
    try:
        found = socket.getaddrinfo(node, None, type=socket.SOCK_STREAM)
    except OSError as fault:
        raise AddressError(
            f"the address of node {node} is not known ({fault}). An operator has to add it to the site file or to DNS."
        ) from fault
    # IPv4 first: the certificate's names and Slurm's node addresses are IPv4 on most sites
    best = min(found, key=lambda entry: entry[0] != socket.AF_INET)
    return str(best[4][0])
