"""Takes choices as a hub does, in this very process: its own functions read them, its own spawner admits them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import urlencode

from own_hub import OwnHub
from sqlalchemy import create_engine
from sqlalchemy.orm import Session as Database
from tornado.escape import parse_qs_bytes
from tornado.httputil import HTTPHeaders, parse_body_arguments
from tornado.web import HTTPError

from aif.core import site as sites
from aif.core.errors import RequestError
from aif.core.request import JobRequest, Project
from aif_hub import handlers_servers
from aif_hub.spawner import SlurmSessionSpawner
from aif_hub.start_page import options_from_form, wish
from aif_hub.views_start import start_form
from aif_hub.workbench import Workbench

Refusal = tuple[int, str]  # the status and the words


class Clerk:
    """At a desk of one person's, with the site of `hub`, its Slurm, and a book of sessions of its own."""

    def __init__(self, hub: OwnHub, login: str, folder: Path) -> None:
        self.site = sites.load(hub.folder / "site.toml")
        self.workbench = Workbench(self.site)
        database = Database(create_engine(f"sqlite:///{folder}/book.sqlite"))
        self.workbench.attach({"db": database})
        self._login = login
        self._spawner = SimpleNamespace(
            user=SimpleNamespace(name=login, db=database),
            orm_spawner=SimpleNamespace(user_options={}),
            name="",
            display_name="",
            handler=None,  # nobody whose starts are counted
            workbench=self.workbench,
            sessions=self.workbench.sessions,
            _commit_state=lambda: None,
        )
        self.projects: list[Project] = []

    async def ready(self) -> None:
        """Slurm has said what there is to know."""
        self.projects = await self.workbench.projects.of(self._login, 30)
        assert self.projects
        await self.workbench.ledger.newest(self.projects, 30)

    @property
    def written(self) -> int:
        """Sessions in the book: each would go to the launcher."""
        return len(self.workbench.sessions.book.of(self._login))

    @property
    def kept(self) -> dict[str, Any]:
        """What would be offered as a default next time."""
        options: dict[str, Any] = self._spawner.orm_spawner.user_options
        return options

    async def started(self, body: bytes) -> Refusal | None:
        """POST to the REST API; None where it is taken."""
        try:
            return await self._admitted(handlers_servers.making(body))
        except RequestError as error:
            return 400, str(error)

    def made(self, body: bytes) -> Refusal | None:
        """PUT of a named server."""
        return self._checked(handlers_servers.making, body)

    def changed(self, body: bytes) -> Refusal | None:
        """PATCH."""
        return self._checked(handlers_servers.changing, body)

    async def sent(self, fields: Mapping[str, str]) -> Refusal | None:
        """The start page's form."""
        arguments: dict[str, list[bytes]] = {}
        body = urlencode({"_xsrf": "of-the-page", **fields}).encode()
        parse_body_arguments("application/x-www-form-urlencoded", body, arguments, {}, HTTPHeaders())
        form = {key: [value.decode() for value in values] for key, values in arguments.items()}
        return await self._admitted(options_from_form(form))

    def filled_in(self, fields: Mapping[str, str]) -> tuple[str, int, str]:
        """What a link chooses in the form: size, minutes, project."""
        query = parse_qs_bytes(urlencode({f"opt-{key}": value for key, value in fields.items()}))
        wished = wish({key: [value.decode() for value in values] for key, values in query.items()})
        form = start_form(self.site, self.projects, {}, None, wished, datetime.now().astimezone())
        return form.profile, form.minutes, form.account

    def _checked(self, read: Any, body: bytes) -> Refusal | None:
        try:
            JobRequest.parse(read(body), self.site, self.projects)
        except RequestError as error:
            return 400, str(error)
        return None

    async def _admitted(self, options: Mapping[str, Any]) -> Refusal | None:
        try:
            await SlurmSessionSpawner._take_options(cast(SlurmSessionSpawner, self._spawner), options)
        except HTTPError as error:
            return error.status_code, str(error.log_message)
        return None


def as_json(value: Any) -> bytes:
    """As a program sends it."""
    return json.dumps(value).encode()
