"""Compares the three books over and over: what differs for too long, or can never be right, is counted once."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial

from aif_hub.bench.chaos.books import REFUSED, Books, Job, Record

#: So long the books may differ.
PATIENCE_SECONDS = 30.0
COUNTS = ("lost", "orphans", "doubles", "healthy_cancelled", "untrue_over_30s")
#: Causes of an end, and ways to ask for one, after which Slurm may rightly say CANCELLED.
_CANCELLING = frozenset({"stopped", "cancelled", "preempted", "never started"})
#: "pending" is for a hub with one word for all that comes before ready.
_SHOWN_BEFORE = frozenset({"written", "submitted", "waiting", "stopping", "pending"})
_SHOWN_RUNNING = frozenset({"starting", "ready", "silent", "stopping", "pending"})
_SHOWN_PAUSED = frozenset({"paused", "stopping", "pending"})

Key = tuple[str, str, float, bool]


@dataclass(frozen=True)
class Wrong:
    """Something that is wrong if it lasts longer than `patience` seconds. `subject` is a session, job or process.

    `shown` is true of what only the hub's page can tell, and `judged` is not where nobody can be held to it just now.
    """

    count: str
    subject: str
    login: str
    text: str
    patience: float = PATIENCE_SECONDS
    shown: bool = False
    judged: bool = True

    @property
    def key(self) -> Key:
        """What makes it the same as a moment ago."""
        return self.count, self.subject, self.patience, self.shown


@dataclass
class Clock:
    """For how long that has been wrong, without what lies next to a look that could not judge it."""

    wrong: Wrong
    seconds: float = 0.0
    judged_at: float | None = None  # by the last look; None where that could not judge it

    def told(self, wrong: Wrong, at: float) -> Clock:
        """The same after one more look, at `at`."""
        more = at - self.judged_at if wrong.judged and self.judged_at is not None else 0.0
        return Clock(wrong, self.seconds + more, at if wrong.judged else None)

    @property
    def late(self) -> bool:
        """Whether it has lasted too long."""
        return not self.wrong.patience or self.seconds > self.wrong.patience


@dataclass
class Auditor:
    """Told by the lanes what they do, and by one reader what the books say; from several threads."""

    found: list[Wrong] = field(default_factory=list)
    latest: Books | None = None  # the last look
    longest_pause: float = 0.0  # between two looks
    _clocks: dict[Key, Clock] = field(default_factory=dict)  # of what was wrong when last judged
    _counted: set[Key] = field(default_factory=set)
    _may_end: dict[str, set[str]] = field(default_factory=dict)
    _excused: Counter[str] = field(default_factory=Counter)  # sessions and people that need not have a job
    _away: Counter[str] = field(default_factory=Counter)  # what keeps the hub from asking Slurm
    _hubless: Counter[str] = field(default_factory=Counter)  # what has ended the hub
    _known: dict[str, Record] = field(default_factory=dict)
    _jobs: dict[str, set[int]] = field(default_factory=dict)
    _quiet: dict[str, float] = field(default_factory=dict)  # when nothing was known to be wrong with each person
    _agreed: dict[str, float] = field(default_factory=dict)  # and all of it could be judged
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def may_end(self, session: str, *causes: str) -> None:
        """From now on it may end by one of these."""
        with self._lock:
            self._may_end.setdefault(session, set()).update(causes)

    @contextmanager
    def excused(self, who: str) -> Iterator[None]:
        """Meanwhile that session, or that person's, need not have a job, and nobody asks why it ended."""
        with self._held(self._excused, who):
            yield

    @contextmanager
    def without_slurm(self, what: str) -> Iterator[None]:
        """Meanwhile the hub cannot know what Slurm does: it may say so, and is not held to anything else."""
        with self._held(self._away, what):
            yield

    @contextmanager
    def without_hub(self, what: str) -> Iterator[None]:
        """Meanwhile there is no hub, or it is not yet itself: nobody submits anything."""
        with self._held(self._hubless, what):
            yield

    def is_excused(self, record: Record) -> bool:
        """Whether something is being done to it."""
        with self._lock:
            return self._is_excused(record)

    def may_have_ended(self, record: Record) -> bool:
        """Whether something was done by which it ends, though its book may not say so yet."""
        with self._lock:
            return bool(self._may_end.get(record.session))

    def agree(self, since: float, login: str = "") -> bool:
        """Whether a look after `since` could judge all that bears on that person, and what was wrong is counted.

        Of everybody no more is asked than that nothing uncounted is known to be wrong: what happens to hub and Slurm
        next takes nothing back, while a person may stop the very session.
        """
        with self._lock:
            if login:
                return self._agreed.get(login, float("-inf")) > since
            return all(at > since for at in self._quiet.values())

    @property
    def judges(self) -> bool:
        """Whether the last look could tell what is true."""
        with self._lock:
            return self.latest is not None and not self._is_away(self.latest)

    def differing(self, login: str = "") -> list[str]:
        """What is wrong now, counted or not, in words."""
        with self._lock:
            lasting = [clock.wrong for clock in self._clocks.values() if clock.wrong.patience]
            return [one.text for one in lasting if login in ("", one.login)]

    def counts(self) -> dict[str, int]:
        """How many of each kind."""
        with self._lock:
            return {name: sum(one.count == name for one in self.found) for name in COUNTS}

    def seen(self, books: Books) -> list[Wrong]:
        """What this look adds to the counts. What it could not judge keeps the time that it had before."""
        with self._lock:
            if self.latest is not None:
                self.longest_pause = max(self.longest_pause, books.at - self.latest.at)
            self.latest = books
            wrong = {one.key: one for one in self._wrong(books)}
            for key, clock in self._clocks.items():
                if key not in wrong and self._is_blind(books, clock.wrong):
                    wrong[key] = replace(clock.wrong, judged=False)
            known = {key: one for key, one in wrong.items() if one.judged or key in self._clocks}
            self._clocks = {key: self._clocks.get(key, Clock(one)).told(one, books.at) for key, one in known.items()}
            late = {key for key, clock in self._clocks.items() if clock.late}
            added = [self._clocks[key].wrong for key in sorted(late - self._counted)]
            # What must never be is counted once for each subject, and what lasts too long once for each time.
            self._counted = late | {key for key in self._counted if key in self._clocks or not key[2]}
            self.found += added
            self._note_agreement(books)
            return added

    def _note_agreement(self, books: Books) -> None:
        differing = {clock.wrong.login for key, clock in self._clocks.items() if key not in self._counted}
        unseen = {record.login for record in books.records.values() if record.open} - books.shown.keys()
        for login in {record.login for record in books.records.values()}:
            self._quiet.setdefault(login, float("-inf"))
            if login not in differing:
                self._quiet[login] = books.at
                if login not in unseen and not self._is_away(books):
                    self._agreed[login] = books.at

    def _is_away(self, books: Books) -> bool:
        """Whether Slurm cannot be asked, by us or by the hub."""
        return books.jobs is None or any(self._away.values())

    def _is_blind(self, books: Books, one: Wrong) -> bool:
        """Whether this look cannot tell if that has come right."""
        return books.jobs is None or (one.shown and (self._is_away(books) or one.login not in books.shown))

    @contextmanager
    def _held(self, where: Counter[str], what: str) -> Iterator[None]:
        with self._lock:
            where[what] += 1
        try:
            yield
        finally:
            with self._lock:
                where[what] -= 1

    def _wrong(self, books: Books) -> Iterator[Wrong]:
        jobs = books.jobs or {}
        for job in jobs.values():
            self._jobs.setdefault(job.session, set()).add(job.number)
        yield from self._of_records(books)
        yield from self._of_jobs(books)
        if books.jobs is not None:
            yield from self._of_servers(books)
        if not self._is_away(books):
            for record in books.records.values():
                yield from self._of_shown(books, record)

    def _of_records(self, books: Books) -> Iterator[Wrong]:
        for session, before in self._known.items():
            if session not in books.records:
                yield Wrong("lost", session, before.login, f"{before.login}: the record of {session} is gone", 0)
        self._known.update(books.records)
        open_servers: dict[tuple[str, str], str] = {}
        for record in books.records.values():
            whose, may = f"{record.login}: session {record.session[:8]}", self._may_end.get(record.session, set())
            if not record.open:
                if record.cause == REFUSED or (not may and self._is_excused(record)):
                    continue
                if not may:
                    cause = record.cause or "without a word why"
                    yield Wrong("lost", record.session, record.login, f"{whose} ended, {cause}, by nothing", 0)
                elif record.cause is not None and record.cause not in may:
                    text = f"{whose} is told to have ended, {record.cause}, and could by {', '.join(sorted(may))}"
                    yield Wrong("untrue_over_30s", record.session, record.login, text, 0)
                continue
            if open_servers.setdefault((record.login, record.server), record.session) != record.session:
                yield Wrong("doubles", record.session, record.login, f"{whose} is not the only open one", 0)
            if books.jobs is not None and not self._jobs.get(record.session):
                held_up = self._is_excused(record) or self._is_away(books) or any(self._hubless.values())
                yield Wrong("lost", record.session, record.login, f"{whose} has no job", judged=not held_up)

    def _of_jobs(self, books: Books) -> Iterator[Wrong]:
        for session, numbers in self._jobs.items():
            if len(numbers) > 1:
                whose = books.records[session].login if session in books.records else "somebody"
                text = f"{whose}: session {session[:8]} has the jobs {', '.join(map(str, sorted(numbers)))}"
                yield Wrong("doubles", session, whose, text, 0)
        for job in (books.jobs or {}).values():
            record, name = books.records.get(job.session), f"{job.login}: job {job.number}"
            if not job.ended and (record is None or not record.open):
                yield Wrong("orphans", str(job.number), job.login, f"{name} has no open session")
            may = self._may_end.get(job.session, set())
            if job.word == "CANCELLED" and not may & _CANCELLING:
                yield Wrong(
                    "healthy_cancelled", str(job.number), job.login, f"{name} was cancelled by nobody's wish", 0
                )

    def _of_servers(self, books: Books) -> Iterator[Wrong]:
        jobs = books.jobs or {}
        for process, number in books.servers.items():
            job = jobs.get(number)
            if job is None or job.ended:
                login = job.login if job else "somebody"
                yield Wrong("orphans", f"p{process}", login, f"{login}: process {process} outlives job {number}")

    def _of_shown(self, books: Books, record: Record) -> Iterator[Wrong]:
        shown, job = books.shown.get(record.login), _job_of(books, record)
        if shown is None:
            return
        state, whose = shown.get(record.session), f"{record.login}: session {record.session[:8]}"
        untrue = partial(Wrong, "untrue_over_30s", record.session, record.login, shown=True)
        if not record.open:
            if state is not None:
                yield untrue(text=f"{whose} is shown as {state} and has ended")
            return
        if state is None:
            yield Wrong("lost", record.session, record.login, f"{whose} is open and not shown", shown=True)
            return
        told, judged = f"{whose} is shown as {state}", not self._is_excused(record)
        truth = job.state if job else "not there"
        if state == "unknown":
            yield untrue(text=f"{told} while Slurm can be asked", judged=judged)
        elif not _is_true(state, job):
            yield untrue(text=f"{told} and its job is {truth}")
        elif state == "silent" and books.answers.get(record.session, False):
            yield untrue(text=f"{told} and answers")
        elif state != "silent" and truth == "RUNNING" and not books.answers.get(record.session, True):
            yield untrue(text=f"{told} and does not answer")

    def _is_excused(self, record: Record) -> bool:
        return bool(self._excused[record.session] or self._excused[record.login])


def _job_of(books: Books, record: Record) -> Job | None:
    jobs = books.jobs or {}
    if record.job is not None and record.job in jobs:
        return jobs[record.job]
    return next((job for job in jobs.values() if job.session == record.session), None)


def _is_true(state: str, job: Job | None) -> bool:
    """Whether a session may be shown as that while its job is what it is."""
    if job is None or job.waits:
        return state in _SHOWN_BEFORE
    return job.runs and state in (_SHOWN_PAUSED if job.paused else _SHOWN_RUNNING)
