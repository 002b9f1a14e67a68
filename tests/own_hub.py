"""A hub of the tests' own on the instance's Slurm, which may be killed: its own ports, state, launcher and proxy."""

from __future__ import annotations

import json
import os
import pwd
import signal
import sqlite3
import ssl
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from own_hub_place import TOKEN, Place
from processes import until


@dataclass(frozen=True)
class Answer:
    """An HTTP answer, whatever its status."""

    status: int
    text: str

    @property
    def data(self) -> Any:
        return json.loads(self.text)


class OwnHub(Place):
    """The hub, its proxy, and Slurm as root sees it. `start` and `kill` as often as wanted; `close` at the end."""

    def __init__(self, instance: Mapping[str, Any], place: str = "", login: str = "", hub: str = "") -> None:
        super().__init__(instance, place, login, hub)
        self._hub: subprocess.Popen[bytes] | None = None
        self._proxy: subprocess.Popen[bytes] | None = None
        self._jobs_before = set(self.jobs())

    # -- life --------------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """The hub up and answering; one that runs is left alone."""
        if self._proxy is None:
            self.run("jupyterhub", "-f", f"{self.folder}/config.py", "--generate-certs").wait(120)
            self._proxy = self.run("configurable-http-proxy", *self.proxy_options())
        if self._hub is None:
            self._hub = self.run("jupyterhub", "-f", f"{self.folder}/config.py")
        until(lambda: self.api("GET", "").status == 200, "the hub answers", 60)

    def kill(self) -> None:
        """kill -9 of the hub's process alone: what it started lives on."""
        assert self._hub is not None
        os.kill(self._hub.pid, signal.SIGKILL)
        self._hub.wait(10)
        self._hub = None

    def stop(self) -> None:
        """As an operator's service manager does it: asked to end, and waited for."""
        assert self._hub is not None
        os.kill(self._hub.pid, signal.SIGTERM)
        self._hub.wait(60)
        self._hub = None

    def restart(self) -> None:
        """After a kill: the same hub again."""
        self.start()

    @property
    def pid(self) -> int:
        assert self._hub is not None
        return self._hub.pid

    def close(self) -> None:
        """Everything stopped by its id and removed."""
        for gate in self.gates.iterdir():
            gate.unlink()
        if mine := set(self.jobs()) - self._jobs_before:
            self.slurm("scancel", *map(str, mine))
        for process in (self._hub, self._proxy):
            if process is not None:
                os.killpg(process.pid, signal.SIGTERM)  # a session of its own: the proxy is a shim and its node
                try:
                    process.wait(20)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
        self.remove()

    # -- people ------------------------------------------------------------------------------------------------------

    def login(self, short: str) -> str:
        """The full login of a demo person, known to this hub."""
        login = f"{self.name}-{short}"
        assert self.api("POST", f"users/{login}").status in (201, 409)
        return login

    def token(self, login: str) -> str:
        """A token of that person's own, with all that the person may do."""
        return str(self.api("POST", f"users/{login}/tokens", {"note": "of a test"}).data["token"])

    def password(self, login: str) -> str:
        """The person's demo password."""
        people = json.loads((self.prefix / "etc/people.json").read_text())
        return str(next(person["password"] for person in people["people"] if person["name"] == login))

    def browser(self, login: str) -> Callable[..., Answer]:
        """A signed-in browser: ``page(path, **form)`` gets, or posts, and follows all redirects."""
        jar = CookieJar()
        opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
        _read(opener.open, f"{self.url}/hub/login")
        xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf")
        form = urlencode({"username": login, "password": self.password(login), "_xsrf": xsrf}).encode()
        answer = _read(opener.open, f"{self.url}/hub/login", form)
        assert answer.status == 200, answer

        def page(path: str, data: bytes | None = None, kind: str = "", **form: str) -> Answer:
            xsrf = next(cookie.value for cookie in jar if cookie.name == "_xsrf" and cookie.path == "/hub/")
            if form:
                data = urlencode({**form, "_xsrf": xsrf}).encode()
            request = urllib.request.Request(f"{self.url}{path}", data, {"X-XSRFToken": xsrf})  # noqa: S310
            if kind:
                request.add_header("Content-Type", kind)
            return _read(opener.open, request)

        return page

    # -- sessions ----------------------------------------------------------------------------------------------------

    def ask_for(self, login: str, server: str = "", **options: Any) -> Answer:
        """Asks the hub for a session."""
        return self.api("POST", f"users/{login}/{self._server(server)}", options)

    def ask_to_stop(self, login: str, server: str = "") -> Answer:
        """Asks the hub to end it."""
        return self.api("DELETE", f"users/{login}/{self._server(server)}")

    def session(self, login: str, server: str = "") -> dict[str, Any] | None:
        """The newest session of that server as the book has it."""
        found = [session for session in self.sessions(login) if session["server_name"] == server]
        return found[0] if found else None

    def sessions(self, login: str) -> list[dict[str, Any]]:
        """All sessions of the person, newest first."""
        rows = self.rows("SELECT data FROM aif_sessions WHERE login = ? ORDER BY written_at DESC", login)
        return [json.loads(row[0]) for row in rows]

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        """What the hub's database answers, without the hub."""
        with closing(sqlite3.connect(f"file:{self.state}/jupyterhub.sqlite?mode=ro", uri=True, timeout=10)) as database:
            return database.execute(query, values).fetchall()

    def server_tokens(self, login: str) -> int:
        """How many tokens of servers, not of people or browsers, the hub accepts for that person."""
        query = "SELECT count(*) FROM api_tokens t JOIN users u ON t.user_id = u.id WHERE u.name = ? AND t.note LIKE ?"
        return int(self.rows(query, login, "Server at %")[0][0])

    def ready(self, login: str, server: str = "") -> bool:
        """Whether the hub says that the person's server is ready."""
        return bool(self.server(login, server).get("ready"))

    def server(self, login: str, server: str = "") -> dict[str, Any]:
        """The person's server as the hub's API describes it; empty while there is none."""
        answer = self.api("GET", f"users/{login}")
        found: dict[str, Any] = answer.data["servers"].get(server, {}) if answer.status == 200 else {}
        return found

    def await_ready(self, login: str, server: str = "", seconds: float = 60) -> dict[str, Any]:
        """The session, once its server is ready."""
        until(lambda: self.ready(login, server), f"{login}'s server is ready", seconds)
        session = self.session(login, server)
        assert session is not None
        assert session["step"] == "ready"
        return session

    def await_job(self, login: str, state: str) -> dict[str, Any]:
        """The session, once the hub knows its job and Slurm shows it in that state."""
        until(lambda: (self.session(login) or {}).get("job_id"), f"the hub knows {login}'s job")
        session = self.session(login)
        assert session is not None
        until(lambda: self.state_of(session["job_id"]) == state, f"{login}'s job is {state}")
        return session

    def node_of(self, session: Mapping[str, Any]) -> str:
        """The node on which its job runs."""
        return self.slurm("squeue", "-h", "-j", str(session["job_id"]), "-o", "%N").strip()

    def await_ended(self, login: str, server: str = "", seconds: float = 60) -> dict[str, Any]:
        """The session, once the book shows its end."""
        until(lambda: (self.session(login, server) or {}).get("step") == "ended", f"{login}'s session ended", seconds)
        session = self.session(login, server)
        assert session is not None
        return session

    def folder_of(self, session: Mapping[str, Any]) -> Path:
        """The session's folder in the person's home."""
        return Path(pwd.getpwnam(session["login"]).pw_dir) / ".aif/sessions" / session["session"]

    @contextmanager
    def patient(self, seconds: float) -> Iterator[None]:
        """Meanwhile a server has so long to come up: one that a test holds back is not given up while that looks."""
        before = self.api("PUT", f"tests/patience/{seconds}").data
        try:
            yield
        finally:
            self.api("PUT", f"tests/patience/{before}")

    @contextmanager
    def no_route_taken(self, fails: bool = False) -> Iterator[None]:
        """Meanwhile the proxy keeps the hub waiting that wants a route taken away, or `fails`."""
        assert self.api("PUT", "tests/proxy" + "?fails=1" * fails).status == 200
        try:
            yield
        finally:
            self.api("DELETE", "tests/proxy")

    # -- HTTP --------------------------------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def api(self, method: str, path: str, body: Any = None, token: str = TOKEN) -> Answer:
        """The hub's REST API through the proxy; status 0 while nobody answers."""
        return self.get(f"/hub/api/{path}", token, method, None if body is None else json.dumps(body).encode())

    def get(self, path: str, token: str = "", method: str = "GET", body: bytes | None = None) -> Answer:
        """Any page or API, with a token or without."""
        request = urllib.request.Request(f"{self.url}{path}", body, method=method)  # noqa: S310  # our own http URL
        if token:
            request.add_header("Authorization", f"token {token}")
        return _read(urllib.request.urlopen, request)

    # -- Slurm -------------------------------------------------------------------------------------------------------

    def slurm(self, *argv: str, sure: bool = True) -> str:
        """What a Slurm command of root's prints; with `sure` it must succeed."""
        environ = {"PATH": "/usr/bin:/bin:/usr/sbin", "SLURM_CONF": self.instance["slurm_conf"], "LANG": "C.UTF-8"}
        done = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0 or not sure, f"{argv}: {done.stderr}"
        return done.stdout

    def jobs(self, login: str = "") -> dict[int, str]:
        """The comments of all our jobs that the controller knows, in any state, by job id; of one person or of all."""
        who = ("-u", login) if login else ()
        out = self.slurm("squeue", "-h", "-a", "-t", "all", "-n", self.job_name, *who, "-o", "%A|%k")
        return {int(job_id): comment for job_id, _, comment in (line.partition("|") for line in out.splitlines())}

    def log_text(self) -> str:
        """All that the hub has said."""
        return (self.folder / "jupyterhub.log").read_text(errors="replace")

    def submit_as(self, login: str, comment: str) -> int:
        """A job of our name that this hub knows nothing of, which runs; `close` ends it."""
        options = ("--parsable", f"--uid={login}", f"--job-name={self.job_name}", f"--comment={comment}", "-p", "cpu")
        out = self.slurm("sbatch", *options, "--mem=100", "--output=/dev/null", "--chdir=/", "--wrap=exec sleep 600")
        job_id = int(out.strip())
        until(lambda: self.state_of(job_id) == "RUNNING", f"job {job_id} runs")
        return job_id

    def state_of(self, job_id: int) -> str:
        """The job's state as squeue has it, or as the accounting has it once the controller has forgotten the job."""
        seen = self.slurm("squeue", "-h", "-t", "all", "-j", str(job_id), "-o", "%T", sure=False).strip()
        return seen or self.slurm("sacct", "-X", "-n", "-P", "-j", str(job_id), "-o", "State").partition(" ")[0].strip()

    def jobs_of(self, session: Mapping[str, Any]) -> list[int]:
        """The jobs that carry that session's id."""
        return [job_id for job_id, text in self.jobs(session["login"]).items() if text == session["session"]]

    def _server(self, name: str) -> str:
        return f"servers/{name}" if name else "server"


def _read(opened: Callable[..., Any], *arguments: Any) -> Answer:
    try:
        with opened(*arguments, timeout=30) as answer:
            return Answer(answer.status, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.read().decode(errors="replace"))
    except (OSError, ssl.SSLError):
        return Answer(0, "")
