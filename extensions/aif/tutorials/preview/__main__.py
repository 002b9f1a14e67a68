"""The preview site: `python -m aif.tutorials.preview BUILT FOLDER TARGET SIZE [NAME...]`, SIZE `small` or `full`."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from aif.core.errors import AifError
from aif.tutorials.preview import site


def main(arguments: Sequence[str]) -> int:
    """The exit status: 1 where a tutorial could not be shown, which is said."""
    built, folder, target = map(Path, arguments[:3])
    small = arguments[3] == "small"
    with tempfile.TemporaryDirectory(prefix="aif-preview-") as kept:
        os.environ |= {"AIF_SMALL": str(int(small)), "XDG_DATA_HOME": kept}  # nobody's progress is touched
        try:
            ran = site.make(built, folder, target, arguments[4:], small)
        except AifError as fault:
            print(fault, file=sys.stderr)
            return 1
    print(f"{ran} had to be run")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
