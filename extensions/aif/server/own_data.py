"""What notebooks noted of files that their person brought (`aif.data.noted`), told to the hub for its audit log."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

from aif.data import noted
from aif.server.hub import Ask
from aif.server.progress import LOOK_SECONDS, TROUBLE_SECONDS

#: Of those that wait, so many are told in one turn.
MOST = 50
TAKEN, ODD = 204, 400

Sleep = Callable[[float], Awaitable[None]]
log = logging.getLogger("aif.own_data")


async def tell(ask: Ask, sleep: Sleep = asyncio.sleep) -> None:
    """For ever. One that the hub could not be told waits, for the next session of this person if need be."""
    while True:
        trouble = False
        try:
            for file in await asyncio.to_thread(waiting):
                trouble = not await _told(ask, file)
                if trouble:
                    break
        except OSError as fault:  # a disk that is away for a while
            log.warning("What files were brought cannot be read: %s", fault)
            trouble = True
        await sleep(TROUBLE_SECONDS if trouble else LOOK_SECONDS)


def waiting() -> list[Path]:
    """The oldest of those that wait."""
    try:
        found = [(file.stat().st_mtime_ns, file) for file in noted.folder().glob(f"*{noted.SUFFIX}")]
    except FileNotFoundError:  # one that another session of theirs has just told
        return []
    return [file for _, file in sorted(found)[:MOST]]


async def _told(ask: Ask, file: Path) -> bool:
    """Whether the hub has it now, or never will: one that is no such note is left out, and said so."""
    try:
        body = await asyncio.to_thread(file.read_bytes)
    except FileNotFoundError:
        return True
    status = (await ask("POST", "aif/v1/own-data", body=body)).status
    if status not in (TAKEN, ODD):
        return False
    if status == ODD:
        log.warning("The hub did not take what %s says of a file that was brought", file.name)
    with suppress(FileNotFoundError):
        await asyncio.to_thread(file.unlink)
    return True
