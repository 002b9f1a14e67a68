"""What people are told before a start, and when it began: on the start page, in a queue that is full and moves."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlencode

from aif_hub.bench import ours
from aif_hub.bench.rig import Rig, jobs, sbatch, until
from aif_hub.bench.visitor import Visitor
from aif_hub.demo.errors import DemoError
from aif_hub.estimates import CLOSE, NOW

#: What the people choose, in this order: each another size or length, so that each asks Slurm anew.
CHOICES = [
    *(("gpu", minutes) for minutes in (5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720)),
    *(("slice", minutes) for minutes in (5, 15, 30, 60, 90, 120)),
    *(("cpu", minutes) for minutes in (5, 15, 30, 60, 90, 120)),
]
WHOLE_GPUS = 12
#: The jobs before theirs are this long, in minutes, and end within their last seconds; one in three ends halfway.
BEFORE = (2, 3, 4)
_MOST_SECONDS = 420.0

Say = Callable[[str], None]


@dataclass(frozen=True)
class Told:
    """What one person was told as they asked, and what came of it; `begun` is None until it has started."""

    at: datetime
    expected: datetime
    begun: datetime | None = None

    @property
    def later(self) -> bool:
        """Whether that was a later time, and not that it can start now."""
        return self.expected - self.at > NOW


def fill(rig: Rig) -> None:
    """All whole GPUs are taken by jobs that end one after the other within the next minutes."""
    for number in range(WHOLE_GPUS):
        minutes = BEFORE[number % len(BEFORE)]
        seconds = 60 * minutes // (2 if number % 3 == number // 3 % 3 else 1) - 3
        options = ["--partition=gpu", "--gres=gpu:h100:1", "--mem=512M", f"--time={minutes}"]
        login = rig.people[-1 - number % 4]
        sbatch(rig, login, [f"--job-name={rig.job_name('fill')}", *options], f"#!/bin/bash\nexec sleep {seconds}\n")
    until(lambda: jobs(rig, "fill", "PENDING") == 0, "a full queue", 60)


async def ask_all(people: Sequence[Visitor], say: Say) -> None:
    """Each opens the start page with a choice in it, reads what it says, and presses Start."""
    for who, (profile, minutes) in zip(people, CHOICES, strict=False):
        wish = {"profile": profile, "minutes": str(minutes)}
        page = await who.ask(f"/hub/spawn?{urlencode(wish)}")
        for _ in range(10):
            said = json.loads((await who.ask(f"/hub/aif/estimate?{urlencode(wish)}")).body)
            if said["settled"]:
                break
            await asyncio.sleep(0.5)
        answer = await who.send(f"/hub/spawn/{who.login}", page, wish)
        if answer.code != 302:
            raise DemoError(f"{who.login} pressed Start and got status {answer.code}.")
    say(f"{len(CHOICES)} people have asked for a session after reading when it would start")


async def outcomes(rig: Rig, say: Say) -> tuple[int, int]:
    """How many were told a time, and how many of them started within two minutes of it, once all have started.

    Whoever has not started by two minutes after the time, when this gives up, was told wrong.
    """
    for _ in range(int(_MOST_SECONDS / 2)):
        found = _told(ours.database(rig))
        if all(one.begun is not None for one in found):
            break
        await asyncio.sleep(2)
    now = datetime.now().astimezone()
    tried, right = judged(found, now)
    late = ", ".join(f"{(one.begun - one.expected).total_seconds():+.0f}" for one in found if one.begun)
    say(f"{tried} were told a time and {right} started within two minutes of it (seconds: {late})")
    for what, kind in by_kind(found).items():
        of_kind, right_of_kind = judged(kind, now)
        say(f"  {of_kind} of them {what}: {right_of_kind} started within two minutes of it")
    return tried, right


def judged(found: Sequence[Told], now: datetime) -> tuple[int, int]:
    """How many of them can be judged `now`, and how many of those were right."""
    tried = [one for one in found if one.begun is not None or now - one.expected > CLOSE]
    return len(tried), sum(one.begun is not None and abs(one.begun - one.expected) <= CLOSE for one in tried)


def by_kind(found: Sequence[Told]) -> dict[str, list[Told]]:
    """Those that were told a start at once, and apart those that were told a later time, as the start page has them."""
    return {
        "that it can start now": [one for one in found if not one.later],
        "a later time": [one for one in found if one.later],
    }


def _told(database: Path) -> list[Told]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    query = "select e.told_at, e.starts_at, s.data from aif_estimates e join aif_sessions s on s.session = e.session"
    try:
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    found = []
    for told_at, expected, data in rows:
        session = json.loads(data)
        # The look's own time is written down with the next change; a stand-in answers within two seconds of it.
        begun = session.get("started_at") or session.get("ready_at")
        moments = (datetime.fromisoformat(told_at), datetime.fromisoformat(expected))
        found.append(Told(*moments, datetime.fromisoformat(begun) if begun else None))
    return found
