"""What one hub holds that a backup must have: its state folder, its database, and three files of root's."""

from __future__ import annotations

import os
import pwd
import socket
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aif.core.site import Site
from aif_hub.operate.errors import OperateError
from aif_hub.operate.host_files import Setup

SQLITE = "jupyterhub.sqlite"


@dataclass(frozen=True)
class Holdings:
    """Where everything of one hub lies."""

    site: Site
    site_file: Path

    @property
    def state(self) -> Path:
        return Path(self.site.state_dir)

    @property
    def prefix(self) -> Path:
        """Where the software is: the launcher lies in its `libexec`."""
        return Path(self.site.launcher[-1]).parents[1]

    @property
    def root_files(self) -> dict[str, Path]:
        """By their names in a backup; one that this hub has no use for is not there."""
        setup = Setup(self.site, self.site_file)
        secrets = setup.secrets if setup.prefix == self.prefix else self.site_file.with_name("hub.env")
        return {"site.toml": self.site_file, "launcher.json": self.prefix / "etc/launcher.json", "hub.env": secrets}

    @property
    def kind(self) -> str:
        """Of its database."""
        return "postgresql" if self.site.hub.database else "sqlite"

    @property
    def packages(self) -> Path | None:
        """Where the hub's software is installed, if it is."""
        return next((self.prefix / "env/hub/lib").glob("python3.*/site-packages"), None)

    @property
    def versions(self) -> dict[str, str]:
        """Of what writes the records, as installed."""
        found = {}
        for name in ("jupyterhub", "aif_workbench"):
            for info in self.packages.glob(f"{name}-*.dist-info") if self.packages else ():
                found[name] = info.name.removesuffix(".dist-info").partition("-")[2]
        return found

    @property
    def known_revisions(self) -> frozenset[str]:
        """Every form of JupyterHub's tables that the installed one knows; none where nothing is installed."""
        folder = self.packages / "jupyterhub/alembic/versions" if self.packages else None
        return frozenset(path.name.partition("_")[0] for path in folder.glob("*.py")) if folder else frozenset()

    def owner(self) -> str:
        """The hub's user: to whom the state folder belongs. Raises OperateError without one."""
        try:
            return pwd.getpwuid(self.state.stat().st_uid).pw_name
        except FileNotFoundError as error:
            raise OperateError(f"{self.state} is not there: this hub has not been started yet.") from error
        except PermissionError as error:
            raise OperateError(f"{self.state}: only root or the hub's own user may do this. Use sudo.") from error
        except KeyError as error:
            raise OperateError(
                f"{self.state} belongs to nobody whom this host knows. `aif install` sees to it."
            ) from error


def as_user(name: str) -> dict[str, Any]:
    """For `subprocess`: run as that user with their groups alone; as who we are, where we are that user."""
    person = pwd.getpwnam(name)
    if person.pw_uid == os.geteuid():
        return {}
    return {
        "user": person.pw_uid,
        "group": person.pw_gid,
        "extra_groups": os.getgrouplist(name, person.pw_gid),
    }


def check_stopped(holdings: Holdings, patience: float = 5.0) -> None:
    """Raises OperateError while the hub runs, or something has its port for longer than `patience` seconds."""
    hub = holdings.site.hub
    if running := _processes(holdings.site_file):
        raise OperateError(f"The hub runs (process {running[0]}). Stop it first; sessions and the proxy may go on.")
    deadline = time.monotonic() + patience  # what listened for a process may do so a moment longer than it lives
    while _answers(hub.api_host, hub.api_port):
        if time.monotonic() >= deadline:
            where = f"{hub.api_host}:{hub.api_port}"
            raise OperateError(f"Something answers at {where}, the hub's own port. Stop the hub first.")
        time.sleep(0.1)  # nobody tells when a port is let go


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=3).close()
    except OSError:
        return False
    return True


def _processes(site_file: Path) -> list[int]:
    """Hubs of that site file, also one that is just starting: by what they were started with."""
    mark, found = os.fsencode(f"AIF_SITE={site_file}"), []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
            started_with = (process / "environ").read_bytes().split(b"\0")
        except OSError:
            continue  # gone meanwhile, or somebody else's
        if mark in started_with and any(os.path.basename(word) == b"jupyterhub" for word in words[:4]):
            found.append(int(process.name))
    return sorted(found)


def sqlite_revision(path: Path) -> str:
    """Which form JupyterHub's tables have; raises OperateError where the file is no whole database."""
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            if database.execute("PRAGMA quick_check").fetchone() != ("ok",):
                raise OperateError(f"The database {path.name} is damaged. Nothing was touched.")
            has = database.execute("SELECT 1 FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
            row = database.execute("SELECT version_num FROM alembic_version").fetchone() if has else None
    except sqlite3.Error as error:
        raise OperateError(f"{path.name} is no database that can be read ({error}). Nothing was touched.") from error
    return str(row[0]) if row else ""
