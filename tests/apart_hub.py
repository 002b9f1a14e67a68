"""A hub over TLS whose people's servers have names of their own below its name, as a site with subdomains runs it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Mapping
from typing import Any

from own_hub import OwnHub

#: Browsers take every name below `localhost` for this machine.
HOST = "hub.localhost"


class ApartHub(OwnHub):
    """Its certificate is its own authority: whoever starts it has $SSL_CERT_FILE name `certificate` meanwhile."""

    place = "apart-hub"

    @property
    def address(self) -> str:
        """Where browsers come in."""
        return f"https://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def certificate(self) -> str:
        return f"{self.folder}/etc/tls.crt"

    def site(self, values: Mapping[str, Any]) -> str:
        apart = f'public_url = "{self.address}"\nperson_subdomains = true\n'
        return super().site(values).replace("[hub]\n", f"[hub]\n{apart}")

    def start(self) -> None:
        names = f"subjectAltName=DNS:{HOST},DNS:*.{HOST},IP:127.0.0.1"
        key = f"{self.folder}/etc/tls.key"
        argv = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        argv += ["-subj", f"/CN={HOST}", "-addext", names, "-days", "2", "-keyout", key, "-out", self.certificate]
        subprocess.run(argv, check=True, capture_output=True, timeout=30)
        shutil.chown(key, self.user)
        super().start()

    def proxy_options(self) -> list[str]:
        tls = ["--ssl-key", f"{self.folder}/etc/tls.key", "--ssl-cert", self.certificate]
        return [*super().proxy_options(), "--host-routing", *tls]
