"""A desk to try the launcher at: as its hub calls it, with a session that a real server starts with."""

from __future__ import annotations

import datetime
import json
import os
import pwd
import subprocess
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

TOKEN = "s3cret-token-of-this-test"  # noqa: S105
JOB = {
    "account": "trn0007",
    "qos": None,
    "partition": "cpu",
    "minutes": 5,
    "cpus": 1,
    "memory_mb": 500,
    "gpus": 0,
    "gpu_type": None,
    "reservation": None,
    "nodes": 1,
}


@cache
def key_and_certificate() -> tuple[str, str]:
    """A key and a certificate signed with it, in PEM."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - datetime.timedelta(hours=1))
    certificate = builder.not_valid_after(now + datetime.timedelta(hours=1)).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return secret.decode(), certificate.public_bytes(pem).decode()


def session_files(session: str, login: str, addresses: dict[str, str]) -> dict[str, str]:
    """The four files of a session whose hub does not answer: its server lives and goes on asking."""
    key, certificate = key_and_certificate()
    hub, prefix = "https://127.0.0.1:9", f"/user/{login}/"
    env = {
        "JUPYTERHUB_API_TOKEN": TOKEN,
        "JPY_API_TOKEN": TOKEN,
        "JUPYTERHUB_API_URL": f"{hub}/hub/api",
        "JUPYTERHUB_BASE_URL": "/",
        "JUPYTERHUB_HOST": "",
        "JUPYTERHUB_USER": login,
        "JUPYTERHUB_SERVER_NAME": "",
        "JUPYTERHUB_SERVICE_PREFIX": prefix,
        "JUPYTERHUB_CLIENT_ID": f"jupyterhub-user-{login}",
        "JUPYTERHUB_OAUTH_CALLBACK_URL": f"{prefix}oauth_callback",
        "JUPYTERHUB_OAUTH_ACCESS_SCOPES": "[]",
        "JUPYTERHUB_OAUTH_SCOPES": "[]",
        "JUPYTERHUB_ACTIVITY_URL": f"{hub}/hub/api/users/{login}/activity",
    }
    facts = {"profile": "cpu", "title": "No GPU", "project": "trn0007", "gpus": 0, "gpu_type": "", "minutes": 5}
    text = json.dumps(
        {
            "session": session,
            "env": env,
            "ready_url": f"{hub}/hub/api/aif/v1/ready",
            "addresses": addresses,
            "public": {**facts, "cluster": "demo"},
            "kernel_dirs": [],
            "server_command_env": {},
        }
    )
    return {"session.json": text, "key.pem": key, "cert.pem": certificate, "ca.pem": certificate}


class Desk:
    """The launcher of the instance as its hub calls it, and Slurm as root and as people see it."""

    def __init__(self, instance: dict[str, Any]) -> None:
        self.name = instance["instance"]
        self.hub_user = instance["hub_user"]
        self.program = f"{instance['prefix']}/libexec/aif-launch"
        self.environ = {"PATH": "/usr/bin:/bin:/usr/sbin", "SLURM_CONF": instance["slurm_conf"], "LANG": "C.UTF-8"}
        self.login, self.other = f"{self.name}-class43", f"{self.name}-class44"
        self.home = Path(pwd.getpwnam(self.login).pw_dir)
        self.addresses = instance["addresses"]
        self.jobs: list[int] = []

    def run_as(self, user: str, *argv: str, said: str = "") -> subprocess.CompletedProcess[str]:
        entry = pwd.getpwnam(user)
        environ = {**self.environ, "HOME": entry.pw_dir, "USER": user}
        return subprocess.run(
            argv,
            user=entry.pw_uid,
            group=entry.pw_gid,
            extra_groups=os.getgrouplist(user, entry.pw_gid),
            env=environ,
            input=said,
            capture_output=True,
            text=True,
            timeout=120,
            cwd="/",
            check=False,
        )

    def slurm(self, *argv: str) -> str:
        return self.run_as("root", *argv).stdout

    def ask(self, **request: Any) -> dict[str, Any]:
        done = self.run_as(self.hub_user, "sudo", "-n", self.program, said=json.dumps(request))
        assert (done.returncode, done.stderr) == (0, "")
        answer: dict[str, Any] = json.loads(done.stdout)
        if "job_id" in answer:
            self.jobs.append(answer["job_id"])
        return answer

    def submit(self, session: str, **changed: Any) -> dict[str, Any]:
        files = session_files(session, self.login, self.addresses)
        request = {"login": self.login, "session": session, "server": "lab", "job": JOB, "files": files}
        return self.ask(**{"verb": "submit", **request, **changed})

    def state(self, job_id: int) -> str:
        return self.slurm("squeue", "-h", "-t", "all", "-j", str(job_id), "-o", "%T").strip()

    def folder(self, session: str) -> Path:
        return self.home / ".aif" / "sessions" / session


def until(true: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        value = true()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def server_process(folder: Path) -> Path | None:
    """The /proc folder of the job's server: exec'd, with the session's folder as its last argument."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if len(words) > 1 and words[-2] == str(folder).encode():
            return process
    return None
