"""Ports for what a test starts later."""

from __future__ import annotations

import random
import socket
from contextlib import suppress


def free_ports(count: int) -> list[int]:
    """Below those that the system gives to whoever asks for any, so nobody has one of them by the time it is used."""
    found: list[int] = []
    for port in random.sample(range(10_000, 20_000), 1000):
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.append(port)
        if len(found) == count:
            return found
    raise AssertionError(f"Fewer than {count} of a thousand ports are free.")
