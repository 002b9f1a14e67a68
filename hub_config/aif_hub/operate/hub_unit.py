"""The hub's unit of a site: stopped, started, and waited for until it answers through the proxy."""

from __future__ import annotations

import http.client
import shutil
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

from aif_hub.demo.commands import outcome, run
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import UNITS, Setup

PATIENCE_SECONDS = 180.0
_AGAIN_SECONDS = 0.5


@dataclass(frozen=True)
class HubUnit:
    """That of one site. The proxy's unit is left alone: open notebooks go through it."""

    setup: Setup

    @property
    def name(self) -> str:
        return self.setup.units[1]

    def check(self) -> None:
        """Raises OperateError where `aif install` has not been."""
        if not (UNITS / self.name).exists():
            raise OperateError(f"There is no {UNITS / self.name}: `aif install` has not set up this host.")
        _systemctl()

    def stop(self) -> None:
        """Until it has ended."""
        run([_systemctl(), "stop", self.name], timeout=120)

    def start(self) -> None:
        run([_systemctl(), "start", self.name], timeout=120)

    def await_answers(self, patience: float = PATIENCE_SECONDS) -> None:
        """Returns once health and sign-in page answer. Raises OperateError for a hub that ended, or took too long."""
        base = self.setup.site.hub.base_url.rstrip("/")
        deadline = time.monotonic() + patience
        while not all(self._answers(f"{base}/hub/{page}") for page in ("health", "login")):
            if outcome([_systemctl(), "is-active", self.name], timeout=30).returncode:
                raise OperateError(f"the hub ended while it started; `journalctl -u {self.name} -n 50` says why")
            if time.monotonic() > deadline:
                raise OperateError(
                    f"the hub did not answer within {patience:.0f} s; `journalctl -u {self.name} -n 50` says more"
                )
            time.sleep(_AGAIN_SECONDS)

    def _answers(self, path: str) -> bool:
        door = self.setup.proxy
        address = "127.0.0.1" if door.address == "0.0.0.0" else door.address  # noqa: S104
        try:
            if door.tls:
                trusting = ssl.create_default_context()  # the name in the certificate is not this address
                trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
                way: http.client.HTTPConnection = http.client.HTTPSConnection(
                    address, door.port, timeout=10, context=trusting
                )
            else:
                way = http.client.HTTPConnection(address, door.port, timeout=10)
            way.request("GET", path)
            answered = way.getresponse().status < 400  # a sign-in page may lead on to an institution's
            way.close()
        except (OSError, http.client.HTTPException):
            return False
        return answered


def _systemctl() -> Path:
    found = shutil.which("systemctl")
    if not found:
        raise OperateError("There is no systemctl on this host, and it is what stops and starts the hub.")
    return Path(found)
