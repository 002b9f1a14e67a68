"""Where our templates, static files and catalogues lie."""

from __future__ import annotations

import sys
from pathlib import Path


def share(name: str) -> Path:
    """A folder of ours: beside this package in a checkout, in the environment's ``share/aif`` when installed."""
    checkout = Path(__file__).parent.parent / name
    return checkout if checkout.is_dir() else Path(sys.prefix) / "share" / "aif" / name
