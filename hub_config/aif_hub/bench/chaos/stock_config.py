"""The hub with stock batchspawner for `aif bench chaos`: a proxy of its own, and Slurm's commands behind the front."""

import os
from pathlib import Path

from batchspawner import SlurmSpawner

import aif_hub.bench

c = get_config()  # noqa: F821  # this and the next are JupyterHub's
load_subconfig(str(Path(aif_hub.bench.__file__).with_name("stock_config.py")))  # noqa: F821
folder = os.environ["AIF_BENCH_FOLDER"]

c.ConfigurableHTTPProxy.should_start = False
c.JupyterHub.cleanup_servers = False  # servers outlive a hub that is restarted
c.JupyterHub.load_roles = [{**role, "scopes": [*role["scopes"], "tokens"]} for role in c.JupyterHub.load_roles]
# JupyterHub's own: whoever is refused is told so in the answer
c.JupyterHub.tornado_settings = {**c.JupyterHub.tornado_settings, "slow_spawn_timeout": 10}

# The gates are by login
c.Spawner.environment = {**c.Spawner.environment, "USER": lambda spawner: spawner.user.name}
c.Spawner.start_timeout = 120  # a busy machine starts a job within that, and a run can wait for it
c.SlurmSpawner.batchspawner_singleuser_cmd = f"{folder}/server --stock"
for command in ("batch_submit_cmd", "batch_query_cmd", "batch_cancel_cmd"):
    setattr(c.SlurmSpawner, command, f"{folder}/slurm-bin/{getattr(SlurmSpawner, command).default_value}")
