"""A person's progress, in a private file of their home: who reads it is theirs to say.

It is a help, not a duty: where it cannot be written, exercises go on, and the sentence says that nothing was kept.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aif.server import private

#: A pause between two acts counts as at most this many seconds of work.
PAUSE = 15 * 60


@dataclass(frozen=True)
class Attempt:
    """One exercise of one person."""

    tries: int = 0
    hints: int = 0  # the most that were seen
    solution: bool = False  # it was shown, before or after the right answer
    done_at: str = ""  # ISO time with its zone; empty until the answer was right
    alone: bool = False  # right before the solution was shown

    @property
    def state(self) -> str:
        """``todo``, ``working`` or ``done``."""
        return "done" if self.done_at else "working" if self.tries or self.hints or self.solution else "todo"


@dataclass(frozen=True)
class Course:
    """One tutorial of one person; `seconds` adds up the time between their acts, long pauses cut short."""

    begun_at: str
    seen_at: str
    seconds: float = 0.0
    exercises: Mapping[int, Attempt] = field(default_factory=dict)


def place() -> Path:
    """Where the progress of who runs this is kept."""
    return private.data() / "progress.json"


def courses(file: Path | None = None) -> dict[str, Course]:
    """What is kept, by tutorial; nothing where there is no file yet, or none that can be read."""
    try:
        kept = json.loads((file or place()).read_text(encoding="utf-8"))
        return {name: _course(told) for name, told in kept["tutorials"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def change(name: str, number: int | None, how: Callable[[Attempt], Attempt], now: datetime | None = None) -> str:
    """Keeps that something was done in tutorial `name`, exercise `number`; empty, or why it could not be kept."""
    file, moment = place(), (now or datetime.now(UTC)).replace(microsecond=0)
    try:
        with _alone(file):
            known = courses(file)
            if not known and file.exists() and file.stat().st_size:
                _set_aside(file)
            course = _seen(known.get(name), moment)
            if number is not None:
                done = {**course.exercises, number: how(course.exercises.get(number, Attempt()))}
                course = replace(course, exercises=done)
            private.write(file, _written({**known, name: course}))
    except OSError as fault:
        return fault.strerror or str(fault)
    return ""


# Below: the parts -----------------------------------------------------------------------------------------------------


def _seen(course: Course | None, moment: datetime) -> Course:
    now = moment.isoformat()
    if course is None:
        return Course(begun_at=now, seen_at=now)
    passed = (moment - datetime.fromisoformat(course.seen_at)).total_seconds()
    return replace(course, seen_at=now, seconds=course.seconds + min(max(passed, 0.0), PAUSE))


def _course(told: Mapping[str, Any]) -> Course:
    exercises = {int(number): Attempt(**attempt) for number, attempt in told["exercises"].items()}
    for moment in (told["begun_at"], told["seen_at"]):
        datetime.fromisoformat(moment)
    return Course(**{**told, "seconds": float(told["seconds"]), "exercises": exercises})


def _written(known: Mapping[str, Course]) -> bytes:
    return json.dumps({"version": 1, "tutorials": {name: asdict(known[name]) for name in known}}, indent=1).encode()


def _set_aside(file: Path) -> None:
    """Keeps a file that cannot be read under another name, since somebody may mend it."""
    private.write(file.with_suffix(".unreadable.json"), file.read_bytes())


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """One at a time, since two notebooks are two kernels; where the file system knows no locks, without."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        with suppress(OSError):  # the write is whole in any case
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
