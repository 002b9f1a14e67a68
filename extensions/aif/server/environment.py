"""What the server, its kernels and its terminals see in their environment, and the public facts of the session."""

import json
import os
import pwd
import socket
from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from aif.server import private
from aif.server.folder import FolderError, SessionFolder

# What a kernel may know of JupyterHub: names that build links, nothing that opens a door
HUB_NAMES_FOR_KERNELS = frozenset(
    {"JUPYTERHUB_USER", "JUPYTERHUB_SERVER_NAME", "JUPYTERHUB_SERVICE_PREFIX", "JUPYTERHUB_BASE_URL"}
)
# A batch job's own settings: in a kernel they would change every sbatch and srun that the person types
BATCH_PREFIXES = ("SLURM_", "SLURMD_", "SBATCH_", "SRUN_", "SALLOC_", "PMI_", "PMIX_", "OMPI_")
DEFAULT_PATH = "/usr/local/bin:/usr/bin:/bin"


def prepare(
    environ: MutableMapping[str, str],
    folder: SessionFolder,
    bound: tuple[str, int],
    runtime_dir: str,
    started_at: float,
) -> None:
    """Sets what Jupyter and JupyterHub read at start; writes `public.json` while Slurm's variables are still there."""
    _write_public(folder, public_facts(environ, folder, bound[0], started_at))
    person = pwd.getpwuid(os.getuid())
    for name, value in (
        ("HOME", person.pw_dir),
        ("USER", person.pw_name),
        ("LOGNAME", person.pw_name),
        ("SHELL", person.pw_shell or "/bin/sh"),
        ("PATH", DEFAULT_PATH),
        ("LANG", "C.UTF-8"),
    ):
        environ.setdefault(name, value)
    environ.update(folder.env)
    host, port = bound
    shown = f"[{host}]" if ":" in host else host
    jupyter_path = [*folder.kernel_dirs, *filter(None, [environ.get("JUPYTER_PATH")])]
    environ.update(
        JUPYTERHUB_SERVICE_URL=f"https://{shown}:{port}{folder.env['JUPYTERHUB_SERVICE_PREFIX']}",
        JUPYTERHUB_SSL_KEYFILE=str(folder.key),
        JUPYTERHUB_SSL_CERTFILE=str(folder.cert),
        JUPYTERHUB_SSL_CLIENT_CA=str(folder.ca),
        JUPYTERHUB_DISABLE_USER_CONFIG="1",
        JUPYTERHUB_SINGLEUSER_EXTENSION="1",
        JUPYTER_RUNTIME_DIR=runtime_dir,
        AIF_SESSION_DIR=str(folder.path),
    )
    environ.setdefault("JUPYTERHUB_DEFAULT_URL", "/lab")
    if jupyter_path:
        environ["JUPYTER_PATH"] = os.pathsep.join(jupyter_path)


def scrub(environ: MutableMapping[str, str]) -> dict[str, str]:
    """Takes out of `environ` what neither kernel nor terminal should inherit; the removed part.

    The whole process is scrubbed rather than each launch, so that nothing that any extension starts gets the token.
    """
    gone = [
        name
        for name in environ
        if name.startswith(BATCH_PREFIXES)
        or (name.startswith("JUPYTERHUB_") and name not in HUB_NAMES_FOR_KERNELS)
        or name in ("JPY_API_TOKEN", "CONFIGPROXY_AUTH_TOKEN")
    ]
    return {name: environ.pop(name) for name in gone}


def public_facts(environ: Mapping[str, str], folder: SessionFolder, address: str, started_at: float) -> dict[str, Any]:
    """What `from aif import session` may show: the hub's public part and what only the node knows."""
    started = _stamp(environ.get("SLURM_JOB_START_TIME")) or started_at
    minutes = folder.public.get("minutes")
    ends = _stamp(environ.get("SLURM_JOB_END_TIME"))
    if ends is None and isinstance(minutes, int):
        ends = started + minutes * 60
    job_id = environ.get("SLURM_JOB_ID", "")
    return {
        **folder.public,
        "session": folder.session,
        "language": folder.language,
        "node": environ.get("SLURMD_NODENAME") or socket.gethostname(),
        "address": address,
        "prefix": folder.env["JUPYTERHUB_SERVICE_PREFIX"],
        "job_id": int(job_id) if job_id.isdigit() else None,
        "gpus_visible": environ.get("CUDA_VISIBLE_DEVICES"),
        "started_at": _iso(started),
        "ends_at": None if ends is None else _iso(ends),
    }


def _write_public(folder: SessionFolder, facts: Mapping[str, Any]) -> None:
    target = folder.path / "public.json"
    try:
        private.write(target, json.dumps(facts, indent=1).encode())
    except OSError as fault:
        raise FolderError(target, f"cannot be written ({fault.strerror}); is the quota used up?") from fault


def _stamp(text: str | None) -> float | None:
    return float(text) if text and text.isdigit() else None


def _iso(stamp: float) -> str:
    return datetime.fromtimestamp(stamp, UTC).isoformat(timespec="seconds")
