"""``{base}aif/v1/clusters``: the person's Dask clusters, each in a folder of its own that only they may enter.

Each cluster tells of itself in a file there, and ends when it finds another one. One whose kernel does not answer is
ended by its job arrays.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from jupyter_server.utils import url_path_join
from tornado import web

from aif.core.clusters import CLUSTERS, SOCKET, STOP, TOLD, WISH
from aif.core.errors import AifError, SlurmError
from aif.core.site import Cluster
from aif.core.slurm import Call, arun
from aif.core.table import nothing
from aif.scale.plan import MOST_WORKERS
from aif.server import private
from aif.server.api import Desk, OwnersHandler

#: What a cluster's folder can be called (`tempfile.mkdtemp`); no dot and no slash leads out of it.
NAME = "[a-z0-9_]{8}"
_NAME = re.compile(NAME)
#: A cluster tells of itself at least twice a minute; one that was silent for so long has a kernel that does not answer.
SILENT = timedelta(minutes=2)
#: After so long without its kernel its workers have ended by themselves (`aif.scale.guard`).
GONE = timedelta(minutes=10)
#: More than a cluster ever tells of itself.
MOST_BYTES = 1 << 18


class NoSuchCluster(AifError):
    """None of this person's clusters is called so, or what lies in its place is not theirs."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"There is no cluster {name!r}: {why}. The session's panel lists those that run.")


def folder_of(name: str, home: Path | None = None) -> Path:
    """The folder of the cluster `name`: this person's own, closed to everybody else. Raises NoSuchCluster."""
    if not _NAME.fullmatch(name):
        raise NoSuchCluster(name, "clusters are called by eight small letters, digits or underscores")
    folder = (home or Path.home()) / CLUSTERS / name
    _checked(name, folder, stat.S_ISDIR, closed=True)
    return folder


def socket_of(name: str, home: Path | None = None) -> Path:
    """The socket of its dashboard, on which this person listens. Raises NoSuchCluster."""
    path = folder_of(name, home) / SOCKET
    _checked(name, path, stat.S_ISSOCK)
    return path


def listed(now: datetime | None = None, home: Path | None = None) -> list[dict[str, Any]]:
    """What each cluster last told of itself, oldest name first; `quiet` says that this was too long ago."""
    now = now or datetime.now(UTC)
    try:
        names = sorted(one.name for one in ((home or Path.home()) / CLUSTERS).iterdir())
    except OSError:  # there never was one
        return []
    found = (_told(name, home) for name in names)
    return [{**one, "quiet": _silence(one, now) > SILENT} for one in found if one is not None]


async def stop(name: str, cluster: Cluster, now: datetime | None = None, home: Path | None = None) -> None:
    """Has the cluster end within seconds. Raises NoSuchCluster, and SlurmError where Slurm did not do it either."""
    folder = folder_of(name, home)
    told = await asyncio.to_thread(_told, name, home)
    await asyncio.to_thread(private.write, folder / STOP, b"")
    silence = _silence(told, now or datetime.now(UTC)) if told else timedelta()
    if told is None or silence <= SILENT:
        return
    if arrays := [one for one in told.get("arrays", ()) if isinstance(one, str) and one.isdigit()]:
        await arun(Call(("scancel", "-Q", *arrays), nothing, timeout_seconds=10.0), cluster)
    if silence > GONE:  # nobody is left who would clear it away
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def wish(name: str, said: object, home: Path | None = None) -> None:
    """Lays down for the cluster what its widget wishes. Raises NoSuchCluster, and ValueError for what is no wish."""
    match said:
        case {"kind": "scale" | "stop" as kind, "wish": str(named), **rest} if 0 < len(named) <= 100:
            workers = rest.get("workers", 0)
            if type(workers) is not int or not 0 <= workers <= MOST_WORKERS:
                raise ValueError(f"{workers!r} workers")
            content = {"kind": kind, "wish": named, "workers": workers}
        case _:
            raise ValueError("no wish")
    private.write(folder_of(name, home) / WISH, json.dumps(content).encode())


def _told(name: str, home: Path | None) -> dict[str, Any] | None:
    """What the cluster last said; None where it is none, or has said nothing yet."""
    try:
        file = folder_of(name, home) / TOLD
        _checked(name, file, stat.S_ISREG)
        with file.open("rb") as source:
            told = json.loads(source.read(MOST_BYTES))
        datetime.fromisoformat(told["at"])
    except (NoSuchCluster, OSError, ValueError, KeyError, TypeError):
        return None
    return told if told.get("id") == name else None


def _silence(told: Mapping[str, Any], now: datetime) -> timedelta:
    return now - datetime.fromisoformat(told["at"]).astimezone(UTC)


class ClustersHandler(OwnersHandler):
    """The person's clusters, whichever session's kernel they belong to."""

    async def get(self) -> None:
        """As each last told of itself."""
        self.finish(json.dumps({"clusters": await asyncio.to_thread(listed)}))


class ClusterHandler(OwnersHandler):
    """One of them."""

    async def delete(self, name: str) -> None:
        """202: it ends within seconds, or has ended by itself. 502 with `trouble` where Slurm did not do it."""
        facts = self.desk.facts
        scale = facts.get("scale") or {}
        cluster = Cluster(str(facts.get("cluster")), str(scale.get("slurm_conf")), str(scale.get("slurm_bin")))
        trouble = ""
        try:
            await stop(name, cluster)
        except NoSuchCluster as gone:
            self.log.info("%s", gone)
        except (SlurmError, OSError) as fault:
            self.log.warning("The cluster %s cannot be stopped: %s", name, fault)
            trouble = "away"
        self.set_status(502 if trouble else 202)
        self.finish(json.dumps({"trouble": trouble}))


class WishHandler(OwnersHandler):
    """A wish of the panel's, or of a cluster's widget that a kernel which calculates does not hear."""

    async def post(self, name: str) -> None:
        """202: the cluster hears it within seconds, and answers in its widget and in what it tells of itself."""
        try:
            await asyncio.to_thread(wish, name, json.loads(self.request.body))
        except NoSuchCluster as gone:
            raise web.HTTPError(404) from gone
        except ValueError as odd:
            raise web.HTTPError(400) from odd
        self.set_status(202)
        self.finish("{}")


def handlers(base_url: str, desk: Desk) -> list[tuple[str, type[web.RequestHandler], dict[str, Any]]]:
    """Addresses below the server's own."""
    place = url_path_join(base_url, "aif/v1/clusters")
    return [
        (place, ClustersHandler, {"desk": desk}),
        (f"{place}/({NAME})", ClusterHandler, {"desk": desk}),
        (f"{place}/({NAME})/wish", WishHandler, {"desk": desk}),
    ]


def _checked(name: str, path: Path, kind: Callable[[int], bool], closed: bool = False) -> None:
    try:
        found = path.lstat()  # a link is not followed: it would lead elsewhere
    except OSError as fault:
        raise NoSuchCluster(name, fault.strerror or type(fault).__name__) from fault
    if not kind(found.st_mode) or found.st_uid != os.getuid():
        raise NoSuchCluster(name, f"{path.name} is not this person's own")
    if closed and found.st_mode & 0o077:
        raise NoSuchCluster(name, "others may enter its folder")
