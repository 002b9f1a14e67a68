"""The ledger over REST, below the hub's API: allocations and their use, as `openapi.json` beside this describes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from jupyterhub import handlers
from jupyterhub.apihandlers.base import APIHandler
from tornado import web

from aif.core.ledger.allocation import Allocation
from aif.core.ledger.usage import Balance
from aif.core.site import Site
from aif_hub.audit.requests import look
from aif_hub.front_door import no_page
from aif_hub.ledger import told
from aif_hub.ledger.answers import state_of
from aif_hub.ledger.refusal import Refusal, no_rights, no_such_allocation, not_read_yet, unknown_parameter, wrong_value
from aif_hub.ledger.viewer import Viewer, viewer_of
from aif_hub.speech import speaking
from aif_hub.workbench import Workbench

#: How long an answer waits for the first reading of projects, and of what they have left.
PROJECTS_SECONDS, READING_SECONDS = 2.0, 10.0
#: What any answer of ours may be kept by: the one who asked, who asks each time whether it still holds.
PRIVATE = "private, no-cache"
_WAIT = re.compile(r"(?:^|[,;])\s*wait\s*=\s*([0-9]{1,3})\s*(?:$|[,;])")


class LedgerHandler(APIHandler):
    """What all of them do alike: say who asks, read the question, answer with an ETag, refuse in three sentences."""

    parameters: frozenset[str] = frozenset()
    viewer: Viewer
    workbench: Workbench

    async def prepare(self) -> None:
        """403 for whoever may not read, 400 for a parameter that means nothing here."""
        await super().prepare()
        user = self.current_user
        viewer = viewer_of(user, self.expanded_scopes) if user is not None else None
        if viewer is None:
            raise no_rights(self.request.path)
        self.viewer = viewer
        self.workbench = self.settings["aif"]
        self.workbench.attach(self.settings)
        if unknown := set(self.request.query_arguments) - self.parameters - {"_xsrf", "token"}:
            raise unknown_parameter(min(unknown), self.parameters)

    async def balances(self, *, everybodys: bool, name: str = "") -> tuple[list[Balance], list[Allocation]]:
        """The balances that the viewer may see, and their allocations that were not read yet; of all, or of `name`.

        Raises Refusal.
        """
        workbench = self.workbench
        projects = await self.viewer.projects(workbench, everybodys=everybodys, patience=PROJECTS_SECONDS)
        if not projects and workbench.projects.read_at is None:
            raise not_read_yet()
        pays = workbench.ledger.allocations_of
        projects = [one for one in projects if not name or any(each.name == name for each in pays(one))]
        wait = preferred_wait(self.request.headers.get("Prefer", ""))
        ledger = workbench.ledger
        found = await (ledger.newest(projects, wait) if wait else ledger.of(projects, READING_SECONDS))
        read = {one.allocation.name for one in found}
        wanted = [one for project in projects for one in pays(project)]
        return found, [one for one in wanted if one.name not in read]

    async def balance(self, name: str) -> Balance:
        """The one of that id. Raises Refusal: 404 for what the viewer may not see as for what is not there."""
        found, unread = await self.balances(everybodys=True, name=name)
        if any(one.name == name for one in unread):
            raise not_read_yet()
        balance = next((one for one in found if one.allocation.name == name), None)
        if balance is None:
            raise no_such_allocation(name)
        return balance

    def told(self, balance: Balance) -> dict[str, Any]:
        """The balance as this viewer may see it."""
        return told_to(self.workbench, self.viewer, balance, self.workbench.spoken_site)

    def answers(self, name: str, balances: Sequence[Balance], made: Any, more: Any = ()) -> None:
        """Ends the request with what `made` gives, or the answer made before, or 304. `name` tells questions apart."""
        look_at(self, self.viewer, balances)
        question = (name, self.viewer, speaking())  # titles are told in the language of the request
        answer = self.workbench.answers.of(question, (state_of(balances), more), made)
        self._etag = answer.etag
        self.private()
        self.set_header("Content-Type", "application/json")
        self.finish(answer.body)  # which tornado makes a 304 for who has it already

    def private(self) -> None:
        """Nobody on the way keeps the answer."""
        self.set_header("Cache-Control", PRIVATE)
        self.set_header("Vary", "Authorization, Cookie, Accept-Language")

    def compute_etag(self) -> str | None:
        """The answer's own, known before the body; none for an error or what is streamed."""
        return getattr(self, "_etag", None)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Our refusals in full, the rest as JupyterHub tells it."""
        refusal = (kwargs.get("exc_info") or (None, None))[1]
        if not isinstance(refusal, Refusal):
            super().write_error(status_code, **kwargs)
            return
        self.set_header("Content-Type", "application/json")
        for name, value in refusal.headers.items():
            self.set_header(name, value)
        self.finish(refusal.body())


def look_at(handler: Any, viewer: Viewer, balances: Sequence[Balance]) -> None:
    """Puts in the audit log that `viewer` sees what others used of these."""
    site = handler.settings["aif"].site
    accounts = dict.fromkeys(one.allocation.account for one in balances)
    for account, role in ((account, viewer.role(account, site)) for account in accounts):
        if role != "member":
            look(handler, account, role)


def preferred_wait(prefer: str) -> float:
    """Seconds that who asks would rather wait for a reading under way than have the last one: RFC 7240's ``wait``.

    >>> preferred_wait("respond-async, wait=5"), preferred_wait("wait=900"), preferred_wait("")
    (5.0, 10.0, 0.0)
    """
    found = _WAIT.search(prefer)
    return min(READING_SECONDS, float(found[1])) if found else 0.0


def told_to(workbench: Workbench, viewer: Viewer, balance: Balance, site: Site | None = None) -> dict[str, Any]:
    """The balance as `viewer` may see it: the same over REST, in exports and in notebooks.

    Titles as in `site`, the site in some language; in its first one where none is given.
    """
    site, one = site or workbench.site, balance.allocation
    spoken = next((each for each in site.allocations if each.name == one.name), one)
    title = spoken.title or site.project_title(one.account)
    role = viewer.role(one.account, site)
    return told.allocation(balance, role, viewer.login, title, lambda login: workbench.people.of(login).name)


class AllocationsHandler(LedgerHandler):
    """GET: the allocations that your projects may use; with ``all=true`` every allocation, for who may read all.

    An operator's ``all=true`` and a service's token list everybody's.
    """

    parameters = frozenset({"all"})

    async def get(self) -> None:
        """A list of `told.allocation`, the oldest `as_of` of them, and which were not read yet."""
        asked = self.get_query_argument("all", "false")
        if asked not in ("true", "false"):
            raise wrong_value("all", asked, "true, false")
        if asked == "true" and not self.viewer.sees_all:
            raise no_rights(self.request.path)
        found, unread = await self.balances(everybodys=asked == "true")
        missing = [one.name for one in unread]

        def made() -> dict[str, Any]:
            oldest = min((one.usage.as_of for one in found), default=None)
            return {
                "as_of": told.moment(oldest),
                "allocations": [self.told(one) for one in found],
                "not_read_yet": missing,
            }

        self.answers(f"allocations all={asked}", found, made, tuple(missing))


class AllocationHandler(LedgerHandler):
    """GET: one allocation by its id. 404 where there is none, or none that you may see."""

    async def get(self, name: str) -> None:
        """What stands of it in the list."""
        balance = await self.balance(name)
        self.answers(f"allocation {name}", [balance], lambda: self.told(balance))


class OpenApiHandler(web.RequestHandler):
    """GET: this description of the addresses, as OpenAPI 3.1. For everybody."""

    def get(self) -> None:
        """The file beside this one."""
        self.set_header("Content-Type", "application/json")
        self.set_header("Cache-Control", "no-cache")
        self.finish(description())

    def set_default_headers(self) -> None:
        """It is no page."""
        no_page(self)


@cache
def description() -> bytes:
    """`openapi.json`."""
    return resources.files("aif_hub.ledger").joinpath("openapi.json").read_bytes()


OURS = [
    (r"/api/aif/v1/openapi.json", OpenApiHandler),
    (r"/api/aif/v1/allocations", AllocationsHandler),
    (r"/api/aif/v1/allocations/([^/]+)", AllocationHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
