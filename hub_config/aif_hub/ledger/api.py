"""The ledger over REST, below the hub's API: ``GET /hub/api/aif/v1/allocations``."""

from __future__ import annotations

import json

from jupyterhub import handlers
from jupyterhub.apihandlers.base import APIHandler
from jupyterhub.utils import url_path_join
from tornado import web

from aif_hub.ledger import told, viewer
from aif_hub.pages import running


class AllocationsHandler(APIHandler):
    """The allocations that the caller's projects may use."""

    async def get(self) -> None:
        """A list of `told.allocation`, with an ETag. 403 without a person's token."""
        user = self.current_user
        if user is None:
            raise web.HTTPError(403)
        workbench = running(user)
        balances = await workbench.ledger.of(await workbench.projects.of(user.name, patience=2.0), patience=10.0)
        self.set_header("Content-Type", "application/json")
        told_all = [
            told.allocation(
                balance,
                viewer.role(user, balance.allocation.account, workbench.site),
                user.name,
                balance.allocation.title or workbench.site.project_title(balance.allocation.account),
                lambda login: workbench.people.of(login).name,
            )
            for balance in balances
        ]
        self.finish(json.dumps({"allocations": told_all}))


OURS = [(url_path_join("/api", "aif/v1/allocations"), AllocationsHandler)]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
