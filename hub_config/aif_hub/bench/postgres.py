"""PostgreSQL of this machine, with the records of a benchmark's hub: on a socket in the run's folder alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from aif_hub.bench.rig import Rig, until
from aif_hub.demo import daemons
from aif_hub.demo.commands import run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.errors import DemoError

NAME = "aif"


@contextmanager
def running(rig: Rig) -> Iterator[Postgres]:
    """One that answers, and that is gone afterwards."""
    made = Postgres(rig)
    try:
        yield made
    finally:
        made.close()


class Postgres:
    """A server that answers from when it is made. Only root and the hub's user come to its socket."""

    def __init__(self, rig: Rig) -> None:
        self._folder, self._rig = rig.folder / "postgres", rig
        self._folder.mkdir(mode=0o700)
        run(["chown", f"{rig.inst.hub_user}:{rig.inst.hub_user}", self._folder])
        self._run("initdb", "-D", self._data, "-U", NAME, "--auth=trust", "--no-sync", "-E", "UTF8")
        daemons.start(self._server)
        until(self._answers, "PostgreSQL", 30)
        self._run("createdb", "-h", self._folder, "-U", NAME, NAME)
        self._lock, self._connection = threading.Lock(), psycopg.connect(self._told, autocommit=True)

    @property
    def url(self) -> str:
        """For the site file."""
        return f"postgresql+psycopg://{NAME}@/{NAME}?host={self._folder}"

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """All rows of the answer; each ``?`` in the query is one of the values."""
        with self._lock:
            return self._connection.execute(query.replace("?", "%s"), values).fetchall()

    def close(self) -> None:
        """Nobody asks any more; the server ends."""
        self._connection.close()
        daemons.stop(self._server)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def _told(self) -> str:
        return f"host={self._folder} user={NAME} dbname={NAME}"

    @property
    def _server(self) -> Daemon:
        where = ("-D", str(self._data), "-k", str(self._folder), "-c", "listen_addresses=")
        user = self._rig.inst.hub_user
        return self._rig.daemon("postgres", (_program("postgres"), *where), {}, user, self._folder)

    def _run(self, program: str, *words: str | Path) -> None:
        run([_program(program), *words], user=self._rig.inst.hub_user, timeout=60)

    def _answers(self) -> bool:
        try:
            self._run("pg_isready", "-q", "-h", self._folder, "-U", NAME)
        except DemoError:
            return False
        return True


def _program(name: str) -> str:
    """One of its programs, of the newest version that is here."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    if not found:
        raise DemoError("PostgreSQL is not on this machine: install the distribution's package postgresql.")
    return str(found[-1])
