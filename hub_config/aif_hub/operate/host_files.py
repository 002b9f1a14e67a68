"""What a site's host gets, as values: units, users, folders, the line in sudoers and the launcher's settings."""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aif.core.site import Site
from aif_hub.operate.errors import OperateError
from aif_hub.operate.shipped import shipped
from aif_hub.proxy import Proxy

MARK = "Written by `aif install`"
#: systemd's folders for what an operator adds, and sudo's.
UNITS, SYSUSERS, TMPFILES, SUDOERS = (
    Path("/etc/systemd/system"),
    Path("/etc/sysusers.d"),
    Path("/etc/tmpfiles.d"),
    Path("/etc/sudoers.d"),
)


@dataclass(frozen=True)
class HostFile:
    """A file of root's. `secret` ones are made once and never written again; the others follow the site file."""

    path: Path
    text: str | Callable[[], str]
    mode: int = 0o644
    secret: bool = False
    marked: bool = True  # its first line says that it is ours

    @property
    def content(self) -> str:
        """The text; a secret is drawn now."""
        return self.text if isinstance(self.text, str) else self.text()


@dataclass(frozen=True)
class Setup:
    """One site on one host: the site file, and what follows from it."""

    site: Site
    site_file: Path

    @property
    def prefix(self) -> Path:
        return Path(self.site.host.prefix)

    @property
    def hub_env(self) -> Path:
        return self.prefix / "env/hub"

    @property
    def launcher(self) -> Path:
        return self.prefix / "libexec/aif-launch"

    @property
    def units(self) -> tuple[str, str]:
        """The proxy first: it is what the hub needs."""
        return f"{self.site.host.name}-proxy.service", f"{self.site.host.name}-hub.service"

    @property
    def secrets(self) -> Path:
        return Path("/etc") / self.site.host.name / "hub.env"

    @property
    def proxy(self) -> Proxy:
        """The proxy of this site; a name in bind_url, which is no address, means all addresses of this host."""
        hub = self.site.hub
        front = urlsplit(hub.bind_url)
        port = front.port or (443 if front.scheme == "https" else 80)
        certs = Path(self.site.state_dir) / "internal-ssl"
        tls = (Path(hub.tls_certificate), Path(hub.tls_key)) if hub.tls_certificate else None
        address = _listening(front.hostname or "")
        return Proxy(self.hub_env, address, port, hub.proxy_api_port, certs, tls, hub.person_subdomains)

    def launcher_settings(self) -> dict[str, object]:
        """What the launcher may do and for whom."""
        cluster, host = self.site.clusters[0], self.site.host
        # its release's own folder, and no link that another release may take over while the session runs
        notebook = (self.prefix / "env/notebook").resolve() / "bin/python"
        return {
            "hub_user": host.user,
            "people_group": host.people_group,
            "min_uid": host.min_uid,
            "slurm_conf": cluster.slurm_conf,
            "slurm_bin": cluster.slurm_bin,
            "job_name": cluster.job_name,
            "server_commands": {self.site.session.server: [str(notebook), "-I", "-m", "aif.server"]},
        }

    def sudoers_line(self) -> str:
        """The one line: this program, without arguments, and nothing else."""
        return f'{self.site.host.user} ALL=(root) NOPASSWD: {self.launcher} ""'


def host_files(setup: Setup) -> tuple[HostFile, ...]:
    """All of them, in the order in which they are written. Raises OperateError where the software is not there."""
    if not (setup.hub_env / "bin/python").exists():
        raise OperateError(
            f"There is no software in {setup.prefix}: host.prefix in the site file names another folder than "
            "`./aif build --prefix` built, or it was not built yet."
        )
    if Path(setup.site.launcher[-1]) != setup.launcher:
        raise OperateError(
            f"launcher in the site file names {setup.site.launcher[-1]}, and host.prefix puts it at {setup.launcher}. "
            "Make them say the same."
        )
    if setup.site.hub.bind_url.startswith("https:") and not setup.site.hub.tls_certificate:
        raise OperateError(
            "bind_url in the site file begins with https: name tls_certificate and tls_key, or let something in front "
            "of the proxy have them, with bind_url on loopback and its own address as public_url."
        )
    name = setup.site.host.name
    proxy, hub = setup.units
    return (
        HostFile(SYSUSERS / f"{name}.conf", _filled("sysusers.conf", setup)),
        HostFile(TMPFILES / f"{name}.conf", _filled("tmpfiles.conf", setup)),
        HostFile(setup.secrets, _new_secrets, 0o600, secret=True),
        HostFile(setup.prefix / "etc/launcher.json", _as_json(setup.launcher_settings()), marked=False),
        HostFile(SUDOERS / f"{name}-hub", _filled("sudoers", setup), 0o440),
        HostFile(UNITS / proxy, _filled("proxy.service", setup)),
        HostFile(UNITS / hub, _filled("hub.service", setup)),
    )


def _filled(name: str, setup: Setup) -> str:
    site, door = setup.site, setup.proxy
    facts = {
        "site": setup.site_file,
        "name": site.host.name,
        "user": site.host.user,
        "people_group": site.host.people_group,
        "state_dir": site.state_dir,
        "hub_env": setup.hub_env,
        "config": shipped_config(setup.hub_env),
        "secrets": setup.secrets,
        "launcher": setup.launcher,
        "proxy_command": " ".join(door.argv),
        "capabilities": "CAP_NET_BIND_SERVICE" if door.port < 1024 else "",
    }
    for word in (*(str(facts[key]) for key in ("site", "state_dir", "hub_env", "secrets")), *door.argv):
        if not re.fullmatch(r"[A-Za-z0-9_./:@+=,-]+", word):
            raise OperateError(f"{word!r} cannot stand in a unit: letters, digits and _ . / : @ + = , - can.")
    return Template((shipped("units") / name).read_text()).substitute(facts)


def shipped_config(hub_env: Path) -> Path:
    """The hub's configuration in its environment."""
    return hub_env / "etc/jupyterhub/jupyterhub_config.py"


def _listening(host: str) -> str:
    try:
        return str(ip_address(host))
    except ValueError:
        return "127.0.0.1" if host == "localhost" else "0.0.0.0"  # noqa: S104 - the site says that it is public


def _new_secrets() -> str:
    """Between hub and proxy; both get it through their environment, which only root and they can read."""
    return f"# {MARK}; only root reads it, for the units.\nCONFIGPROXY_AUTH_TOKEN={secrets.token_hex(32)}\n"


def _as_json(settings: dict[str, object]) -> str:
    return json.dumps(settings, indent=1) + "\n"
