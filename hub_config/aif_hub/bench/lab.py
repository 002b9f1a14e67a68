"""A real JupyterLab from its first line to an answer: ours, bare as installed, and bare with the same shortcuts.

The three take turns on this machine, as one of the people and without Slurm. Ours is what the job script executes, in
the job's environment, with TLS and a call-back to a small hub of ours; its time ends when that call-back has come and
`/api` answers. The bare one's time ends when `/api` answers.
"""

from __future__ import annotations

import json
import pwd
import shutil
import socket
import ssl
import statistics
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from queue import Empty, Queue
from typing import Any

from aif_hub.bench import fakehub, ours
from aif_hub.bench.rig import Rig
from aif_hub.certs import SessionAuthority
from aif_hub.demo.errors import DemoError

SECONDS = 120.0
JOB_PATH = "/usr/bin:/bin"  # what the launcher gives a job
TUNED = "import sys; sys.modules['rfc3987_syntax'] = None; from jupyterlab.labapp import main; main()"
_PREFIX = "/user/bench/"


def medians(rig: Rig, rounds: int, say: Callable[[str], None]) -> dict[str, float]:
    """Median seconds of ``ours``, ``bare`` and ``tuned``; a first round warms the disk's cache and is not counted."""
    home = _home(rig)
    python = rig.notebook_env / "bin/python"
    installed = {"PATH": f"{python.parent}:{JOB_PATH}"}
    kinds: dict[str, Callable[[], float]] = {
        "ours": lambda: _ours(rig, home),
        "bare": lambda: _bare(rig, home, [str(python.with_name("jupyter-lab"))], installed),
        # an empty PATH: JupyterLab looks for Node.js and asks it for its settings
        "tuned": lambda: _bare(rig, home, [str(python), "-c", TUNED], {"PATH": str(home / "nothing")}),
    }
    took: dict[str, list[float]] = {name: [] for name in kinds}
    for number in range(rounds + 1):
        for name, measured in kinds.items():
            seconds = measured()
            if number:
                took[name].append(seconds)
        if number:
            say(f"lab, round {number}: " + ", ".join(f"{name} {each[-1]:.2f} s" for name, each in took.items()))
    return {name: statistics.median(each) for name, each in took.items()}


def _home(rig: Rig) -> Path:
    """A home for one of the people, with a session's folder in it."""
    home = rig.folder / "lab"
    session = home / "session"
    session.mkdir(parents=True)
    pair = SessionAuthority(ours.certificates(rig), ours.certificates(rig) / "notebooks-ca_trust.crt").issue(
        rig.people[0], ["127.0.0.1"], timedelta(days=1)
    )
    for name, text in (("key.pem", pair.key), ("cert.pem", pair.cert), ("ca.pem", pair.trusted)):
        (session / name).write_text(text)
    for path in (home, session, *session.iterdir()):
        shutil.chown(path, rig.people[0])
        path.chmod(0o700 if path.is_dir() else 0o600)
    return home


def _ours(rig: Rig, home: Path) -> float:
    session = home / "session"
    certificates = ours.certificates(rig)
    with fakehub.listening(certificates) as (port, calls):
        record = _session_record(port, [str(rig.inst.prefix / "share/jupyter")])
        (session / "session.json").write_text(json.dumps(record))
        shutil.chown(session / "session.json", rig.people[0])
        began = time.monotonic()
        argv = [str(rig.notebook_env / "bin/python"), "-I", "-m", "aif.server", str(session)]
        with _running(rig, home, argv, {"PATH": JOB_PATH}) as server:
            told = _first(calls, server, began)
            url = f"https://{told['host']}:{told['port']}{_PREFIX}api"
            _ask_until(url, fakehub.pair_context(certificates, ssl.Purpose.SERVER_AUTH), server, began)
            return time.monotonic() - began


def _first(calls: Queue[dict[str, Any]], server: subprocess.Popen[bytes], began: float) -> dict[str, Any]:
    while True:
        try:
            return calls.get(timeout=0.5)
        except Empty:
            _must_run(server, began)


def _bare(rig: Rig, home: Path, command: list[str], env: dict[str, str]) -> float:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()
    argv = [*command, "--no-browser", "--ip=127.0.0.1", f"--port={port}"]
    with _running(rig, home, argv, env) as server:
        _ask_until(f"http://127.0.0.1:{port}/api", None, server, began)
        return time.monotonic() - began


def _session_record(port: int, kernel_dirs: list[str]) -> dict[str, object]:
    hub = f"https://127.0.0.1:{port}/hub/api"
    scopes = json.dumps(["access:servers!server=bench/"])
    return {
        "session": "0" * 32,
        "ready_url": f"{hub}/aif/v1/ready",
        "addresses": {socket.gethostname(): "127.0.0.1"},
        "kernel_dirs": kernel_dirs,
        "public": {"profile": "cpu", "title": "No GPU", "minutes": 60},
        "env": {
            "JUPYTERHUB_API_TOKEN": "0" * 32,
            "JUPYTERHUB_API_URL": hub,
            "JUPYTERHUB_ACTIVITY_URL": f"{hub}/users/bench/activity",
            "JUPYTERHUB_BASE_URL": "/",
            "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_USER": "bench",
            "JUPYTERHUB_SERVER_NAME": "",
            "JUPYTERHUB_SERVICE_PREFIX": _PREFIX,
            "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-bench",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{_PREFIX}oauth_callback",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": scopes,
            "JUPYTERHUB_OAUTH_SCOPES": scopes,
        },
    }


@contextmanager
def _running(rig: Rig, home: Path, argv: list[str], env: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    login = rig.people[0]
    facts = {"HOME": str(home), "USER": login, "LOGNAME": login, "SHELL": "/bin/bash", "LANG": "C.UTF-8"}
    with (rig.folder / "lab.log").open("ab") as log:
        server = subprocess.Popen(
            argv,
            env={**facts, **env},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            user=login,
            group=pwd.getpwnam(login).pw_gid,
            extra_groups=[],
        )
    try:
        yield server
    finally:
        server.terminate()
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _ask_until(url: str, context: ssl.SSLContext | None, server: subprocess.Popen[bytes], began: float) -> None:
    """Returns when `url` answers with 200."""
    while True:
        try:
            with urllib.request.urlopen(url, timeout=10, context=context) as reply:  # noqa: S310 - on loopback
                if reply.status == 200:
                    return
        except (OSError, urllib.error.URLError):
            _must_run(server, began)
        time.sleep(0.01)  # a foreign server gives no event to wait for


def _must_run(server: subprocess.Popen[bytes], began: float) -> None:
    if server.poll() is not None:
        raise DemoError(f"JupyterLab ended with status {server.returncode}. See bench-lab.log.")
    if time.monotonic() - began > SECONDS:
        raise DemoError(f"JupyterLab did not answer within {SECONDS:.0f} s.")
