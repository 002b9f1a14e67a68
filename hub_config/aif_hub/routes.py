"""A proxy that was away: the hub takes from it the routes of servers that ended, and tells it the others, in seconds.

One that began anew has no routes at all. JupyterHub would find that out at its next round, minutes later.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from tornado.httpclient import HTTPClientError

from aif_hub.letting_go import finish

log = logging.getLogger("aif.routes")

#: Seconds between two looks at what the proxy knows.
LOOK_SECONDS = 5.0


async def keep(settings: dict[str, Any]) -> None:
    """Looks for ever. `settings` are the hub's tornado settings."""
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        try:
            if await tell_again(settings):
                log.warning("the proxy had begun anew and was told all routes")
        except (OSError, HTTPClientError) as error:  # it is away; TimeoutError is an OSError
            log.warning("the proxy does not answer: %s", error)
        except SQLAlchemyError as error:
            log.warning("the routes cannot be looked at without the database: %s", error)


async def tell_again(settings: dict[str, Any]) -> bool:
    """Whether the proxy did not even know the hub; then it was told everything. Raises OSError while it is away."""
    proxy, hub = settings["proxy"], settings["hub"]
    routes = await proxy.get_all_routes()
    await finish()  # before it is told of any: nothing is to lead to a server that ended
    if hub.routespec in routes:
        return False
    await proxy.app.update_last_activity()  # JupyterHub's round of minutes, which checks all routes at its end
    return True
