"""How far this person is in the site's tutorials: counted in their home, told to the hub when it changes; counts alone.

What they tried, which hints they saw and how long it took stay in the home (`aif.learn.kept`).
"""

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from aif.learn import kept
from aif.learn.kept import Course
from aif.server import tutorials
from aif.server.hub import Ask

#: How often it is seen whether something was done, and how long a hub that does not answer is left alone.
LOOK_SECONDS, TROUBLE_SECONDS = 2.0, 30.0
#: The most that the hub takes of one tutorial.
MOST_EXERCISES = 100
TAKEN = 204

Sleep = Callable[[float], Awaitable[None]]
log = logging.getLogger("aif.progress")


async def tell(ask: Ask, source: Path, target: Path, sleep: Sleep = asyncio.sleep) -> None:
    """For ever: of the tutorials in `source`, of which the person has copies in `target`."""
    told, seen = b"", ""
    while True:
        seconds = LOOK_SECONDS
        try:
            mark = await asyncio.to_thread(_mark, target)
            if mark != seen:
                body = await asyncio.to_thread(report, source, target)
                if body is not None and body != told:
                    status = (await ask("POST", "aif/v1/tutorials", body=body)).status
                    if not 200 <= status < 500:
                        mark, seconds = seen, TROUBLE_SECONDS
                    elif status == TAKEN:
                        told = body
                    else:
                        log.warning("The hub did not take how far this person is: %s", status)
                seen = mark
        except OSError as fault:  # a disk that is away for a while
            log.warning("How far this person is cannot be read: %s", fault)
            seconds = TROUBLE_SECONDS
        await sleep(seconds)


def report(source: Path, target: Path) -> bytes | None:
    """What the hub is told; None where there is something in the home that cannot be read, and so nothing is known."""
    file = kept.place()
    if file.exists() and file.stat().st_size and not kept.courses(file):
        return None
    sites = {each.stem for each in source.glob("[0-9][0-9]_*.py")}  # a tutorial of the person's own is their own affair
    courses = sorted(kept.courses(file).items())
    return json.dumps({"tutorials": [_counts(name, one, target) for name, one in courses if name in sites]}).encode()


def where(name: str, target: Path) -> dict[str, int | None]:
    """Where the person is in tutorial `name`, of which they have a copy in `target`.

    `exercise` is the first that is not done, None as long as none was tried (opening it is no place in it) and when
    all are done; beside it how many there are, and how many are done.
    """
    course = kept.courses().get(name)
    tried = {number: one.state for number, one in course.exercises.items() if one.state != "todo"} if course else {}
    numbers = _exercises(target / f"checks/{name}.json") or set(tried)
    left = {number for number in numbers if tried.get(number) != "done"}
    return {
        "exercise": min(left) if left and tried else None,
        "exercises": len(numbers),
        "done": len(numbers - left),
    }


# Below: the parts -----------------------------------------------------------------------------------------------------


def _counts(name: str, course: Course, target: Path) -> dict[str, object]:
    numbers = _exercises(target / f"checks/{name}.json") or set(course.exercises)
    done = sum(course.exercises[number].state == "done" for number in numbers & set(course.exercises))
    return {
        "name": name,
        "exercises": min(len(numbers), MOST_EXERCISES),
        "done": min(done, MOST_EXERCISES),
        "seen_at": course.seen_at,
        "newer": tutorials.newer(target, name),
    }


def _exercises(companion: Path) -> set[int]:
    """The numbers of a tutorial's exercises, from what was brought with it; none where that is not there."""
    try:
        return {int(number) for number in json.loads(companion.read_text(encoding="utf-8"))["exercises"]}
    except (OSError, ValueError, KeyError, TypeError):
        return set()


def _mark(target: Path) -> str:
    """Another one whenever something was done, or the site's tutorials came anew."""
    return " ".join(_changed(file) for file in (kept.place(), target / tutorials.RECORD))


def _changed(file: Path) -> str:
    try:
        found = file.stat()
    except FileNotFoundError:
        return "none"
    return f"{found.st_mtime_ns}.{found.st_size}"
