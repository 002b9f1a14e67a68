"""Our hub for a benchmark: with TLS, unprivileged, with a launcher, a proxy and a database of its own."""

from __future__ import annotations

import json
import shutil
import ssl
from collections.abc import Sequence
from pathlib import Path
from string import Template
from typing import Any

from aif_hub.bench.asking import HubApi
from aif_hub.bench.database import rows
from aif_hub.bench.fakehub import pair_context
from aif_hub.bench.rig import BARE_PYTHON, STANDIN, Rig, sudoers, until
from aif_hub.demo import daemons
from aif_hub.demo.commands import run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.privilege import launcher_settings, sudoers_line
from aif_hub.launcher.install import install_launcher

HERE = Path(__file__).parent
CONFIG = str(HERE / "ours_config.py")
SLURM_BIN = "/usr/bin"
#: Asks the hub's database for one person's sessions, or for everybody's; the oldest first.
SESSIONS = "select cast(data as text) from aif_sessions where ? in ('', login) order by written_at"
BARE_STANDIN = (BARE_PYTHON, "-I", str(STANDIN))


def prepare(
    rig: Rig, slurm_bin: str = SLURM_BIN, rules: str = "", standin: Sequence[str] = BARE_STANDIN, database: str = ""
) -> None:
    """Launcher, sudoers line, site file and certificates.

    Launcher and hub find Slurm's commands in `slurm_bin`; `rules` are more lines of the site's [session], `standin` the
    command of its servers, `database` the address of one where the records are to be in no file.
    """
    _state(rig).mkdir(mode=0o700)
    run(["chown", f"{rig.inst.hub_user}:{rig.inst.hub_user}", _state(rig)])
    (rig.folder / "etc").mkdir()
    settings = launcher_settings(rig.inst)
    settings["job_name"] = rig.job_name("ours")
    settings["slurm_bin"] = slurm_bin
    settings["server_commands"] = {
        "standin": [*standin],
        "lab": [str(rig.notebook_env / "bin/python"), "-I", "-m", "aif.server"],
    }
    (rig.folder / "etc/launcher.json").write_text(json.dumps(settings))
    (rig.folder / "etc/launcher.json").chmod(0o644)
    program = install_launcher(rig.folder)
    sudoers(rig).touch(mode=0o440)
    sudoers(rig).write_text(sudoers_line(rig.inst, program))
    write_site(rig, "standin", slurm_bin, rules, database=database)
    run([*rig.jupyterhub, "-f", CONFIG, "--generate-certs"], env=_environ(rig), user=rig.inst.hub_user, timeout=120)


def write_site(
    rig: Rig, server: str, slurm_bin: str = SLURM_BIN, rules: str = "", memory_gb: int = 1, database: str = ""
) -> None:
    """The run's site file; `server`: what its sessions start, ``standin`` or ``lab``; `memory_gb`: of small ones.

    People sign in by the run's own file of logins where there is one (see `let_in`), else by the demo's.
    """
    public, hub, api = rig.ours_ports
    own = _logins(rig)
    facts = {
        "state": str(_state(rig)),
        "launcher": str(rig.folder / "libexec/aif-launch"),
        "public": str(public),
        "hub": str(hub),
        "api": str(api),
        "logins": str(own if own.exists() else _demos(rig)),
        "server": server,
        "database": database,
        "rules": rules,
        "slurm_bin": slurm_bin,
        "memory_gb": str(memory_gb),
        "kernels": str(rig.inst.prefix / "share/jupyter"),
        "docs": str(rig.inst.prefix / "share/docs"),
        "cluster": rig.inst.name,
        "slurm_conf": str(rig.inst.slurm_conf),
        "job_name": rig.job_name("ours"),
        "addresses": ", ".join(f'{node} = "{address}"' for node, address in rig.inst.addresses.items()),
    }
    path = rig.folder / "etc/site.toml"
    path.write_text(Template((HERE / "site.toml").read_text()).substitute(facts))
    path.chmod(0o644)


def let_in(rig: Rig, others: Sequence[str], like: str) -> None:
    """From the next site file on `others` sign in, too, with the password of the demo's person `like`."""
    listed = json.loads(_demos(rig).read_text())["people"]
    known = next(entry for entry in listed if entry["login"] == like)
    listed += [{**known, "login": login, "short": login, "name": login} for login in others]
    path = _logins(rig)
    path.touch(mode=0o600)
    path.chmod(0o640)
    shutil.chown(path, group=rig.inst.hub_user)
    path.write_text(json.dumps({"people": listed}))


def start(rig: Rig) -> HubApi:
    """Proxy and hub, answering; the people are known to the hub."""
    api = HubApi(f"http://127.0.0.1:{rig.ours_ports[0]}/hub/api", rig.token)
    door = proxy(rig)
    daemons.start(door)
    daemons.start(hub(rig))
    until(api.answers, "our hub", 90)
    return api


def stop(rig: Rig) -> None:
    """The hub, then its proxy."""
    daemons.stop(hub(rig))
    daemons.stop(proxy(rig))


def hub(rig: Rig, config: str = CONFIG, **more: str) -> Daemon:
    """The hub's process, with `more` in its environment."""
    environ = {**_environ(rig), **more}
    return rig.daemon("ours-hub", (*rig.jupyterhub, "-f", config), environ, rig.inst.hub_user, _state(rig))


def inner_door(rig: Rig) -> tuple[str, ssl.SSLContext]:
    """Where sessions' servers reach the hub: past the proxy, over TLS with a certificate on both sides."""
    context = pair_context(certificates(rig), ssl.Purpose.SERVER_AUTH)
    return f"https://127.0.0.1:{rig.ours_ports[1]}/hub/api", context


def certificates(rig: Rig) -> Path:
    """Where the hub keeps its authorities and pairs."""
    return _state(rig) / "internal-ssl"


def database(rig: Rig) -> Path:
    """The hub's database, with the book of sessions in it."""
    return _state(rig) / "jupyterhub.sqlite"


def steps(rig: Rig) -> dict[str, str]:
    """How far each person's last session is, as the book of this hub has it."""
    return {session["login"]: session["step"] for session in sessions(rig)}


def sessions(rig: Rig, login: str = "") -> list[dict[str, Any]]:
    """All sessions in the book of this hub, or those of one person, as it keeps them, the oldest first."""
    return [json.loads(data) for (data,) in rows(database(rig), SESSIONS, login)]


def proxy(rig: Rig) -> Daemon:
    """The proxy's process."""
    certs = certificates(rig)
    argv: list[object] = [*rig.proxy(rig.ours_ports, "https")]
    for side, name in (("api", "proxy-api"), ("client", "proxy-client")):
        argv += [f"--{side}-ssl-key", certs / name / f"{name}.key", f"--{side}-ssl-cert", certs / name / f"{name}.crt"]
        argv += [f"--{side}-ssl-ca", certs / f"{name}-ca_trust.crt"]
        argv += [f"--{side}-ssl-request-cert", f"--{side}-ssl-reject-unauthorized"]
    words = tuple(str(word) for word in argv)
    return rig.daemon("ours-proxy", words, _environ(rig), rig.inst.hub_user, _state(rig))


def _environ(rig: Rig) -> dict[str, str]:
    return rig.environ(
        _state(rig),
        AIF_SITE=str(rig.folder / "etc/site.toml"),
        AIF_BENCH_CONFIG=str(_hub_config(rig)),
        AIF_BENCH_TOKEN=rig.token,
        CONFIGPROXY_AUTH_TOKEN=rig.proxy_token,
        NODE_ENV="production",
    )


def _hub_config(rig: Rig) -> Path:
    """The hub's own configuration: where the wheel put it, or in the working tree."""
    installed = rig.hub_env / "etc/jupyterhub/jupyterhub_config.py"
    return installed if installed.exists() else HERE.parents[1] / "jupyterhub_config.py"


def _logins(rig: Rig) -> Path:
    return rig.folder / "etc/logins.json"


def _demos(rig: Rig) -> Path:
    return rig.inst.prefix / "etc/demo-logins.json"


def _state(rig: Rig) -> Path:
    return rig.folder / "ours"
