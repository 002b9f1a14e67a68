"""What a hub of the tests was, and what it is after an attack: its settings, the programs it started, its jobs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from own_hub import OwnHub
from own_hub_place import METRICS_TOKEN

SUBMITS = re.compile(r'^aif_launcher_call\w*_count\{[^}]*verb="submit"[^}]*\} (\S+)', re.MULTILINE)
#: What a hub may run at all; everything else of it goes through the launcher.
PROGRAMS = {"squeue", "sacct", "sacctmgr", "sinfo", "scontrol", "sdiag", "sshare"}
#: In no word of these.
ODD = re.compile(r"[\n\r\0;`$&<>\\]|{{|.{2000}")


@dataclass(frozen=True)
class Seen:
    """A hub at one moment."""

    started: list[list[str]]
    settings: dict[str, Any]
    submitted: float  # to the launcher, since the hub began
    jobs: set[int]

    @classmethod
    def of(cls, hub: OwnHub, login: str = "", server: str = "") -> Seen:
        """With the settings of that spawner."""
        answer = hub.api("GET", f"tests/seen?login={quote(login)}&server={quote(server)}")
        assert answer.status == 200, answer.text
        told = answer.data
        counts = SUBMITS.findall(hub.get("/hub/metrics", METRICS_TOKEN).text)
        return cls(told["started"], told["settings"], sum(map(float, counts)), set(hub.jobs()))

    def since(self, before: Seen) -> list[list[str]]:
        """The programs that were started since then."""
        return self.started[len(before.started) :]

    def submitted_since(self, before: Seen) -> bool:
        """Whether the launcher was asked for a job, or there is one more; Slurm forgets old ones meanwhile."""
        return self.submitted != before.submitted or not self.jobs <= before.jobs

    def changed(self, before: Seen) -> list[str]:
        """The settings that are others now."""
        names = before.settings.keys() | self.settings.keys()
        return sorted(name for name in names if before.settings.get(name) != self.settings.get(name))


def is_a_hubs_own(hub: OwnHub, argv: list[str]) -> bool:
    """Whether the hub runs that whatever people send: one of Slurm's questions or its launcher, without odd signs."""
    event, program, *words = argv
    asks = program.rpartition("/")[2] in PROGRAMS
    launches = [program, *words] == [f"{hub.folder}/gate", "launcher", "sudo", "-n", f"{hub.folder}/libexec/aif-launch"]
    return event == "subprocess.Popen" and (asks or launches) and not any(ODD.search(word) for word in argv)
