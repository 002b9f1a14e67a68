"""A browser module and those it imports as one text, and style sheets as one: a widget comes whole, without a build."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]+\} from "\./(?P<file>[a-z_]+\.js)";\n', re.MULTILINE)


def whole(name: str) -> str:
    """The module `name` of `static/`, after what it imports from there; each file once, under its own names.

    They share one scope, so no two files may give the same name to different things.
    """
    pieces: dict[str, str] = {}
    _collect(name, pieces)
    return "\n".join(pieces.values())


def sheets(*names: str) -> str:
    """The style sheets `names` of `static/`, one after the other, upon the ground that all drawings have."""
    return "\n".join((FOLDER / name).read_text(encoding="utf-8") for name in ("ground.css", *names))


def _collect(name: str, pieces: dict[str, str]) -> None:
    source = (FOLDER / name).read_text(encoding="utf-8")
    for imported in _IMPORT.finditer(source):
        if imported["file"] not in pieces:
            _collect(imported["file"], pieces)
    pieces[name] = _IMPORT.sub("", source)
