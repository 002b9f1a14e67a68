"""What Slurm says of this session's workers, brought from the hub to the clusters in its kernels.

A kernel holds no token of the hub's. A cluster that wants to know writes a number into a file in its own folder, which
its person alone may enter, and finds the answer to it in another. One that is to end, as its person asked the hub,
finds that, too.
"""

import asyncio
import json
import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aif.core.clusters import ANSWER, STOP, WANTED, Wanted, label
from aif.server import private
from aif.server.hub import Ask

#: How often it is seen whether a cluster wants to know, and how long a hub that does not answer is left alone.
LOOK_SECONDS, TROUBLE_SECONDS = 1.0, 10.0
OK = 200

Sleep = Callable[[float], Awaitable[None]]


@dataclass(frozen=True)
class Told:
    """What the hub says: the workers of the session, and the clusters that are to end, by their labels."""

    jobs: list[object]
    end: frozenset[str]


async def bring(ask: Ask, session: str, above: Path, sleep: Sleep = asyncio.sleep) -> None:
    """For ever, for the clusters of `session` that have a folder in `above`."""
    answered: dict[Path, int] = {}
    while True:
        wanted = await asyncio.to_thread(asked, above, session)
        new = {folder: number for folder, number in wanted.items() if answered.get(folder) != number}
        seconds = LOOK_SECONDS
        if new:
            told = await _fresh(ask, session)
            if told is None:
                seconds = TROUBLE_SECONDS  # meanwhile each cluster asks Slurm itself
            else:
                await asyncio.to_thread(_write, new, told)
                answered = {folder: number for folder, number in answered.items() if folder in wanted} | new
        await sleep(seconds)


def asked(above: Path, session: str) -> dict[Path, int]:
    """The folders of clusters of `session` that want to know, and the number of each one's question."""
    found = {}
    try:
        folders = [entry for entry in os.scandir(above) if entry.is_dir(follow_symlinks=False)]
    except OSError:  # nobody has made a cluster yet
        return {}
    for folder in folders:
        try:
            wanted = Wanted.parse(Path(folder.path, WANTED).read_bytes()[:200])
        except (OSError, ValueError):
            continue
        if wanted.session == session:
            found[Path(folder.path)] = wanted.number
    return found


async def _fresh(ask: Ask, session: str) -> Told | None:
    """The workers as Slurm showed them after this was called; None where the hub or Slurm did not say."""
    answer = await ask("GET", f"aif/v1/jobs?session={session}")
    if answer.status != OK:
        return None
    try:
        told = json.loads(answer.body)
        jobs = list(told["jobs"])
        end = frozenset(one for one in told.get("to_end", ()) if isinstance(one, str))  # an older hub tells of none
        return Told(jobs, end) if told["fresh"] is True else None
    except (ValueError, KeyError, TypeError):
        return None


def _write(folders: dict[Path, int], told: Told) -> None:
    for folder, number in folders.items():
        try:
            private.write(folder / ANSWER, json.dumps({"number": number, "jobs": told.jobs}).encode())
            if label(folder) in told.end:
                private.write(folder / STOP, b"")
        except OSError:  # the cluster has closed meanwhile, or the disk is full: it asks Slurm itself
            continue
