"""Our hub for a benchmark: with TLS, unprivileged, with a launcher, a proxy and a database of its own."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from string import Template

from aif_hub.bench.asking import HubApi
from aif_hub.bench.rig import BARE_PYTHON, STANDIN, Rig, sudoers, until
from aif_hub.demo import daemons
from aif_hub.demo.commands import run
from aif_hub.demo.daemons import Daemon
from aif_hub.demo.privilege import launcher_settings, sudoers_line
from aif_hub.launcher.install import install_launcher

HERE = Path(__file__).parent


def prepare(rig: Rig) -> None:
    """Launcher, sudoers line, site file and certificates."""
    _state(rig).mkdir(mode=0o700)
    run(["chown", f"{rig.inst.hub_user}:{rig.inst.hub_user}", _state(rig)])
    (rig.folder / "etc").mkdir()
    settings = launcher_settings(rig.inst)
    settings["job_name"] = rig.job_name("ours")
    settings["server_commands"] = {
        "standin": [BARE_PYTHON, "-I", str(STANDIN)],
        "lab": [str(rig.notebook_env / "bin/python"), "-I", "-m", "aif.server"],
    }
    (rig.folder / "etc/launcher.json").write_text(json.dumps(settings))
    (rig.folder / "etc/launcher.json").chmod(0o644)
    program = install_launcher(rig.folder)
    sudoers(rig).touch(mode=0o440)
    sudoers(rig).write_text(sudoers_line(rig.inst, program))
    write_site(rig, "standin")
    run([*rig.jupyterhub, "-f", _config(), "--generate-certs"], env=_environ(rig), user=rig.inst.hub_user, timeout=120)


def write_site(rig: Rig, server: str, memory_gb: int = 1) -> None:
    """The run's site file; `server`: what its sessions start, ``standin`` or ``lab``; `memory_gb`: of small ones."""
    public, hub, api = rig.ours_ports
    facts = {
        "state": str(_state(rig)),
        "launcher": str(rig.folder / "libexec/aif-launch"),
        "public": str(public),
        "hub": str(hub),
        "api": str(api),
        "logins": str(rig.inst.prefix / "etc/demo-logins.json"),
        "server": server,
        "memory_gb": str(memory_gb),
        "kernels": str(rig.inst.prefix / "share/jupyter"),
        "cluster": rig.inst.name,
        "slurm_conf": str(rig.inst.slurm_conf),
        "job_name": rig.job_name("ours"),
        "addresses": ", ".join(f'{node} = "{address}"' for node, address in rig.inst.addresses.items()),
    }
    path = rig.folder / "etc/site.toml"
    path.write_text(Template((HERE / "site.toml").read_text()).substitute(facts))
    path.chmod(0o644)


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


def hub(rig: Rig) -> Daemon:
    """The hub's process."""
    return rig.daemon("ours-hub", (*rig.jupyterhub, "-f", _config()), _environ(rig), rig.inst.hub_user, _state(rig))


def certificates(rig: Rig) -> Path:
    """Where the hub keeps its authorities and pairs."""
    return _state(rig) / "internal-ssl"


def database(rig: Rig) -> Path:
    """The hub's database, with the book of sessions in it."""
    return _state(rig) / "jupyterhub.sqlite"


def steps(rig: Rig) -> dict[str, str]:
    """How far each person's last session is, as the book of this hub has it."""
    connection = sqlite3.connect(f"file:{database(rig)}?mode=ro", uri=True, timeout=10)
    try:
        rows = connection.execute("select login, data from aif_sessions order by written_at").fetchall()
    finally:
        connection.close()
    return {login: json.loads(data)["step"] for login, data in rows}


def proxy(rig: Rig) -> Daemon:
    """The proxy's process."""
    public, hub_port, api = rig.ours_ports
    certs = certificates(rig)
    argv = [rig.node, rig.proxy_program, "--ip", "127.0.0.1", "--port", public, "--api-ip", "127.0.0.1"]
    argv += ["--api-port", api, "--error-target", f"https://127.0.0.1:{hub_port}/hub/error", "--log-level", "warn"]
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
        CONFIGPROXY_AUTH_TOKEN=rig.token[::-1],
        NODE_ENV="production",
    )


def _config() -> str:
    return str(HERE / "ours_config.py")


def _hub_config(rig: Rig) -> Path:
    """The hub's own configuration: where the wheel put it, or in the working tree."""
    installed = rig.hub_env / "etc/jupyterhub/jupyterhub_config.py"
    return installed if installed.exists() else HERE.parents[1] / "jupyterhub_config.py"


def _state(rig: Rig) -> Path:
    return rig.folder / "ours"
