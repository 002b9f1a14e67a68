"""Something that is done again and again while the hub runs, whatever goes wrong in one of its turns."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from sqlalchemy.exc import SQLAlchemyError

from aif_hub.warnings.record import EventRecord


async def rounds(
    turn: Callable[[], Awaitable[None]], seconds: float, record: EventRecord, log: logging.Logger, failed: str
) -> None:
    """Takes a turn for ever, with `seconds` between them; one that fails is logged and no reason to end."""
    while True:
        try:
            await turn()
        except SQLAlchemyError as error:
            log.warning("the database cannot be asked: %s", error)
            record.give_up()
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)
