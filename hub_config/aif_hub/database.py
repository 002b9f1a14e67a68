"""The hub's database: SQLite in the state folder or PostgreSQL, and whether it answers; see also `database_away`."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path
from typing import Any

from sqlalchemy import event, select
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session as Database

from aif.core.errors import SiteError
from aif.core.site import Site

#: A lost server is noticed within this; the hub does nothing else while it waits for a connection.
CONNECT_SECONDS = 3
SILENT_MS = 10_000
AGAIN_SECONDS = 2.0


def database_url(site: Site) -> str:
    """For JupyterHub. It holds no password, so that it may stand in a log. Raises SiteError."""
    if not site.hub.database:
        return f"sqlite:///{Path(site.state_dir) / 'jupyterhub.sqlite'}"
    try:
        url = make_url(site.hub.database)
    except ArgumentError as error:
        raise SiteError("hub.database", f"is no address of a database: {error}") from error
    if url.drivername not in ("postgresql", "postgresql+psycopg"):
        raise SiteError("hub.database", f"must begin with postgresql+psycopg:// or be left out, got {url.drivername}")
    if url.password is not None:
        raise SiteError("hub.database", "must hold no password; it stands in the file that database_passfile names")
    url = url.set(drivername="postgresql+psycopg")
    settings = {"connect_timeout": str(CONNECT_SECONDS), "tcp_user_timeout": str(SILENT_MS), "application_name": "aif"}
    if site.hub.database_passfile:
        _check_private(site.hub.database_passfile)
        settings["passfile"] = site.hub.database_passfile
    return url.set(query={**settings, **url.query}).render_as_string(hide_password=False)


def answers(database: Database) -> bool:
    """Whether the database can be asked now."""
    try:
        database.execute(select(1))
    except SQLAlchemyError:
        database.rollback()
        return False
    return True


async def answering(database: Database) -> None:
    """Returns once the database answers; at once where it does."""
    while not answers(database):  # noqa: ASYNC110  # a server that comes back sends no event
        await asyncio.sleep(AGAIN_SECONDS)


def _check_private(path: str) -> None:
    try:
        mode = Path(path).stat().st_mode
    except OSError as error:
        raise SiteError("hub.database_passfile", f"{path} cannot be read by the hub: {error.strerror}") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SiteError("hub.database_passfile", f"{path} is ignored unless only the hub can read it; chmod 0600 it")


def _quick_sqlite(opened: Any, _record: Any) -> None:
    """SQLite that survives a killed hub without waiting for the disk at each of a start's ten or so commits."""
    if type(opened).__module__.startswith("sqlite3"):
        cursor = opened.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()


event.listen(Engine, "connect", _quick_sqlite)
