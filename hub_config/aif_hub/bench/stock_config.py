"""A hub with batchspawner's SlurmSpawner as it comes: told where things are and what to ask for, nothing else."""

import os

c = get_config()  # noqa: F821
public, hub, api = os.environ["AIF_BENCH_PORTS"].split()

c.JupyterHub.spawner_class = "batchspawner.SlurmSpawner"
c.JupyterHub.authenticator_class = "null"
c.JupyterHub.allow_named_servers = True
c.JupyterHub.bind_url = f"http://127.0.0.1:{public}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{hub}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{api}"
c.ConfigurableHTTPProxy.command = os.environ["AIF_BENCH_PROXY"].split("\n")
c.JupyterHub.db_url = "sqlite:///jupyterhub.sqlite"
c.JupyterHub.services = [{"name": "bench", "api_token": os.environ["AIF_BENCH_TOKEN"]}]
c.JupyterHub.load_roles = [{"name": "bench", "services": ["bench"], "scopes": ["admin:users", "admin:servers"]}]
c.JupyterHub.trust_user_provided_tokens = True  # as in ours_config
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 600}  # as in ours_config

c.Spawner.environment = {"SLURM_CONF": os.environ["SLURM_CONF"]}
c.SlurmSpawner.batchspawner_singleuser_cmd = f"{os.environ['AIF_BENCH_STANDIN']} --stock"
c.SlurmSpawner.state_exechost_exp = "127.0.0.1"  # the nodes' names are not in DNS, and all are this machine
c.SlurmSpawner.req_partition = "cpu"
c.SlurmSpawner.req_nprocs = "1"
c.SlurmSpawner.req_memory = "512M"
c.SlurmSpawner.req_runtime = "60"
c.SlurmSpawner.req_options = f"--job-name={os.environ['AIF_BENCH_JOB_NAME']} --output=/dev/null"
