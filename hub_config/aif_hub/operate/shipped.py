"""Files that we ship and operators get: beside this package in a checkout, in the environment when installed."""

from __future__ import annotations

import sys
from pathlib import Path

_CHECKOUT = Path(__file__).parents[2]
#: Where the wheel puts what the checkout has in `hub_config`.
_INSTALLED = {"site.example.toml": "etc/jupyterhub", "jupyterhub_config.py": "etc/jupyterhub"}


def shipped(name: str) -> Path:
    """The file of that name in `hub_config`, or where the wheel put it."""
    beside = _CHECKOUT / name
    return beside if beside.exists() else Path(sys.prefix) / _INSTALLED.get(name, "share/aif") / name
