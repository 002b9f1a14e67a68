"""A hub with stock batchspawner as the subject of `aif bench chaos`: its book is JupyterHub's own database.

A session there is one start of somebody's server. Whoever asks for it gives it an id, which the hub keeps among the
options of that server, and which its job carries as comment.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from aif_hub.bench import stock
from aif_hub.bench.asking import HubApi
from aif_hub.bench.chaos.books import HUB_SECONDS, REFUSED, Record
from aif_hub.bench.database import rows
from aif_hub.bench.rig import Rig
from aif_hub.demo.daemons import Daemon

CONFIG = str(Path(__file__).with_name("stock_config.py"))
#: What our hub's profiles of these names ask of Slurm.
PROFILES = {
    "cpu": {"partition": "cpu"},
    "slice": {"partition": "mig", "gres": "gpu:h100_1g.10gb:1"},
    "gpu": {"partition": "gpu", "gres": "gpu:h100:1"},
}
_SERVERS = """
    select users.name, spawners.name, spawners.server_id, spawners.state, spawners.user_options
    from spawners join users on users.id = spawners.user_id order by spawners.started
"""


class Stock:
    """Its spawner is told where the rig's folder has Slurm's commands and the program of its servers."""

    server_word = b"/hungry.py"
    #: A second call-back as ours answers it, a session's folder, and a word of Slurm's accounting.
    without = frozenset({"call-back-twice", "disk-full", "job-preempted"})
    has_real = False

    def __init__(self, rig: Rig) -> None:
        self.job_name = rig.job_name("stock")
        self._rig = rig
        self._seen: dict[str, Record] = {}  # a server's row is of its last start alone
        self._asked: dict[str, int | None] = {}  # what the hub said to each; None before it has said anything
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """A folder for the hub."""
        stock.prepare(self._rig)

    def hub(self, more: Mapping[str, str]) -> Daemon:
        """The hub's process."""
        told = {"AIF_BENCH_FOLDER": str(self._rig.folder), "CONFIGPROXY_AUTH_TOKEN": self._rig.proxy_token}
        return stock.hub(self._rig, CONFIG, **told, **more)

    def proxy(self) -> Daemon:
        """The proxy's process."""
        return stock.proxy(self._rig)

    def api(self) -> HubApi:
        """The hub's REST API."""
        return stock.api(self._rig)

    def sessions(self, login: str = "") -> list[Record]:
        """From the database, and those that it had before."""
        with self._lock:  # or an older look would be added to a newer one
            current = {record.session: record for record in read_servers(stock.database(self._rig))}
            over = {session for session, before in self._seen.items() if not before.open}
            for session in self._seen.keys() - current.keys() - over:
                self._seen[session] = replace(self._seen[session], step="ended", cause=None)
            # A new start has its row for a moment before it has its options.
            self._seen.update({session: record for session, record in current.items() if session not in over})
            return [self._known(record) for record in self._seen.values() if login in ("", record.login)]

    def asked(self, login: str, profile: str, minutes: int) -> tuple[int, dict[str, Any]]:
        """By the options that the script of the job is made with."""
        session = secrets.token_hex(16)
        options = f"--job-name={self.job_name} --output=/dev/null --comment={session}"
        wanted = {"session": session, "options": options, "runtime": str(minutes), **PROFILES[profile]}
        self._asked[session] = None
        status, said = self.api().said("POST", f"users/{login}/server", wanted)
        self._asked[session] = status
        return status, said

    def stop_asked(self, record: Record, token: str) -> bool:
        """As the home page does."""
        return self.api().said("DELETE", f"users/{record.login}/server", token=token)[0] in (202, 204)

    def shown(self, login: str, token: str) -> dict[str, str] | None:
        """As the hub's API has it."""
        status, said = self.api().said("GET", f"users/{login}", seconds=HUB_SECONDS)
        return read_shown(said) if status == 200 else None

    def _known(self, record: Record) -> Record:
        """With what its person knows: that the hub said no, or nothing yet."""
        status = self._asked.get(record.session, 0)
        if status is None:
            return replace(record, step="starting", cause="")
        return replace(record, cause=REFUSED) if status >= 400 and not record.open else record


def read_servers(database: Path) -> list[Record]:
    """Each server that was ever asked for with an id, as its last start."""
    found = []
    for login, name, server, state, options in rows(database, _SERVERS):
        session = json.loads(options or "{}").get("session")
        if session is None:
            continue
        job = json.loads(state or "{}").get("job_id") if server is not None else None
        step = "ended" if server is None else "ready" if job else "starting"
        found.append(Record(session, login, name, step, int(job) if job else None, "" if server is not None else None))
    return found


def read_shown(person: Mapping[str, Any]) -> dict[str, str]:
    """The state of each session of somebody's that is not over, in our words, by what the hub's API says of them."""
    states = {}
    for server in person.get("servers", {}).values():
        session = server["user_options"].get("session")
        if session is not None and not server["stopped"]:
            stopping = server["pending"] == "stop"
            states[session] = "stopping" if stopping else "ready" if server["ready"] else "pending"
    return states
