"""How servers are started: one Slurm job each, with TLS between hub, proxy and server."""

from aif_hub.spawner import SlurmSessionSpawner

c.JupyterHub.spawner_class = SlurmSessionSpawner
c.JupyterHub.internal_ssl = True
c.JupyterHub.allow_named_servers = True
c.JupyterHub.concurrent_spawn_limit = 0  # people who wait in Slurm's queue are not "starting"; sbatch is limited apart
c.JupyterHub.cleanup_servers = False  # sessions outlive the hub
c.JupyterHub.cleanup_proxy = False  # so does the proxy
c.JupyterHub.init_spawners_timeout = 2  # then a restarted hub answers, and goes on asking the servers that are silent
c.Spawner.consecutive_failure_limit = 0  # a wrong request of one person never ends the hub
