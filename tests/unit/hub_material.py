"""A small site, a request, and a scripted Slurm and launcher: what tests of the hub's inner parts stand on."""

from __future__ import annotations

import asyncio
import os
import pwd
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Database

from aif.core import site as sites
from aif.core.errors import SlurmUnreachable
from aif.core.jobs import JobSighting
from aif.core.request import JobRequest, Project
from aif.core.site import Cluster, Site
from aif.core.slurm import Call
from aif_hub.book import Session
from aif_hub.launch import Submitted

LOGIN = pwd.getpwuid(os.getuid()).pw_name  # sessions follow a login's uid, so it has to be one that exists
UID = os.getuid()
CLUSTER = {
    "name": "demo",
    "slurm_conf": "/etc/slurm/slurm.conf",
    "job_name": "aif-demo",
    "addresses": {"gpu01": "127.9.1.1", "mig01": "127.9.1.4"},
}
SLICE = {
    "name": "slice",
    "title": "Small GPU part",
    "cluster": "demo",
    "partition": "mig",
    "cpus": 2,
    "memory_gb": 4,
    "gpus": 1,
    "gpu_type": "h100_1g.10gb",
    "gpu_weight": "1/7",
    "hours_default": 2,
    "hours_max": 8,
}
CPU = {
    "name": "cpu",
    "title": "No GPU",
    "cluster": "demo",
    "partition": "cpu",
    "cpus": 2,
    "memory_gb": 4,
    "hours_default": 4,
    "hours_max": 12,
}
TERMS = {
    "version": "2026-11",
    "points": [
        {"en": "For civilian innovation.", "nl": "Voor civiele innovatie."},
        {"en": "No personal data without an approval.", "nl": "Geen persoonsgegevens zonder goedkeuring."},
    ],
    "url": {"en": "https://example.org/terms", "nl": "https://example.org/voorwaarden"},
}
PROJECTS = (Project("inspect01", "Inspection pilot", "sme-inspect01"), Project("trn0007", "AI workshop", ""))


def site_data(**changed: Any) -> dict[str, Any]:
    """A whole site file, parsed."""
    return {
        "name": "Test",
        "contact": "support@example.org",
        "data_location": "here",
        "state_dir": "/var/lib/aif",
        "launcher": ["sudo", "-n", "/usr/libexec/aif-launch"],
        "hub": {
            "bind_url": "http://127.0.0.1:8000",
            "api_port": 8081,
            "api_host": "127.0.0.1",
            "proxy_api_port": 8001,
        },
        "session": {"start_timeout_seconds": 0.3, "look_seconds_starting": 0.01, "look_seconds_idle": 0.05},
        "cluster": [CLUSTER],
        "profile": [SLICE, CPU],
        "project": [{"account": "inspect01", "title": "Inspection pilot", "kind": "sme"}],
        **changed,
    }


def site(**changed: Any) -> Site:
    return sites.parse(site_data(**changed))


def request(**options: Any) -> JobRequest:
    return JobRequest.parse(options, site(), PROJECTS)


def waiting_session(written_at: datetime, job_id: int) -> Session:
    """Marieke's, for two hours of a slice: its job is in the queue."""
    return Session(
        session="0" * 32,
        login="marieke",
        server_name="",
        cluster="demo",
        request=request(profile="slice", minutes=120),
        step="waiting",
        written_at=written_at,
        job_id=job_id,
    )


def database(path: Path) -> Callable[[], Database]:
    """A real SQLite database, through one session as the hub has it."""
    opened = Database(create_engine(f"sqlite:///{path}"))
    return lambda: opened


def job(job_id: int, state: str, node: str = "", uid: int = UID, reason: str = "") -> JobSighting:
    starts = datetime(2026, 1, 2, tzinfo=UTC) if state == "RUNNING" else None
    return JobSighting(job_id, uid, state, node, reason, starts=starts)


class ScriptedSlurm:
    """Slurm as an `ask`: squeue shows `queue`, sacct shows `history`; `away` makes both fail."""

    def __init__(self) -> None:
        self.queue: dict[int, JobSighting] = {}
        self.history: dict[int, JobSighting] = {}
        self.away = False
        self.looks: list[float] = []
        self.lookups: list[str] = []
        self.gate: asyncio.Event | None = None  # a look waits for it

    async def ask(self, call: Call[Any], cluster: Cluster) -> Any:
        program = call.argv[0]
        if program == "squeue":
            self.looks.append(asyncio.get_running_loop().time())
            shown = dict(self.queue)
            if self.gate is not None:
                await self.gate.wait()
        else:
            self.lookups.append(call.argv[call.argv.index("-j") + 1])
            shown = dict(self.history)
        if self.away:
            raise SlurmUnreachable(program, 1, "Unable to contact slurm controller")
        return shown

    def shows(self, *jobs: JobSighting) -> None:
        self.queue = {sighting.job_id: sighting for sighting in jobs}


class ScriptedAccounting:
    """The accounting without its budget."""

    def __init__(self, slurm: ScriptedSlurm) -> None:
        self.ask = slurm.ask


class ScriptedLauncher:
    """A launcher that answers from lists; a callable answer is called, an error is raised."""

    def __init__(self) -> None:
        self.submits: list[Any] = []
        self.finds: list[Any] = []
        self.cancels: list[Any] = []
        self.on_cancel: Callable[[Sequence[int]], Any] = tuple
        self.calls: list[tuple[str, Any]] = []

    async def submit(
        self, *, login: str, session: str, server: str, job: Mapping[str, Any], files: Mapping[str, str]
    ) -> Submitted:
        self.calls.append(("submit", session))
        return Submitted(await _next(self.submits, 7), adopted=False)

    async def find(self, *, login: str, session: str) -> int | None:
        self.calls.append(("find", session))
        found: int | None = await _next(self.finds, None)
        return found

    async def cancel(self, *, login: str, job_ids: Sequence[int]) -> tuple[int, ...]:
        self.calls.append(("cancel", tuple(job_ids)))
        cancelled: tuple[int, ...] = await _next(self.cancels, tuple(job_ids))
        self.on_cancel(job_ids)
        return cancelled

    async def log_tail(self, *, login: str, session: str) -> tuple[str, ...]:
        self.calls.append(("log", session))
        return ("the last line",)

    async def clean(self, *, login: str, session: str) -> None:
        self.calls.append(("clean", session))

    def count(self, verb: str) -> int:
        return [call[0] for call in self.calls].count(verb)


async def _next(answers: list[Any], otherwise: Any) -> Any:
    answer = answers.pop(0) if answers else otherwise
    if isinstance(answer, BaseException):
        raise answer
    if isinstance(answer, asyncio.Future):
        return await answer
    return answer


async def until(true: Callable[[], Any], seconds: float = 5) -> Any:
    """The first true value, looked for at each turn of the loop."""
    async with asyncio.timeout(seconds):
        while not (value := true()):  # noqa: ASYNC110  # some of what is waited for has no event
            await asyncio.sleep(0)
    return value
