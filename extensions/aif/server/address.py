"""This node's own address, and a socket bound to it before anything slow happens."""

import errno
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager

from aif.core.errors import AifError

BACKLOG = 128
RESERVE_SECONDS = 5.0


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


@contextmanager
def reserved(listener: socket.socket) -> Iterator[bool]:
    """Meanwhile, and for a minute after, the listener's port is nobody else's; False where the node is too busy for it.

    The listener has a connection with itself whose own end is closed for writing. Whoever ends this process, and
    however, that end is the one that the kernel keeps in TIME_WAIT, and until that is over nobody can bind the port. By
    then the hub has seen the end, and the proxy knows the address no more. Without it a neighbour could take the port
    of a server that was killed, and be sent what its person's browser still asks.
    """
    with ExitStack() as ends:
        asking = ends.enter_context(socket.socket(listener.family, socket.SOCK_STREAM))
        asking.settimeout(RESERVE_SECONDS)
        try:
            asking.connect(listener.getsockname())
            ends.enter_context(_accepted(listener, asking.getsockname())).shutdown(socket.SHUT_WR)
        except OSError:
            yield False
        else:
            yield True


def _accepted(listener: socket.socket, peer: tuple[object, ...]) -> socket.socket:
    """The connection of that peer. Raises OSError where it does not come.

    Others' are closed: nobody has been told of the port yet.
    """
    listener.settimeout(RESERVE_SECONDS)
    try:
        for _ in range(BACKLOG):
            answering, whose = listener.accept()
            if whose == peer:
                return answering
            answering.close()
    finally:
        listener.setblocking(False)
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


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
