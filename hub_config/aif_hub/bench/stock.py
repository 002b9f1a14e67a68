"""A hub with batchspawner as it comes, for the comparison: root, `sudo -E -u` and its own proxy, without TLS."""

from __future__ import annotations

from pathlib import Path

from aif_hub.bench.asking import HubApi
from aif_hub.bench.rig import BARE_PYTHON, STANDIN, Rig, until
from aif_hub.demo import daemons
from aif_hub.demo.daemons import Daemon

CONFIG = str(Path(__file__).with_name("stock_config.py"))


def start(rig: Rig) -> HubApi:
    """Hub and proxy, answering."""
    prepare(rig)
    daemons.start(hub(rig))
    asked = api(rig)
    until(asked.answers, "the stock hub", 90)
    return asked


def stop(rig: Rig) -> None:
    """The hub, which ends its proxy."""
    daemons.stop(hub(rig))


def prepare(rig: Rig) -> None:
    """A folder for the hub."""
    _state(rig).mkdir(mode=0o700, exist_ok=True)


def api(rig: Rig) -> HubApi:
    """The hub's REST API, through its proxy."""
    return HubApi(f"http://127.0.0.1:{rig.stock_ports[0]}/hub/api", rig.token)


def hub(rig: Rig, config: str = CONFIG, **more: str) -> Daemon:
    """The hub's process, with `more` in its environment."""
    env = rig.environ(
        _state(rig),
        AIF_BENCH_PORTS=" ".join(str(port) for port in rig.stock_ports),
        AIF_BENCH_PROXY=f"{rig.node}\n{rig.proxy_program}",
        AIF_BENCH_TOKEN=rig.token,
        AIF_BENCH_STANDIN=f"{BARE_PYTHON} -I {STANDIN}",
        AIF_BENCH_JOB_NAME=rig.job_name("stock"),
        **rig.inst.slurm_env,
        **more,
    )
    return rig.daemon("stock-hub", (*rig.jupyterhub, "-f", config), env, None, _state(rig))


def proxy(rig: Rig) -> Daemon:
    """The proxy's process, for a hub whose configuration does not have it start one."""
    env = rig.environ(_state(rig), CONFIGPROXY_AUTH_TOKEN=rig.proxy_token, NODE_ENV="production")
    return rig.daemon("stock-proxy", rig.proxy(rig.stock_ports, "http"), env, None, _state(rig))


def database(rig: Rig) -> Path:
    """The hub's database."""
    return _state(rig) / "jupyterhub.sqlite"


def _state(rig: Rig) -> Path:
    return rig.folder / "stock"
