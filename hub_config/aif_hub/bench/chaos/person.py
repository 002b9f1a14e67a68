"""Somebody at the hub of `aif bench chaos`, who starts, waits and stops, and remembers how it went."""

from __future__ import annotations

import pwd
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from aif_hub.bench.chaos.auditor import Auditor
from aif_hub.bench.chaos.books import Books, Job, Record
from aif_hub.bench.chaos.stage import Stage
from aif_hub.bench.rig import until
from aif_hub.demo.errors import DemoError

#: What people choose, in turn.
PROFILES = ("cpu", "slice", "cpu", "cpu", "gpu", "slice")
MINUTES = 240
#: So long a person waits for a session to be written down, to be ready and to have ended.
ASKED_SECONDS, READY_SECONDS, ENDED_SECONDS = 120.0, 240.0, 240.0

Found = TypeVar("Found")


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

    def sessions(self) -> Sequence[Record]:
        """All of theirs as the hub's database has them, the oldest first."""
        return self._stage.subject.sessions(self.login)

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
        deadline = time.monotonic() + ASKED_SECONDS
        while True:
            status, said = self._stage.subject.asked(self.login, self._profile, MINUTES)
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

    def ended(self, record: Record, seconds: float = ENDED_SECONDS) -> str:
        """Why it ended, once it has; that it has not, when it should have `seconds` ago: the auditor judges that."""
        try:
            self.wait(lambda: not self.now(record).open, "its end", seconds)
        except DemoError:
            return f"not ended within {seconds:.0f} s"
        return self.now(record).cause or "ended"

    def job(self, record: Record) -> Job:
        """Its job, once a look has shown it in Slurm's queue."""

        def found(books: Books) -> list[Job]:
            return [job for job in (books.jobs or {}).values() if job.session == record.session]

        return self._looked(found, f"a job of {self.login}'s session")[0]

    def servers(self, record: Record) -> list[int]:
        """The processes of its server, once a look has shown some."""
        number = self.job(record).number

        def found(books: Books) -> list[int]:
            return [process for process, job in books.servers.items() if job == number]

        return self._looked(found, f"the process of {self.login}'s server")

    def sees_ends(self, since: float) -> None:
        """Returns when a look after `since` shows no job of theirs that is at its end while its session is open.

        What ended it is the hub's to say: they stop nothing.
        """

        def none_ending() -> bool:
            books = self._auditor.latest
            if books is None or books.at <= since or books.jobs is None:
                return False
            ending = {job.session for job in books.jobs.values() if job.ended or job.word == "COMPLETING"}
            return not any(record.open and record.session in ending for record in self.sessions())

        self.wait(none_ending, f"the end of {self.login}'s session", ASKED_SECONDS)

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

    def _looked(self, found: Callable[[Books], list[Found]], what: str) -> list[Found]:
        """What that finds in the last look, or a later one: fifty people who each asked would be most of the load."""
        seen: list[Found] = []

        def there() -> bool:
            seen[:] = found(self._auditor.latest) if self._auditor.latest else []
            return bool(seen)

        self.wait(there, what, ASKED_SECONDS)
        if not seen:
            raise DemoError(f"The run is over, and there is not yet {what}.")
        return seen

    def _stops(self, record: Record) -> None:
        self._auditor.may_end(record.session, "stopped")
        self.wait(lambda: self._has_stopped(record), f"the end of {self.login}'s session")

    def _has_stopped(self, record: Record) -> bool:
        """Asks for it, again where that was not understood."""
        if self._stage.subject.stop_asked(record, self.token):
            for _ in range(50):
                if self._stage.over.is_set() or not self.now(record).open:
                    return True
                self._stage.pause(0.3)
        return not self.now(record).open
