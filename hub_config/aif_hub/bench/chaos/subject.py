"""What `aif bench chaos` asks of a hub that things are to happen to: ours, or one with stock batchspawner."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from aif_hub.bench.asking import HubApi
from aif_hub.bench.chaos.books import Record
from aif_hub.demo.daemons import Daemon

#: A server that has not called back so long after its job began is given up; with the site's usual five minutes the
#: run would wait for nothing else.
START_TIMEOUT_SECONDS = 30


class Subject(Protocol):
    """One hub, its proxy and its book, on a rig whose folder has `slurm-bin/`, `server` and the gates.

    `job_name` is of all jobs of its sessions, which carry their session's id as comment; `server_word` is in the
    command line of each session's server, and of nothing else of its job. `without` are the kinds of events that have
    no meaning for it, and `has_real` says whether people can have a real server there.
    """

    job_name: str
    server_word: bytes
    without: frozenset[str]
    has_real: bool

    def prepare(self) -> None:
        """All that is made once, before the hub's first start."""

    def hub(self, more: Mapping[str, str]) -> Daemon:
        """The hub's process, with `more` in its environment."""

    def proxy(self) -> Daemon:
        """The proxy's process, which no hub starts or ends."""

    def api(self) -> HubApi:
        """The hub's REST API, through the proxy."""

    def sessions(self, login: str = "") -> Sequence[Record]:
        """All sessions in the hub's database, or those of one person, the oldest first."""

    def asked(self, login: str, profile: str, minutes: int) -> tuple[int, dict[str, Any]]:
        """What the hub says to somebody who asks for a session."""

    def stop_asked(self, record: Record, token: str) -> bool:
        """Whether the hub will stop that session, as its person, whose token this is, asks it to."""

    def shown(self, login: str, token: str) -> dict[str, str] | None:
        """How each of the person's open sessions is shown; None while the hub does not answer."""
