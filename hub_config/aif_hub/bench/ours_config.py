"""Our hub as its site file says, and beside it the benchmark's service and its watch on the event loop."""

import os

from aif_hub.bench.lag import LagHandler

c = get_config()  # noqa: F821
load_subconfig(os.environ["AIF_BENCH_CONFIG"])  # noqa: F821

BENCH = {"name": "bench", "api_token": os.environ["AIF_BENCH_TOKEN"]}
c.JupyterHub.services = [*c.JupyterHub.services, BENCH]
c.JupyterHub.load_roles = [
    *c.JupyterHub.load_roles,
    {
        "name": "bench",
        "services": ["bench"],
        "scopes": ["admin:users", "admin:servers", "tokens", "read:metrics", "custom:aif:read:all"],
    },
]
c.JupyterHub.extra_handlers = [*c.JupyterHub.get("extra_handlers", []), (r"/api/bench/lag", LagHandler)]
# Random, so that it is compared like the tokens of people's servers, which take no time
c.JupyterHub.trust_user_provided_tokens = True
# A request for a server is answered when the server is ready: nobody needs to ask again and again.
c.JupyterHub.tornado_settings = {**c.JupyterHub.tornado_settings, "slow_spawn_timeout": 600}
