"""The hub's side of the launcher: typed calls, one JSON object each way, and three endings.

One launcher runs while it is asked things (`conversation.py`): sudo and a Python start took 40 ms of processor time for
each call, which is most of what a class of forty waits for when it presses Start in the same minute.

A call gives its result, or raises `LaunchRefused` (a clear no: nothing was submitted), or `LaunchUnknown` (no usable
answer: a job may or may not exist). After `LaunchUnknown` the session stays written down, and asking again with the
same session is always safe: the launcher answers with the job that exists.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from weakref import WeakValueDictionary

from aif.core.errors import LaunchRefused, LaunchUnknown
from aif_hub import metrics
from aif_hub.conversation import Conversation, ConversationOver

SUBMIT_SECONDS = 160.0  # more than the launcher allows itself, so that its own words arrive
OTHER_SECONDS = 90.0
# What the launcher may refuse with; every other code means that nothing is known.
_REFUSALS = frozenset({"refused", "home", "sbatch"})


@dataclass(frozen=True)
class Submitted:
    """A session's job; `adopted` when it was there already and the files of this call were not used."""

    job_id: int
    adopted: bool


@dataclass(frozen=True)
class StartEstimate:
    """When Slurm thinks such a job would start (None: no estimate), and what it said."""

    starts_at: datetime | None
    message: str


class Launcher:
    """Calls the launcher, a few at a time.

    `command` is its argv, such as `["sudo", "-n", "/opt/aif/demo/libexec/aif-launch"]`. At most `at_once` submissions
    are in flight, one for each person: a home that hangs takes one place and not all.
    """

    def __init__(self, command: Sequence[str], at_once: int = 4) -> None:
        self._command = tuple(command)
        self._submissions = asyncio.Semaphore(at_once)
        self._others = asyncio.Semaphore(2 * at_once)
        self._beginning = asyncio.Lock()
        self._talk: Conversation | None = None
        self._person_locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def submit(
        self, *, login: str, session: str, server: str, job: Mapping[str, Any], files: Mapping[str, str]
    ) -> Submitted:
        """The job of `session`, submitted now or found; `job` is `JobRequest.launcher_job()`, `files` are the four."""
        request = {"verb": "submit", "login": login, "session": session, "server": server}
        async with self._turn(login):
            answer = await self._ask({**request, "job": dict(job), "files": dict(files)}, SUBMIT_SECONDS)
        job_id, adopted = answer.get("job_id"), answer.get("adopted")
        if type(job_id) is not int or job_id < 1 or type(adopted) is not bool:
            raise _garbage()
        return Submitted(job_id, adopted)

    async def find(self, *, login: str, session: str) -> int | None:
        """The job of `session`, or None when none was ever submitted. Waits for a submission that is on its way."""
        async with self._others:
            answer = await self._ask({"verb": "find", "login": login, "session": session}, SUBMIT_SECONDS)
        job_id = answer.get("job_id", False)
        if job_id is not None and (type(job_id) is not int or job_id < 1):
            raise _garbage()
        return job_id

    async def estimate(self, *, login: str, job: Mapping[str, Any]) -> StartEstimate:
        """When `job` would start. Each call uses up a job id, so callers remember the answer for a while."""
        async with self._others:
            answer = await self._ask({"verb": "estimate", "login": login, "job": dict(job)}, OTHER_SECONDS)
        starts_at, message = answer.get("starts_at"), answer.get("message")
        if not isinstance(message, str) or not isinstance(starts_at, str | None):
            raise _garbage()
        try:
            return StartEstimate(datetime.fromisoformat(starts_at).astimezone() if starts_at else None, message)
        except ValueError:
            return StartEstimate(None, message)

    async def cancel(self, *, login: str, job_ids: Sequence[int]) -> tuple[int, ...]:
        """The jobs of these that are cancelled or no jobs any more; those of other people are left out."""
        async with self._others:
            answer = await self._ask({"verb": "cancel", "login": login, "job_ids": list(job_ids)}, OTHER_SECONDS)
        cancelled = answer.get("cancelled")
        if not isinstance(cancelled, list) or any(type(job_id) is not int for job_id in cancelled):
            raise _garbage()
        return tuple(cancelled)

    async def log_tail(self, *, login: str, session: str) -> tuple[str, ...]:
        """The last lines of the session's log, without control characters; empty when there is none."""
        async with self._others:
            answer = await self._ask({"verb": "log", "login": login, "session": session}, OTHER_SECONDS)
        lines = answer.get("lines")
        if not isinstance(lines, list) or not all(isinstance(line, str) for line in lines):
            raise _garbage()
        return tuple(lines)

    async def clean(self, *, login: str, session: str) -> None:
        """Remove the keys and the token of an ended session from the person's home; the log stays for 30 days."""
        async with self._others:
            await self._ask({"verb": "clean", "login": login, "session": session}, OTHER_SECONDS)

    async def close(self) -> None:
        """Returns when no launcher runs any more; the next call would start one."""
        if self._talk:
            self._talk.end()
            await self._talk.ended()

    @asynccontextmanager
    async def _turn(self, login: str) -> AsyncIterator[None]:
        lock = self._person_locks.setdefault(login, asyncio.Lock())
        async with lock, self._submissions:
            yield

    async def _ask(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        began, outcome = time.monotonic(), "unknown"
        try:
            answer = await self._answered(request, seconds)
            outcome = "ok"
        except LaunchRefused:
            outcome = "refused"
            raise
        finally:
            metrics.LAUNCHER_CALLS.labels(request["verb"], outcome).observe(time.monotonic() - began)
        return answer

    async def _answered(self, request: Mapping[str, Any], seconds: float) -> dict[str, Any]:
        question = json.dumps(request).encode()
        talk = None
        try:
            async with asyncio.timeout(seconds):
                talk = await self._conversation()
                return _answer(await talk.ask(question))
        except TimeoutError:
            if talk:  # perhaps all of it hangs: it answers who still waits, and the next question goes to another
                talk.end()
            raise LaunchUnknown(f"The launcher had no answer within {seconds:.0f} s.") from None
        except OSError as error:
            raise LaunchUnknown(f"The launcher could not be started: {error.strerror}.") from error
        except ConversationOver as error:
            raise LaunchUnknown(f"The launcher gave no usable answer: {error or 'it said nothing'}.") from error

    async def _conversation(self) -> Conversation:
        """With the launcher that runs, or with a new one."""
        async with self._beginning:
            if self._talk is None or self._talk.over:
                self._talk = await Conversation.begin(self._command)
            return self._talk


def _answer(out: bytes) -> dict[str, Any]:
    try:
        answer = json.loads(out)
    except ValueError:
        raise _garbage() from None
    if not isinstance(answer, dict):
        raise _garbage()
    error = answer.get("error")
    if error is None:
        return answer
    if not isinstance(error, dict):
        raise _garbage()
    code, message = error.get("code"), str(error.get("message"))
    if code in _REFUSALS:
        raise LaunchRefused(code, message)
    raise LaunchUnknown(message)


def _garbage() -> LaunchUnknown:
    return LaunchUnknown("The launcher's answer does not fit the question.")
