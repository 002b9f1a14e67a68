"""A hub's PostgreSQL database out and in, by PostgreSQL's own programs as the hub's user; see `aif_hub.database`."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from aif.core.site import Hub
from aif_hub.demo.commands import PATH
from aif_hub.operate.errors import OperateError
from aif_hub.operate.holdings import as_user

_PATIENCE = 3600


def address(hub: Hub) -> str:
    """As PostgreSQL's programs want it. It may stand in a list of processes, so it must hold no password."""
    if urlsplit(hub.database).password is not None:
        raise OperateError("hub.database in the site file holds a password; it belongs into database_passfile.")
    return hub.database.replace("postgresql+psycopg:", "postgresql:", 1)


def dump(hub: Hub, user: str, path: Path) -> None:
    """The whole database in one moment's state, while the hub works on."""
    with path.open("xb") as out:
        _run(["pg_dump", "--format=custom", "--no-owner", "--no-privileges", "--dbname", address(hub)], hub, user, out)


def revision(hub: Hub, user: str) -> str:
    """Which form JupyterHub's tables have; empty where they were never made."""
    asked = "SELECT to_regclass('alembic_version') IS NOT NULL"
    if _said(asked, hub, user) != "t":
        return ""
    return _said("SELECT version_num FROM alembic_version", hub, user)


def load(hub: Hub, user: str, path: Path) -> None:
    """Everything as the dump has it, or, when anything fails, nothing changed."""
    argv = ["pg_restore", "--single-transaction", "--clean", "--if-exists", "--no-owner", "--no-privileges"]
    with path.open("rb") as content:
        _run([*argv, "--dbname", address(hub)], hub, user, feed=content)


def _said(query: str, hub: Hub, user: str) -> str:
    argv = ["psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", query, "--dbname", address(hub)]
    return _run(argv, hub, user).strip()


def _run(argv: list[str], hub: Hub, user: str, out: IO[bytes] | None = None, feed: IO[bytes] | None = None) -> str:
    environ = {"PATH": PATH, "LC_ALL": "C.UTF-8", "PGCONNECT_TIMEOUT": "10", "HOME": "/nonexistent"}
    if hub.database_passfile:
        environ["PGPASSFILE"] = hub.database_passfile
    try:
        done = subprocess.run(
            [*argv, "--no-password"],
            stdin=feed or subprocess.DEVNULL,
            stdout=out or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environ,
            cwd="/",
            timeout=_PATIENCE,
            check=False,
            **as_user(user),
        )
    except FileNotFoundError as error:
        raise OperateError(f"There is no {argv[0]} on this host: install PostgreSQL's client programs.") from error
    except subprocess.TimeoutExpired as error:
        raise OperateError(f"{argv[0]} took more than an hour and was stopped.") from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines() or ["nothing"]
        raise OperateError(f"{argv[0]} ended with status {done.returncode} and said: {said[-1]}")
    return done.stdout.decode() if done.stdout else ""
