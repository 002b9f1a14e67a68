"""Our hub as the subject of `aif bench chaos`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aif_hub.bench import ours
from aif_hub.bench.asking import HubApi
from aif_hub.bench.chaos.books import HUB_SECONDS, Record
from aif_hub.bench.chaos.subject import START_TIMEOUT_SECONDS
from aif_hub.bench.postgres import Postgres
from aif_hub.bench.rig import Rig
from aif_hub.demo.daemons import Daemon

#: As many as are held up at a time, so that those who are not need not wait for them.
SUBMISSIONS_AT_ONCE = 16
CONFIG = str(Path(__file__).with_name("hub_config.py"))


class Ours:
    """Its launcher finds Slurm's commands and its servers' program in the rig's folder."""

    server_word = b"/.aif/sessions/"
    without: frozenset[str] = frozenset()
    has_real = True

    def __init__(self, rig: Rig, postgres: Postgres | None = None) -> None:
        self.job_name = rig.job_name("ours")
        self._rig, self._postgres = rig, postgres

    def prepare(self) -> None:
        """Launcher, sudoers line, site file and certificates."""
        ours.prepare(
            self._rig,
            slurm_bin=str(self._rig.folder / "slurm-bin"),
            rules=f"start_timeout_seconds = {START_TIMEOUT_SECONDS}\nsubmissions_at_once = {SUBMISSIONS_AT_ONCE}",
            standin=(str(self._rig.folder / "server"),),
            database=self._postgres.url if self._postgres else "",
        )

    def hub(self, more: Mapping[str, str]) -> Daemon:
        """The hub's process."""
        return ours.hub(self._rig, CONFIG, **more)

    def proxy(self) -> Daemon:
        """The proxy's process."""
        return ours.proxy(self._rig)

    def api(self) -> HubApi:
        """The hub's REST API."""
        return HubApi(f"http://127.0.0.1:{self._rig.ours_ports[0]}/hub/api", self._rig.token)

    def sessions(self, login: str = "") -> list[Record]:
        """From the book of sessions."""
        if self._postgres is None:
            return [Record.of(kept) for kept in ours.sessions(self._rig, login)]
        return [Record.of(json.loads(data)) for (data,) in self._postgres.rows(ours.SESSIONS, login)]

    def asked(self, login: str, profile: str, minutes: int) -> tuple[int, dict[str, Any]]:
        """As the form does."""
        return self.api().said("POST", f"users/{login}/server", {"profile": profile, "minutes": minutes})

    def stop_asked(self, record: Record, token: str) -> bool:
        """As the home page does."""
        return self.api().said("DELETE", f"aif/v1/sessions/{record.session}", token=token)[0] == 202

    def shown(self, login: str, token: str) -> dict[str, str] | None:
        """As the home page has it."""
        status, said = self.api().said("GET", "aif/v1/sessions", token=token, seconds=HUB_SECONDS)
        return {one["session"]: one["state"] for one in said["sessions"]} if status == 200 else None
