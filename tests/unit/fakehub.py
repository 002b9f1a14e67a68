"""A hub small enough for unit tests: TLS, the call-back, whose a token is; and a session directory to go with it."""

import asyncio
import datetime
import ipaddress
import json
import os
import queue
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

REPOSITORY = Path(__file__).resolve().parents[2]
OWNER_TOKEN, OTHER_TOKEN, GUEST_TOKEN = "owner-token", "other-token", "guest-token"
SESSION = "0123456789abcdef" * 2
PREFIX = "/user/demo-marieke/"
# `-I` forgets PYTHONPATH, so the command puts the working tree first itself
COMMAND = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module('aif.server', run_name='__main__')"


def make_certificates(folder: Path) -> None:
    """`key.pem`, `cert.pem` (valid on loopback for both sides) and `ca.pem` in `folder`, new each time."""
    now = datetime.datetime.now(datetime.UTC)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test CA")])

    def built(subject: x509.Name, public: Any, *extensions: x509.ExtensionType) -> x509.Certificate:
        builder = x509.CertificateBuilder(ca_name, subject, public, x509.random_serial_number())
        builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
        builder = builder.not_valid_after(now + datetime.timedelta(hours=1))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=isinstance(extension, x509.BasicConstraints))
        return builder.sign(ca_key, hashes.SHA256())

    ca = built(ca_name, ca_key.public_key(), x509.BasicConstraints(ca=True, path_length=None))
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    cert = built(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")]), key.public_key(), names)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "key.pem").write_bytes(private)
    (folder / "cert.pem").write_bytes(cert.public_bytes(pem))
    (folder / "ca.pem").write_bytes(ca.public_bytes(pem))


def cluster_folder(home: Path, name: str) -> Path:
    """A cluster's own in that home, empty and closed to others."""
    folder = home / ".aif/clusters" / name
    folder.mkdir(parents=True)
    folder.chmod(0o700)
    return folder


def tls(folder: Path, purpose: ssl.Purpose) -> ssl.SSLContext:
    context = ssl.create_default_context(purpose, cafile=folder / "ca.pem")
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    return context


@dataclass
class FakeHub:
    """Answers the call-back with each of `statuses` in turn (the last one for ever) and remembers what was posted.

    `told` is what it says of allocations, or the status with which it refuses; `asked` has the questions' headers.
    What it is told of tutorials comes out of `counted`, and of own data out of `brought`.
    """

    folder: Path
    statuses: list[int] = field(default_factory=lambda: [204])
    posts: list[dict[str, Any]] = field(default_factory=list)
    settled: threading.Event = field(default_factory=threading.Event)
    told: dict[str, Any] | int = field(default_factory=lambda: {"allocations": [{"id": "inspect01"}]})
    asked: list[dict[str, str]] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    counted: queue.Queue[Any] = field(default_factory=queue.Queue)
    brought: queue.Queue[Any] = field(default_factory=queue.Queue)

    def __enter__(self) -> "FakeHub":
        self.sockets = bind_sockets(0, "127.0.0.1")
        self.port = self.sockets[0].getsockname()[1]
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    @property
    def api_url(self) -> str:
        return f"https://127.0.0.1:{self.port}/hub/api"

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)

        async def start() -> None:
            routes = [
                (r"/hub/api/aif/v1/ready", Ready),
                (r"/hub/api/aif/v1/(allocations|sessions|events|tutorials)", Told),
                (r"/hub/api/aif/v1/(sessions/[^/]*|sessions/.*/keep|events/.*/seen)", Done),
                (r"/hub/api/aif/v1/own-data", Brought),
                (r"/hub/api/user", Whoami),
                (r"/hub/api.*", Hello),
            ]
            application = Application([(path, handler, {"hub": self}) for path, handler in routes])
            self.server = HTTPServer(application, ssl_options=tls(self.folder, ssl.Purpose.CLIENT_AUTH))
            self.server.add_sockets(self.sockets)

        self.loop.run_until_complete(start())
        self.loop.run_forever()
        self.server.stop()
        self.loop.close()


class Hello(RequestHandler):
    def initialize(self, hub: FakeHub) -> None:
        self.hub = hub
        self.set_header("X-JupyterHub-Version", "6.1.1")

    def get(self) -> None:
        self.write({"version": "6.1.1"})

    def post(self) -> None:
        self.write({})


class Whoami(Hello):
    def get(self) -> None:
        token = self.request.headers.get("Authorization", "").split()[-1]
        scopes = {
            OWNER_TOKEN: ("demo-marieke", ["access:servers!server=demo-marieke/"]),
            OTHER_TOKEN: ("demo-joost", ["access:servers!server=demo-joost/"]),
            GUEST_TOKEN: ("demo-joost", ["access:servers!server=demo-marieke/"]),
        }
        if token not in scopes:
            self.set_status(403)
            return
        name, granted = scopes[token]
        self.write({"name": name, "kind": "user", "scopes": granted, "session_id": None, "admin": False, "groups": []})


class Told(Hello):
    def get(self, name: str) -> None:
        if name == "sessions":
            self.write({"sessions": [{"session": SESSION}], "start_url": "/hub/spawn/demo-marieke/session-2"})
            return
        if name == "events":
            self.write({"events": [{"id": 7, "kind": "budget"}]})
            return
        if name == "tutorials":
            self.write({"tutorials": [], "lesson": None, "url": "/hub/aif/tutorials"})
            return
        self.hub.asked.append(dict(self.request.headers))
        if isinstance(self.hub.told, int):
            self.set_status(self.hub.told)
        else:
            self.write(self.hub.told)  # with tornado's ETag, as the hub's

    def post(self, _name: str) -> None:
        self.hub.counted.put(json.loads(self.request.body)["tutorials"])
        self.set_status(204)


class Brought(Hello):
    def post(self) -> None:
        self.hub.brought.put(json.loads(self.request.body))
        self.set_status(204)


class Done(Hello):
    def delete(self, what: str) -> None:
        self.hub.done.append(f"DELETE {what}")
        self.set_status(202 if SESSION in what else 403)

    def post(self, what: str) -> None:
        self.hub.done.append(f"POST {what}")
        self.set_status(204)


class Ready(Hello):
    def post(self) -> None:
        status = self.hub.statuses.pop(0) if len(self.hub.statuses) > 1 else self.hub.statuses[0]
        self.hub.posts.append(
            {"body": json.loads(self.request.body), "authorization": self.request.headers["Authorization"]}
        )
        self.set_status(status)
        if status >= 400:
            self.write({"status": status, "message": f"words for {status}"})
        if status in (204, 409):
            self.hub.settled.set()


def make_session(folder: Path, hub_port: int, **changes: Any) -> Path:
    """A session directory as the hub and the launcher leave it; `changes` replace keys of session.json."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if not (folder / "key.pem").exists():
        make_certificates(folder)
    hub = f"https://127.0.0.1:{hub_port}"
    data: dict[str, Any] = {
        "session": SESSION,
        "ready_url": f"{hub}/hub/api/aif/v1/ready",
        "addresses": {"gpu01": "127.0.0.1"},
        "kernel_dirs": [],
        "server_command_env": {},
        "public": {"profile": "slice", "title": "Small GPU part", "project": "inspect01", "gpus": 1,
                   "gpu_type": "h100_1g.10gb", "minutes": 120, "cluster": "demo"},
        "env": {
            "JUPYTERHUB_API_TOKEN": OWNER_TOKEN, "JPY_API_TOKEN": OWNER_TOKEN,
            "JUPYTERHUB_API_URL": f"{hub}/hub/api", "JUPYTERHUB_BASE_URL": "/", "JUPYTERHUB_HOST": "",
            "JUPYTERHUB_USER": "demo-marieke", "JUPYTERHUB_SERVER_NAME": "", "JUPYTERHUB_SERVICE_PREFIX": PREFIX,
            "JUPYTERHUB_CLIENT_ID": "jupyterhub-user-demo-marieke",
            "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{PREFIX}oauth_callback",
            "JUPYTERHUB_OAUTH_ACCESS_SCOPES": json.dumps(["access:servers!server=demo-marieke/"]),
            "JUPYTERHUB_OAUTH_SCOPES": json.dumps(["access:servers!server=demo-marieke/"]),
            "JUPYTERHUB_ACTIVITY_URL": f"{hub}/hub/api/users/demo-marieke/activity",
        },
    }  # fmt: skip
    data.update(changes)
    (folder / "session.json").write_text(json.dumps(data))
    return folder


def start_server(folder: Path, home: Path, **environ: str) -> subprocess.Popen[str]:
    """A real `aif.server` on `folder`, in an environment like that of a batch job; its stderr goes to `folder/log`."""
    job = {
        "HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "SLURMD_NODENAME": "gpu01",
        "SLURM_JOB_ID": "4711", "SLURM_CONF": "/etc/slurm/slurm.conf", "SBATCH_TIMELIMIT": "99",
        "CUDA_VISIBLE_DEVICES": "0",
    }  # fmt: skip
    with (folder / "log").open("a") as log:
        return subprocess.Popen(
            [sys.executable, "-I", "-c", COMMAND, str(REPOSITORY / "extensions"), str(folder)],
            env={**job, **environ}, cwd=home, stdin=subprocess.DEVNULL, stdout=log, stderr=log, text=True,
        )  # fmt: skip


def stopped(server: "subprocess.Popen[str]") -> int:
    """The exit status after a friendly stop."""
    server.terminate()
    try:
        return server.wait(20)
    except subprocess.TimeoutExpired:
        server.kill()
        raise


def get(url: str, folder: Path, token: str = "", seconds: float = 10, **options: Any) -> tuple[int, bytes]:
    """Status and body of one request with the session's client certificate."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"} if token else {}, **options)  # noqa: S310
    context = tls(folder, ssl.Purpose.SERVER_AUTH)
    try:
        with urllib.request.urlopen(request, timeout=seconds, context=context) as reply:  # noqa: S310
            return reply.status, reply.read()
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.read()


def wait_for_post(hub: FakeHub, server: "subprocess.Popen[str]", seconds: float = 60) -> dict[str, Any]:
    """The body of the first call-back, as soon as it came; fails early when the server ended."""
    deadline = time.monotonic() + seconds
    while not hub.settled.wait(0.02):
        assert server.poll() is None, (hub.folder / "log").read_text()
        assert time.monotonic() < deadline, (hub.folder / "log").read_text()
    return hub.posts[-1]["body"]
