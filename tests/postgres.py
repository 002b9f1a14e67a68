"""A PostgreSQL server of the test's own, in its own folder and on a socket there, as an unprivileged user."""

from __future__ import annotations

import pwd
import shutil
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from processes import until

USER, PASSWORD, NAME = "aif", "a-password-of-this-test-alone", "aif"


class Postgres:
    """Starts when made. `stop` and `start` as often as wanted; `close` at the end."""

    def __init__(self, folder: Path, user: str) -> None:
        self.folder = folder
        self._user = pwd.getpwnam(user)
        self._server: subprocess.Popen[bytes] | None = None
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700)
        self.passfile = folder / "pgpass"
        self.passfile.write_text(f"*:*:*:*:{PASSWORD}\n")
        secret = folder / "initial"
        secret.write_text(PASSWORD)
        for path in (folder, self.passfile, secret):
            shutil.chown(path, self._user.pw_uid, self._user.pw_gid)
        self.passfile.chmod(0o600)
        options = ("-U", USER, "--auth=scram-sha-256", f"--pwfile={secret}", "--no-sync", "-E", "UTF8")
        self.run("initdb", "-D", str(folder / "data"), *options)
        self.start()
        self.run("createdb", *self.where, NAME)

    @property
    def url(self) -> str:
        """For a site file: without the password."""
        return f"postgresql+psycopg://{USER}@/{NAME}?host={self.folder}"

    @property
    def where(self) -> tuple[str, ...]:
        return ("-h", str(self.folder), "-U", USER)

    def start(self) -> None:
        """Answering."""
        data = str(self.folder / "data")
        settings = ("-k", str(self.folder), "-c", "listen_addresses=", "-c", "fsync=off")
        self._server = self._started(("postgres", "-D", data, *settings))
        until(lambda: self._ready(), "PostgreSQL answers", 30)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Gone: with SIGQUIT at once, as in a crash."""
        if self._server is not None:
            self._server.send_signal(how)
            self._server.wait(30)
            self._server = None

    def rows(self, query: str, *values: str) -> list[list[str]]:
        """What psql prints, a list of texts a row; each ``?`` in the query is one of the values."""
        first, *rest = query.split("?")
        quoted = ("'" + value.replace("'", "''") + "'" for value in values)
        text = first + "".join(value + part for value, part in zip(quoted, rest, strict=True))
        out = self.run("psql", *self.where, "-d", NAME, "-A", "-t", "-F", "\x1f", "-c", text)
        return [line.split("\x1f") for line in out.splitlines()]

    def close(self) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def run(self, program: str, *arguments: str, typed: str = "") -> str:
        """One of its programs, to its end; `typed` is what it asks for where nobody sees it."""
        process = self._started((program, *arguments), stdout=subprocess.PIPE, stdin=subprocess.PIPE)
        out, _ = process.communicate(typed.encode(), timeout=60)
        assert process.returncode == 0, (program, (self.folder / "log").read_text())
        return out.decode()

    def _ready(self) -> bool:
        process = self._started(("pg_isready", *self.where), stdout=subprocess.DEVNULL)
        return process.wait(30) == 0

    def _started(
        self, argv: Sequence[str], stdout: int | None = None, stdin: int = subprocess.DEVNULL
    ) -> subprocess.Popen[bytes]:
        program = max(Path("/usr/lib/postgresql").glob(f"*/bin/{argv[0]}"))
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [str(program), *argv[1:]],
                user=self._user.pw_uid,
                group=self._user.pw_gid,
                extra_groups=[],
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PGPASSFILE": str(self.passfile)},
                stdin=stdin,
                start_new_session=True,
                stdout=log if stdout is None else stdout,
                stderr=log,
            )
