"""What is installed in the environment that runs this, and how much of it is byte-compiled. Fed to `python -I -`."""

import importlib.metadata
import importlib.util
import json
import os
import sys
from pathlib import Path

site = next(Path(place) for place in sys.path if place.endswith("site-packages"))
modules = [path for name in ("jupyterhub", "jupyterlab", "ipykernel", "aif") for path in (site / name).glob("*.py")]
compiled = [path for path in modules if os.path.exists(importlib.util.cache_from_source(str(path)))]
print(
    json.dumps(
        {
            "python": ".".join(map(str, sys.version_info[:3])),
            "versions": {
                found.metadata["Name"].lower().replace("_", "-"): found.version
                for found in importlib.metadata.distributions()
                if found.metadata["Name"]
            },
            "modules": len(modules),
            "compiled": len(compiled),
        }
    )
)
