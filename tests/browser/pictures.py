"""The documentation's pictures: made anew by tests that see what they show, where $AIF_PICTURES asks for it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

#: A folder for what is looked at and not kept; anything at all for those of the documentation.
WANTED = os.environ.get("AIF_PICTURES", "")
DOCS = Path(__file__).parents[2] / "hub_config/docs/pictures"


def documented(prefix: Path, made: Path, name: str) -> None:
    """Puts one among the documentation's, small, by the Python of an instance's lessons, which has Pillow."""
    python = prefix / "env/kernels/aif-python/bin/python"
    script = Path(__file__).with_name("few_colours.py")
    subprocess.run([python, script, made, DOCS / f"{name}.png"], check=True, timeout=60)
