"""Makes a picture small: `few_colours.py FROM TO`, for a Python that has Pillow, as that of the lessons has."""

from __future__ import annotations

import sys

from PIL import Image  # type: ignore[import-not-found]

#: As many as a palette holds: letters on a plain ground need fewer.
COLOURS = 256

source, target = sys.argv[1:]
with Image.open(source) as picture:
    picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
