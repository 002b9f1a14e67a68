"""A hub with batchspawner as it comes, for the comparison: root, `sudo -E -u` and its own proxy, without TLS."""

from __future__ import annotations

from pathlib import Path

from aif_hub.bench.asking import HubApi
from aif_hub.bench.rig import BARE_PYTHON, STANDIN, Rig, until
from aif_hub.demo import daemons
from aif_hub.demo.daemons import Daemon


def start(rig: Rig) -> HubApi:
    """Hub and proxy, answering."""
    (rig.folder / "stock").mkdir(mode=0o700, exist_ok=True)
    daemons.start(hub(rig))
    api = HubApi(f"http://127.0.0.1:{rig.stock_ports[0]}/hub/api", rig.token)
    until(api.answers, "the stock hub", 90)
    return api


def stop(rig: Rig) -> None:
    """The hub, which ends its proxy."""
    daemons.stop(hub(rig))


def hub(rig: Rig) -> Daemon:
    """The hub's process."""
    state = rig.folder / "stock"
    env = rig.environ(
        state,
        AIF_BENCH_PORTS=" ".join(str(port) for port in rig.stock_ports),
        AIF_BENCH_PROXY=f"{rig.node}\n{rig.proxy_program}",
        AIF_BENCH_TOKEN=rig.token,
        AIF_BENCH_STANDIN=f"{BARE_PYTHON} -I {STANDIN}",
        AIF_BENCH_JOB_NAME=rig.job_name("stock"),
        **rig.inst.slurm_env,
    )
    config = str(Path(__file__).with_name("stock_config.py"))
    return rig.daemon("stock-hub", (*rig.jupyterhub, "-f", config), env, None, state)
