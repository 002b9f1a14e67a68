"""What an allocation was used for: over REST, and as the files that a project's page offers to keep."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from jupyterhub import handlers
from jupyterhub.handlers.base import BaseHandler
from tornado import web

from aif.core.ledger.usage import Balance
from aif_hub.ledger import export_csv, export_json, told
from aif_hub.ledger.answers import state_of
from aif_hub.ledger.api import PRIVATE, PROJECTS_SECONDS, READING_SECONDS, LedgerHandler, look_at, told_to
from aif_hub.ledger.export import Export, export
from aif_hub.ledger.refusal import Refusal, wrong_value
from aif_hub.ledger.uses import Days
from aif_hub.ledger.viewer import Viewer, viewer_on_page
from aif_hub.pages import running
from aif_hub.speech import _
from aif_hub.spreadsheet import MARK
from aif_hub.workbench import Workbench

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
FORMATS = {"json": export_json, "csv": export_csv}
TYPES = {"json": "application/json", "csv": "text/csv; charset=utf-8"}


class Asking(Protocol):
    """A handler, of either kind."""

    def get_query_argument(self, name: str, default: str) -> str: ...


class UsageHandler(LedgerHandler):
    """GET: the jobs of an allocation, and what they used by person and week; ``from`` and ``until`` choose days.

    A member gets their own jobs and the project's totals, a PI and an operator everybody's. ``as=csv`` gives a file for
    spreadsheets.
    """

    parameters = frozenset({"from", "until", "as"})

    async def get(self, name: str) -> None:
        """The document, or 304 to who has it already."""
        kind, days = asked_kind(self), asked_days(self)
        balance = await self.balance(name)
        if not (days.all or balance.usage.source == "slurm"):
            raise wrong_value("from, until", f"{days.first} {days.last}", _("left out, as this source keeps no days"))
        look_at(self, self.viewer, [balance])
        self._etag = _etag(self.viewer, [balance], days, kind)
        if _is_known(self, self._etag):
            return
        await _send(self, self.workbench, self.viewer, [balance], days, kind)


class ProjectUsageHandler(BaseHandler):
    """GET: what a project used, as a file to keep: CSV for spreadsheets, or JSON. Takes a browser's cookie.

    A project with several allocations has one part for each, or the one that ``allocation`` names. ``from`` and
    ``until`` choose days.
    """

    @web.authenticated
    async def get(self, account: str, kind: str) -> None:
        """404 for a project that the signed-in person may not see, as for one that is not there."""
        user = self.current_user
        workbench, viewer = running(user), viewer_on_page(self)
        projects = await viewer.projects(workbench, everybodys=True, patience=PROJECTS_SECONDS)
        projects = [one for one in projects if one.account == account]
        found = await workbench.ledger.of(projects, patience=READING_SECONDS)
        chosen = self.get_query_argument("allocation", "")
        found = [one for one in found if chosen in ("", one.allocation.name)]
        if not found:
            raise web.HTTPError(404, _("There is no such project, or nothing is known of it yet."))
        try:
            days = asked_days(self)
        except Refusal as refusal:
            raise web.HTTPError(400, " ".join(refusal.told.values())) from refusal
        look_at(self, viewer, found)
        etag = _etag(viewer, found, days, kind)
        day = told.day(found[0].today)
        self.set_header("Content-Disposition", f'attachment; filename="usage-{_plain(account)}-{day}.{kind}"')
        if not _is_known(self, etag):
            await _send(self, workbench, viewer, found, days, kind)

    def compute_etag(self) -> str | None:
        """None: it is set before anything is made."""
        return None


def asked_days(handler: Asking) -> Days:
    """From the parameters ``from`` and ``until``. Raises Refusal."""
    days = Days(_day(handler, "from"), _day(handler, "until"))
    if days.first and days.last and days.first > days.last:
        raise wrong_value(
            "until", days.last.isoformat(), _("a day not before {day}").format(day=days.first.isoformat())
        )
    return days


def asked_kind(handler: Asking) -> str:
    """``json`` or ``csv``. Raises Refusal."""
    kind = handler.get_query_argument("as", "json")
    if kind not in FORMATS:
        raise wrong_value("as", kind, "json, csv")
    return kind


def _day(handler: Asking, name: str) -> date | None:
    given = handler.get_query_argument(name, "")
    if not given:
        return None
    try:
        if not _DAY.fullmatch(given):
            raise ValueError(given)
        return date.fromisoformat(given)
    except ValueError:
        raise wrong_value(name, given, _("a day such as {day}").format(day="2026-11-24")) from None


def _etag(viewer: Viewer, balances: Sequence[Balance], days: Days, kind: str) -> str:
    state = (viewer, state_of(balances), [one.allocation for one in balances], days, kind)
    return f'"{hashlib.sha256(repr(state).encode()).hexdigest()[:32]}"'


def _is_known(handler: web.RequestHandler, etag: str) -> bool:
    """Whether the asker has it already, which is then the answer: before anything is read."""
    handler.set_header("Cache-Control", PRIVATE)
    handler.set_header("Vary", "Authorization, Cookie")
    handler.set_header("Etag", etag)
    if not handler.check_etag_header():
        return False
    handler.set_status(304)
    handler.finish()
    return True


async def _send(
    handler: web.RequestHandler,
    workbench: Workbench,
    viewer: Viewer,
    balances: Sequence[Balance],
    days: Days,
    kind: str,
) -> None:
    """Streams one document for each balance; several as JSON are a list."""
    handler.set_header("Content-Type", TYPES[kind])
    writer: Any = FORMATS[kind]
    row = writer.row(workbench.site.clusters[0].name)
    between = {"json": b",\n", "csv": b"\r\n"}[kind] if len(balances) > 1 else b""
    many = kind == "json" and len(balances) > 1
    handler.write(MARK if kind == "csv" else b"[" if many else b"")
    for at, balance in enumerate(balances):
        made: Export = await export(workbench, viewer, balance, days, row)
        with made.rows:
            if at:
                handler.write(between)
            for piece in writer.document(made, told_to(workbench, viewer, made.balance)):
                handler.write(piece)
                await handler.flush()
    handler.write(b"]" if many else b"")
    handler.finish()


def _plain(text: str) -> str:
    """Fit for a file's name in a header."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text)


OURS = [
    (r"/api/aif/v1/allocations/([^/]+)/usage", UsageHandler),
    (r"/aif/project/([^/]+)/usage\.(csv|json)", ProjectUsageHandler),
]
handlers.default_handlers.extend(entry for entry in OURS if entry not in handlers.default_handlers)
