"""What people are told before a start, and when it began: on the start page, in a queue that is full and moves."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

from aif_hub.bench import ours
from aif_hub.bench.rig import Rig, jobs, sbatch, until
from aif_hub.bench.visitor import Visitor
from aif_hub.demo.errors import DemoError

#: What the people choose, in this order: each another size or length, so that each asks Slurm anew.
CHOICES = [
    *(("gpu", minutes) for minutes in (5, 15, 30, 60, 90, 120, 180, 240, 360, 480, 720)),
    *(("slice", minutes) for minutes in (5, 15, 30, 60, 90, 120)),
    *(("cpu", minutes) for minutes in (5, 15, 30, 60, 90, 120)),
]
CLOSE = timedelta(minutes=2)
WHOLE_GPUS = 12
#: The jobs before theirs are this long, in minutes, and end within their last seconds; one in three ends halfway.
BEFORE = (2, 3, 4)
_MOST_SECONDS = 420.0

Say = Callable[[str], None]


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
        found = _told_and_begun(ours.database(rig))
        if all(begun is not None for _, begun in found):
            break
        await asyncio.sleep(2)
    tried, right = judged(found, datetime.now().astimezone())
    late = ", ".join(f"{(begun - told).total_seconds():+.0f}" for told, begun in found if begun)
    say(f"{tried} were told a time and {right} started within two minutes of it (seconds: {late})")
    return tried, right


def judged(found: Sequence[tuple[datetime, datetime | None]], now: datetime) -> tuple[int, int]:
    """Of pairs of the time that was told and the start: how many can be judged `now`, and how many were right."""
    tried = [(told, begun) for told, begun in found if begun is not None or now - told > CLOSE]
    return len(tried), sum(begun is not None and abs(begun - told) <= CLOSE for told, begun in tried)


def _told_and_begun(database: Path) -> list[tuple[datetime, datetime | None]]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)
    query = "select e.starts_at, s.data from aif_estimates e join aif_sessions s on s.session = e.session"
    try:
        rows = connection.execute(query).fetchall()
    finally:
        connection.close()
    sessions = [json.loads(data) for _, data in rows]
    # The look's own time is written down with the next change; a stand-in answers within two seconds of it.
    begun = [session.get("started_at") or session.get("ready_at") for session in sessions]
    return [
        (datetime.fromisoformat(told), datetime.fromisoformat(at) if at else None)
        for (told, _), at in zip(rows, begun, strict=True)
    ]
