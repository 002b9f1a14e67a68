"""The benchmark's hub for `aif bench chaos`: whoever asks for a session gets the answer soon, as on a page."""

from pathlib import Path

import aif_hub.bench

c = get_config()  # noqa: F821  # this and the next are JupyterHub's
load_subconfig(str(Path(aif_hub.bench.__file__).with_name("ours_config.py")))  # noqa: F821
c.JupyterHub.tornado_settings = {**c.JupyterHub.tornado_settings, "slow_spawn_timeout": 0.5}
