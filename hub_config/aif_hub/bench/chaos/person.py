"""Somebody at the hub of `aif bench chaos`, who starts, waits and stops, and remembers how it went."""

from __future__ import annotations

import pwd
import time
from collections.abc import Callable
from pathlib import Path

from aif_hub.bench import ours
from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.books import FORM, Job, Record, read_jobs
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.processes import processes_of_jobs
from aif_hub.bench.rig import until
from aif_hub.demo.errors import DemoError

#: Words in the command line of each session's server.
SERVER = b"/.aif/sessions/"
#: What people choose, in turn.
PROFILES = ("cpu", "slice", "cpu", "cpu", "gpu", "slice")
MINUTES = 240
#: So long a person waits for a session to be written down, to be ready and to have ended.
ASKED_SECONDS, READY_SECONDS, ENDED_SECONDS = 120.0, 240.0, 240.0


class Person:
    """One of them. All waits end when the stage is over; DemoError says what did not come about."""

    def __init__(self, stage: Stage, auditor: Auditor, login: str, number: int) -> None:
        self.login = login
        self.token = str(stage.api.said("POST", f"users/{login}/tokens", {"note": "aif bench chaos"})[1]["token"])
        self.story: list[str] = []
        self._stage, self._auditor = stage, auditor
        self._profile = PROFILES[number % len(PROFILES)]

    def tell(self, line: str) -> None:
        """One more thing that happened to them."""
        self.story.append(line)

    # -- sessions ----------------------------------------------------------------------------------------------------

    def sessions(self) -> list[Record]:
        """All of theirs as the hub's database has them, the oldest first."""
        return [Record.of(kept) for kept in ours.sessions(self._stage.rig, self.login)]

    def now(self, record: Record) -> Record:
        """The same session as it is now."""
        return next((one for one in self.sessions() if one.session == record.session), record)

    def ready(self) -> Record:
        """A session that is ready: the one there is, or a new one."""
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self._stage.over.is_set():
            record = next((one for one in reversed(self.sessions()) if one.open), None) or self.asks()
            if self.settled(record).open:
                return record
        raise DemoError(f"{self.login} did not get a session within {READY_SECONDS:.0f} s.")

    def settled(self, record: Record) -> Record:
        """That session, once it is ready or has ended."""
        self.wait(lambda: self.now(record).step in ("ready", "ended"), f"{self.login}'s session")
        return self.now(record)

    def asks(self) -> Record:
        """A new session, written down: asked for again and again while hub or Slurm are away."""
        before = {one.session for one in self.sessions()}
        asked = {"profile": self._profile, "minutes": MINUTES}
        deadline = time.monotonic() + ASKED_SECONDS
        while True:
            status, said = self._stage.api.said("POST", f"users/{self.login}/server", asked)
            if new := [one for one in self.sessions() if one.session not in before]:
                return new[-1]
            if time.monotonic() > deadline or self._stage.over.is_set():
                raise DemoError(f"{self.login} asked in vain for a session: {status} {said.get('message', '')}")
            self._stage.pause(1)

    def stops(self) -> None:
        """Returns when their session, if there is one, has ended in the hub's database."""
        for record in self.sessions():
            if record.open:
                self._stops(record)

    def ended(self, record: Record) -> str:
        """Why it ended, once it has."""
        self.wait(lambda: not self.now(record).open, f"the end of {self.login}'s session {record.session[:8]}")
        return self.now(record).cause

    def job(self, record: Record) -> Job:
        """Its job, once Slurm has it."""
        found: list[Job] = []

        def there() -> bool:
            argv = ("squeue", "-h", "-a", "-t", "all", "-u", self.login, "-n", self._stage.job_name, "-o", FORM)
            jobs = read_jobs(self._stage.slurm(*argv)).values()
            found[:] = [job for job in jobs if job.session == record.session]
            return bool(found)

        self.wait(there, f"a job of {self.login}'s session", ASKED_SECONDS)
        return found[0]

    def servers(self, record: Record) -> list[int]:
        """The processes of its server, once there are some."""
        number = self.job(record).number
        found: list[int] = []

        def there() -> bool:
            found[:] = [pid for pid, job in processes_of_jobs(SERVER, self._stage.job_name).items() if job == number]
            return bool(found)

        self.wait(there, f"the process of {self.login}'s server", ASKED_SECONDS)
        return found

    def folder(self, record: Record) -> Path:
        """Its folder in their home."""
        return self.folders / record.session

    @property
    def folders(self) -> Path:
        """Where the folders of their sessions are."""
        return Path(pwd.getpwnam(self.login).pw_dir, ".aif/sessions")

    def wait(self, true: Callable[[], bool], what: str, seconds: float = ENDED_SECONDS) -> None:
        """Until that is true."""
        until(lambda: self._stage.over.is_set() or true(), what, seconds, 0.3)

    def _stops(self, record: Record) -> None:
        self._auditor.may_end(record.session, "stopped")
        self.wait(lambda: self._has_stopped(record), f"the end of {self.login}'s session")

    def _has_stopped(self, record: Record) -> bool:
        """Asks for it, again where that was not understood."""
        status, _ = self._stage.api.said("DELETE", f"aif/v1/sessions/{record.session}", token=self.token)
        if status == 202:
            for _ in range(50):
                if self._stage.over.is_set() or not self.now(record).open:
                    return True
                self._stage.pause(0.3)
        return not self.now(record).open
