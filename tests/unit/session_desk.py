"""A hub's sessions with a scripted launcher and Slurm."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from hub_material import LOGIN, ScriptedAccounting, ScriptedLauncher, ScriptedSlurm, database, job, request, site, until

from aif_hub.book import Session, SessionBook
from aif_hub.queue import JobQueue
from aif_hub.sessions import Sessions

FILES = {"session.json": "{}"}


class Desk:
    """Sessions of a hub on a database file; `restarted` is the next hub on the same file."""

    def __init__(self, path: Path, slurm: ScriptedSlurm, launcher: ScriptedLauncher, **rules: Any) -> None:
        made = site(session={"start_timeout_seconds": 0.3, "look_seconds_starting": 0.01, **rules})
        self.slurm, self.launcher, self._path, self._rules = slurm, launcher, path, rules
        self.revoked: list[int] = []
        self.book = SessionBook(database(path))
        accounting: Any = ScriptedAccounting(slurm)
        queues = {"demo": JobQueue(made.clusters[0], made.session, accounting, slurm.ask)}
        any_launcher: Any = launcher
        self.sessions = Sessions(made, self.book, queues, {}, any_launcher, self._revoke)

    def _revoke(self, session: Session) -> None:
        self.revoked.extend(session.token_ids)

    def restarted(self) -> Desk:
        return Desk(self._path, self.slurm, self.launcher, **self._rules)

    def starts_within(self, seconds: float) -> None:
        """From now on a server has so long to come up."""
        site = self.sessions.site
        self.sessions.site = replace(site, session=replace(site.session, start_timeout_seconds=seconds))

    def written(self) -> Session:
        session = self.book.write(LOGIN, "", request())
        return self.book.update(session.session, token_ids=(1, 2))

    async def submitted(self, state: str = "PENDING") -> Session:
        session = await self.sessions.submit(self.written(), FILES)
        self.slurm.shows(job(7, state, "gpu01" if state == "RUNNING" else ""))
        return session

    async def ready(self) -> Session:
        """A session whose server has called back."""
        session = await self.submitted("RUNNING")
        waiting = asyncio.ensure_future(self.sessions.ready(session))
        await until(lambda: self.now(session).step == "starting")
        self.sessions.accept(session, "127.9.1.1", 40001, 1, "")
        return await waiting

    def now(self, session: Session) -> Session:
        found = self.book.get(session.session)
        assert found is not None
        return found

    def ends_when_cancelled(self) -> None:
        self.launcher.on_cancel = lambda job_ids: self.slurm.shows(*(job(job_id, "CANCELLED") for job_id in job_ids))
