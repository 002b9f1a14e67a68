"""The address that browsers see, and whether names below it can be given to people's servers."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def front(bind_url: str, public_url: str) -> SplitResult:
    """The address that browsers see: `public_url` where something in front of the proxy has one of its own."""
    return urlsplit(public_url or bind_url)


def has_names_below(host: str) -> bool:
    """Whether cookies and names can be below that host: not below an address, nor below a name of one word.

    >>> [has_names_below(host) for host in ("hub.example.org", "localhost", "127.0.0.1", "::1")]
    [True, False, False, False]
    """
    return is_name(host) and "." in host.strip(".")


def is_name(host: str) -> bool:
    """Whether that host is a name and no address."""
    try:
        ip_address(host)
    except ValueError:
        return bool(host)
    return False
