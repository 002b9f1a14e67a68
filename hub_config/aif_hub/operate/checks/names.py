"""Names of people's servers: whether each person's are apart from the hub's and everybody else's in a browser."""

from __future__ import annotations

import socket

from aif.core.front import front
from aif.core.site import Hub
from aif_hub.operate.certificate import Certificate, NotACertificate
from aif_hub.operate.checks.doors import certificate_of, is_loopback
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, warning, wrong

TITLE = "Names of people's servers"
#: Any label will do: a wildcard has them all.
SOMEBODY = "aif-check"


def look(sight: Sight) -> list[Finding]:
    """Asks for the name that somebody's server would have."""
    hub = sight.site.hub
    host = front(hub.bind_url, hub.public_url).hostname or ""
    if not hub.person_subdomains:
        return [shared(host)]
    name = f"{SOMEBODY}.{host}"
    try:
        found = certificate_of(hub)
    except (OSError, NotACertificate, ModuleNotFoundError):
        found = None  # said where certificates are looked at
    return [resolved(name, _addresses(name), _addresses(host)), *covered(hub, name, found)]


def shared(host: str) -> Finding:
    """All servers below the hub's own name."""
    if is_loopback(host):
        return ok("People's servers share the hub's name, on this machine alone.")
    return warning(
        "People's servers share the hub's name: a page that one person serves can act as whoever opens it.",
        "Set person_subdomains, with names and a certificate for *." + host,
    )


def resolved(name: str, there: frozenset[str], hub: frozenset[str]) -> Finding:
    """Browsers that look for somebody's server must come to the proxy."""
    if not there:
        return wrong(f"{name} has no address: nobody would reach their server.", f"Add *.{_above(name)} to DNS.")
    if hub and not there & hub:
        return wrong(f"{name} leads elsewhere than {_above(name)}.", "Let both lead to the proxy.")
    return ok(f"{name} leads to where {_above(name)} does.")


def covered(hub: Hub, name: str, certificate: Certificate | None) -> list[Finding]:
    """The certificate is for those names too."""
    if front(hub.bind_url, hub.public_url).scheme != "https":
        return [wrong("People's servers have names of their own, and no TLS.", "Give the hub an address with https.")]
    if certificate is None:
        return []
    if not certificate.is_for(name):
        return [wrong(f"The certificate is not for {name}.", f"Get one for *.{_above(name)} too.")]
    return [ok(f"The certificate is for *.{_above(name)} too.")]


def _above(name: str) -> str:
    return name.partition(".")[2]


def _addresses(name: str) -> frozenset[str]:
    try:
        return frozenset(str(found[4][0]) for found in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM))
    except OSError:
        return frozenset()
