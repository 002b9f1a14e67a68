"""The source that this code comes from: the checkout that `./aif` stands in, and its version."""

from __future__ import annotations

import os
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aif_hub.demo.errors import DemoError


def checkout() -> Path:
    """The checkout that `./aif` stands in; raises DemoError in an installed copy without one."""
    place = os.environ.get("AIF_CHECKOUT")
    if not place:
        raise DemoError("This needs the source: run ./aif in a checkout of the workbench.")
    return Path(place)


def our_version() -> str:
    """The version of this code, from the checkout or from what is installed."""
    if "AIF_CHECKOUT" in os.environ:
        return str(tomllib.loads((checkout() / "pyproject.toml").read_text())["project"]["version"])
    try:
        return version("aif-workbench")
    except PackageNotFoundError:
        return "unknown"
