"""The start page's address: a link fills its form and never starts anything, and its script asks what to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jupyterhub import handlers
from jupyterhub.handlers import pages as stock
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif_hub.start_page import wish


class StartHandler(stock.SpawnHandler):
    """JupyterHub's own, but what stands in the address is only filled in: starting takes the person's click."""

    def _get_user_options(self, query_options: Mapping[str, list[str]]) -> dict[str, Any]:
        """JupyterHub starts at once with what this returns (6.1), so it returns nothing."""
        self.settings["template_vars"]["aif"].remember_wish(wish(query_options))
        return {}


class EstimateHandler(BaseHandler):
    """``/hub/aif/estimate?profile=&minutes=&project=``: the sentences for one choice, ready made."""

    @web.authenticated
    async def get(self) -> None:
        """JSON with the page's parts; nothing of it is kept by the browser."""
        arguments = {
            name: [value.decode("utf-8", "replace") for value in values][:1]
            for name, values in self.request.query_arguments.items()
        }
        self.set_header("Cache-Control", "no-store")
        self.write(
            await self.settings["template_vars"]["aif"].said_of(self.current_user, wish(arguments), self.hub.base_url)
        )


handlers.default_handlers[:] = [
    (entry[0], StartHandler, *entry[2:]) if entry[1] is stock.SpawnHandler else entry
    for entry in handlers.default_handlers
]
OURS = [(r"/aif/estimate", EstimateHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
