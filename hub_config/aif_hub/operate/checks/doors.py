"""Addresses, ports and TLS: where browsers and nodes come in, and that nobody else sits there."""

from __future__ import annotations

import pwd
import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from aif.core.site import Hub
from aif_hub.demo import ports
from aif_hub.operate.certificate import Certificate, NotACertificate, read_certificate
from aif_hub.operate.checks.sight import Sight
from aif_hub.operate.finding import Finding, ok, unseen, warning, wrong
from aif_hub.operate.survey import Survey

TITLE = "Addresses, ports and TLS"
_SOON = timedelta(days=21)


@dataclass(frozen=True)
class Port:
    """A port of the hub, and who listens there: nobody, us or somebody else in words."""

    what: str
    number: int
    holder: str = ""
    is_ours: bool = False


def look(sight: Sight) -> list[Finding]:
    """Ports, the address towards the nodes, and certificates."""
    hub, door = sight.site.hub, sight.setup.proxy
    user = sight.site.host.user
    findings = [
        taken(_port("proxy", door.port, door.address, user), sight.is_root),
        taken(_port("hub", hub.api_port, hub.api_host, user), sight.is_root),
        taken(_port("proxy's own API", hub.proxy_api_port, "127.0.0.1", user), sight.is_root),
        *towards_nodes(hub.api_host, _is_local(hub.api_host), sight.survey),
        *front(hub),
    ]
    return [*findings, *_tls(sight)]


def taken(port: Port, can_tell: bool = True) -> Finding:
    """Free, or ours."""
    if not port.holder:
        return ok(f"Port {port.number} ({port.what}) is free.")
    if port.is_ours:
        return ok(f"Port {port.number} ({port.what}) is ours.")
    if not can_tell:
        return unseen(f"Port {port.number} ({port.what}) is taken; only root sees by whom.", "sudo aif check")
    return wrong(f"Port {port.number} ({port.what}) is taken by {port.holder}.", "Stop that, or name another port.")


def towards_nodes(address: str, is_local: bool, survey: Survey | None) -> list[Finding]:
    """Servers on the nodes call the hub there."""
    if not is_local:
        return [wrong(f"api_host {address} is no address of this host.", "Name one that the nodes reach.")]
    if survey is None or not is_loopback(address):
        return [ok(f"Nodes reach the hub at {address}.")]
    away = [node.name for node in survey.nodes if not is_loopback(node.address)]
    if away:
        return [
            wrong(
                f"api_host is {address}, which {away[0]} and others cannot reach: no session would ever be up.",
                "Set api_host to this host's address in the nodes' network.",
            )
        ]
    return [ok("Nodes and hub are on this host.")]


def front(hub: Hub) -> list[Finding]:
    """What people type must not cross a network in clear."""
    parts = urlsplit(hub.bind_url)
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        return [
            wrong(
                f"bind_url {hub.bind_url} is not encrypted: passwords and notebooks cross the network in clear.",
                "Give tls_certificate and tls_key, or listen on 127.0.0.1 behind something that has TLS.",
            )
        ]
    if parts.scheme == "https" and not hub.tls_certificate:
        return [
            wrong("bind_url begins with https, and there is no tls_certificate.", "Name tls_certificate and tls_key.")
        ]
    return []


def shown(found: Certificate, host: str, now: datetime) -> list[Finding]:
    """The certificate that browsers see: its dates and its name."""
    findings = []
    if not found.is_for(host):
        findings.append(
            wrong(
                f"The certificate is for {', '.join(found.names) or 'nobody'}, and not for {host}.",
                "Get one for that name.",
            )
        )
    return [*findings, lasting(found, "The certificate that browsers see", now)]


def lasting(found: Certificate, what: str, now: datetime) -> Finding:
    """Valid now and for a while."""
    until = f"{found.until:%Y-%m-%d}"
    if now < found.since:
        return wrong(f"{what} is valid only from {found.since:%Y-%m-%d}.", "Is this host's clock right?")
    if found.until <= now:
        return wrong(f"{what} ended on {until}.", "Renew it.")
    if found.until - now < _SOON:
        return warning(f"{what} ends on {until}.", "Renew it.")
    return ok(f"{what} is valid until {until}.")


def private_key(path: str, uid: int, mode: int, hub_uid: int, fits: bool) -> Finding:
    """Read by the hub's user and by nobody else."""
    if not fits:
        return wrong(f"{path} is not the key of the certificate.", "Put certificate and key of one pair there.")
    if mode & 0o077 and not (uid == 0 and not mode & 0o027):
        return wrong(f"{path} can be read by others.", f"chmod 0600 {path}")
    if uid != hub_uid and not mode & 0o040:
        return wrong(f"{path} cannot be read by the proxy.", f"chown the hub's user {path}")
    return ok(f"{path} fits the certificate and is private.")


def certificate_of(hub: Hub) -> Certificate | None:
    """The one that browsers see; None where they see none. Raises OSError, NotACertificate and ModuleNotFoundError."""
    if hub.tls_certificate:
        return read_certificate(Path(hub.tls_certificate).read_bytes())
    parts = urlsplit(hub.public_url)
    if parts.scheme != "https":
        return None
    return read_certificate(ssl.get_server_certificate((parts.hostname or "", parts.port or 443), timeout=5).encode())


def _tls(sight: Sight) -> list[Finding]:
    hub, now = sight.site.hub, datetime.now(UTC)
    try:
        findings = _browsers(sight, now)
    except ModuleNotFoundError:  # the distribution's Python in a bare checkout
        return [unseen("Certificates.", "Use the installed command, PREFIX/bin/aif check.")]
    except (OSError, NotACertificate) as error:
        where = hub.public_url or hub.tls_certificate
        findings = [wrong(f"{where}: no certificate can be read: {error}.", "Does it exist, and may root read it?")]
    inner = Path(sight.site.state_dir) / "internal-ssl"
    if sight.is_root and inner.exists():
        found = [
            read_certificate(path.read_bytes()) for path in sorted(inner.rglob("*.crt")) if "trust" not in path.name
        ]
        if found:
            first = min(found, key=lambda one: one.until)
            findings.append(lasting(first, "The first of the certificates between hub, proxy and servers", now))
    return findings


def _browsers(sight: Sight, now: datetime) -> list[Finding]:
    hub = sight.site.hub
    if hub.tls_certificate:
        if not sight.is_root:
            return [unseen("The certificate's key: only root can read it.", "sudo aif check")]
        found = certificate_of(hub)
        assert found is not None  # noqa: S101 - it is named
        key = Path(hub.tls_key)
        hub_uid = _uid(sight.site.host.user)
        fits = found.fits(key.read_bytes())
        host = urlsplit(hub.public_url or hub.bind_url).hostname or ""
        return [
            *shown(found, host, now),
            private_key(hub.tls_key, key.stat().st_uid, key.stat().st_mode, hub_uid, fits),
        ]
    found = certificate_of(hub)
    return shown(found, urlsplit(hub.public_url).hostname or "", now) if found else []


def _port(what: str, number: int, address: str, user: str) -> Port:
    if ports.is_free(number, address) or not ports.answers(number, "127.0.0.1" if address == "0.0.0.0" else address):  # noqa: S104
        return Port(what, number)
    holder = ports.holder(number)
    process = holder.rpartition("(process ")[2].rstrip(")")
    try:
        ours = Path(f"/proc/{process}").stat().st_uid == _uid(user)
    except OSError:
        ours = False
    return Port(what, number, holder, ours)


def _uid(user: str) -> int:
    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        return -1


def _is_local(address: str) -> bool:
    try:
        found = socket.getaddrinfo(address, 0, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.bind(found[0][4])
    except OSError:
        return False
    return True


def is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
